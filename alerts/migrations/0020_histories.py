"""Old and new of every tracked row, from now on."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import itb.audit.history
from itb.audit.chain import kept


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0025_histories"),
        ("alerts", "0010_handed_over"),
        ("audit", "0010_traces_and_links"),
        ("patients", "0020_histories"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=30)),
                ("tier", models.PositiveSmallIntegerField()),
                ("sentence", models.CharField(max_length=300)),
                ("occasion", models.CharField(blank=True, max_length=60)),
                ("resolved_occasion", models.CharField(blank=True, max_length=60)),
                ("state", models.CharField(default="open", max_length=15)),
                ("opened_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("acknowledged_until", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "acknowledged_by",
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
                        to="alerts.alert",
                    ),
                ),
                (
                    "pump",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.pump",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="alerts_aler_pgh_cre_f3d3ba_idx")],
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
                ("routine_days", models.PositiveSmallIntegerField()),
                ("due_days", models.PositiveSmallIntegerField()),
                ("urgent_days", models.PositiveSmallIntegerField()),
                ("critical_days_before_alarm", models.PositiveSmallIntegerField()),
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
                        to="alerts.policy",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="alerts_poli_pgh_cre_a74b9d_idx")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alert",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_alerthistory" ("acknowledged_at", "acknowledged_by_id", "acknowledged_until", "clinic_id", "closed_at", "id", "kind", "note", "occasion", "opened_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "resolved_occasion", "sentence", "state", "tier") VALUES (NEW."acknowledged_at", NEW."acknowledged_by_id", NEW."acknowledged_until", NEW."clinic_id", NEW."closed_at", NEW."id", NEW."kind", NEW."note", NEW."occasion", NEW."opened_at", NOW(), \'insert\', NEW."id", NEW."pump_id", NEW."resolved_occasion", NEW."sentence", NEW."state", NEW."tier"); RETURN NULL;',
                    hash="475da8218af12e514ba7ce337b362ede2e432170",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_98a19",
                    table="alerts_alert",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alert",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "alerts_alerthistory" ("acknowledged_at", "acknowledged_by_id", "acknowledged_until", "clinic_id", "closed_at", "id", "kind", "note", "occasion", "opened_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "resolved_occasion", "sentence", "state", "tier") VALUES (NEW."acknowledged_at", NEW."acknowledged_by_id", NEW."acknowledged_until", NEW."clinic_id", NEW."closed_at", NEW."id", NEW."kind", NEW."note", NEW."occasion", NEW."opened_at", NOW(), \'update\', NEW."id", NEW."pump_id", NEW."resolved_occasion", NEW."sentence", NEW."state", NEW."tier"); END IF; RETURN NULL;',
                    hash="381636f72120e118f2cc32e07feb33607c1c2fa9",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_57d86",
                    table="alerts_alert",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alert",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_alerthistory" ("acknowledged_at", "acknowledged_by_id", "acknowledged_until", "clinic_id", "closed_at", "id", "kind", "note", "occasion", "opened_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "resolved_occasion", "sentence", "state", "tier") VALUES (OLD."acknowledged_at", OLD."acknowledged_by_id", OLD."acknowledged_until", OLD."clinic_id", OLD."closed_at", OLD."id", OLD."kind", OLD."note", OLD."occasion", OLD."opened_at", NOW(), \'delete\', OLD."id", OLD."pump_id", OLD."resolved_occasion", OLD."sentence", OLD."state", OLD."tier"); RETURN NULL;',
                    hash="9e658488f0ea7477109c4fe46c937fc8f388e8ac",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_9ee3a",
                    table="alerts_alert",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_policyhistory" ("clinic_id", "critical_days_before_alarm", "due_days", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "routine_days", "urgent_days") VALUES (NEW."clinic_id", NEW."critical_days_before_alarm", NEW."due_days", NEW."id", NOW(), \'insert\', NEW."id", NEW."routine_days", NEW."urgent_days"); RETURN NULL;',
                    hash="c42b263ee834faa6fb574c1819ce9b3855758ace",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_97fe2",
                    table="alerts_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "alerts_policyhistory" ("clinic_id", "critical_days_before_alarm", "due_days", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "routine_days", "urgent_days") VALUES (NEW."clinic_id", NEW."critical_days_before_alarm", NEW."due_days", NEW."id", NOW(), \'update\', NEW."id", NEW."routine_days", NEW."urgent_days"); END IF; RETURN NULL;',
                    hash="89de546136f93ec0dcc1c03b6dda9643d6b4e361",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_4b57e",
                    table="alerts_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_policyhistory" ("clinic_id", "critical_days_before_alarm", "due_days", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "routine_days", "urgent_days") VALUES (OLD."clinic_id", OLD."critical_days_before_alarm", OLD."due_days", OLD."id", NOW(), \'delete\', OLD."id", OLD."routine_days", OLD."urgent_days"); RETURN NULL;',
                    hash="e7f9cb0dec5dcf829cfec8515c9114e8923398c1",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_0b461",
                    table="alerts_policy",
                    when="AFTER",
                ),
            ),
        ),
        *kept("alerts_alerthistory", "EXISTS (SELECT FROM patients_pump AS pump WHERE pump.id = pump_id)"),
        *kept("alerts_policyhistory"),
    ]
