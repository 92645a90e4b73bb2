"""Named parts of the worklist, with their history."""

import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import itb.audit.history
from itb.audit.chain import kept
from itb.walls import APPLICATION, walled


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0025_histories"),
        ("alerts", "0065_why_it_is_set_so"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="Name")),
                (
                    "query",
                    models.CharField(
                        help_text="What stands behind the question mark of the address", max_length=300
                    ),
                ),
                ("kept_at", models.DateTimeField()),
                ("dropped_at", models.DateTimeField(null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="saved_views",
                        to="accounts.clinic",
                    ),
                ),
                (
                    "dropped_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "kept_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("clinic"),
                        django.db.models.functions.text.Upper("name"),
                        condition=models.Q(("dropped_at", None)),
                        name="savedview_name_once_a_clinic",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("query__regex", "^[a-z]+=[a-z0-9_.-]+(&[a-z]+=[a-z0-9_.-]+)*$")),
                        name="savedview_query_says_little",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="SavedViewHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=300)),
                ("kept_at", models.DateTimeField()),
                ("dropped_at", models.DateTimeField(null=True)),
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
                    "dropped_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "kept_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="alerts.savedview",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="alerts_save_pgh_cre_8b1e53_idx")],
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="savedview",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_savedviewhistory" ("clinic_id", "dropped_at", "dropped_by_id", "id", "kept_at", "kept_by_id", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "query") VALUES (NEW."clinic_id", NEW."dropped_at", NEW."dropped_by_id", NEW."id", NEW."kept_at", NEW."kept_by_id", NEW."name", NOW(), \'insert\', NEW."id", NEW."query"); RETURN NULL;',
                    hash="830fd19ad37533a7dfb66218ebd18f229c6aa16b",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_f9999",
                    table="alerts_savedview",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="savedview",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "alerts_savedviewhistory" ("clinic_id", "dropped_at", "dropped_by_id", "id", "kept_at", "kept_by_id", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "query") VALUES (NEW."clinic_id", NEW."dropped_at", NEW."dropped_by_id", NEW."id", NEW."kept_at", NEW."kept_by_id", NEW."name", NOW(), \'update\', NEW."id", NEW."query"); END IF; RETURN NULL;',
                    hash="458ef37d534c1609cedaf9074529771c05f8014e",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_85f36",
                    table="alerts_savedview",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="savedview",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_savedviewhistory" ("clinic_id", "dropped_at", "dropped_by_id", "id", "kept_at", "kept_by_id", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "query") VALUES (OLD."clinic_id", OLD."dropped_at", OLD."dropped_by_id", OLD."id", OLD."kept_at", OLD."kept_by_id", OLD."name", NOW(), \'delete\', OLD."id", OLD."query"); RETURN NULL;',
                    hash="37c30ebea8290030e3c3f1f2ef0940a0bd972a86",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_685a1",
                    table="alerts_savedview",
                    when="AFTER",
                ),
            ),
        ),
        walled("alerts_savedview"),
        *kept("alerts_savedviewhistory"),
        migrations.RunSQL(
            f"REVOKE DELETE ON alerts_savedview FROM {APPLICATION}",
            f"GRANT DELETE ON alerts_savedview TO {APPLICATION}",
        ),
    ]
