"""When a clinic's people are written to is its policy, with its history."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import itb.audit.history
from itb.audit.chain import kept
from itb.walls import APPLICATION, walled


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0060_drafts"),
        ("outbox", "0031_letter_by_sent"),
    ]

    operations = [
        migrations.CreateModel(
            name="Policy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("morning_hour", models.PositiveSmallIntegerField()),
                ("letters_a_day", models.PositiveSmallIntegerField()),
                (
                    "changed_because",
                    models.TextField(blank=True, db_default="", default="", help_text="Why it was set so"),
                ),
                (
                    "clinic",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letter_policy",
                        to="accounts.clinic",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("morning_hour__range", (4, 12))),
                        name="letterpolicy_morning_is_a_morning",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("letters_a_day__range", (2, 10))),
                        name="letterpolicy_letters_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("morning_hour", models.PositiveSmallIntegerField()),
                ("letters_a_day", models.PositiveSmallIntegerField()),
                ("changed_because", models.TextField(blank=True, db_default="", default="")),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.clinic",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="outbox.policy",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["pgh_created_at"], name="outbox_poli_pgh_cre_039fc7_idx"),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "outbox_policyhistory" ("changed_because", "clinic_id", "id", "letters_a_day", "morning_hour", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."changed_because", NEW."clinic_id", NEW."id", NEW."letters_a_day", NEW."morning_hour", NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="18ff32a3a82b5a4e0aa8f68e08a404e8b033a295",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_57df7",
                    table="outbox_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "outbox_policyhistory" ("changed_because", "clinic_id", "id", "letters_a_day", "morning_hour", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."changed_because", NEW."clinic_id", NEW."id", NEW."letters_a_day", NEW."morning_hour", NOW(), \'update\', NEW."id"); END IF; RETURN NULL;',
                    hash="280bbd9355008c18e972378eab3e010aa83fe177",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_ae2e4",
                    table="outbox_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "outbox_policyhistory" ("changed_because", "clinic_id", "id", "letters_a_day", "morning_hour", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."changed_because", OLD."clinic_id", OLD."id", OLD."letters_a_day", OLD."morning_hour", NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="a2f91be384a5b3635224da2864cb8af232978eda",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_3932a",
                    table="outbox_policy",
                    when="AFTER",
                ),
            ),
        ),
        walled("outbox_policy", at_door=True),
        *kept("outbox_policyhistory"),
        migrations.RunSQL(
            f"REVOKE DELETE ON outbox_policy FROM {APPLICATION}",
            f"GRANT DELETE ON outbox_policy TO {APPLICATION}",
        ),
    ]
