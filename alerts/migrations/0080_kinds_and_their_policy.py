"""More kinds of things that someone must know, and the days that the clinic sets for them."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import itb.audit.history


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0070_saved_views"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="policy",
            name="keep_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="policy",
            name="keep_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="policy",
            name="keep_delete",
        ),
        migrations.AddField(
            model_name="policy",
            name="confirm_days",
            field=models.PositiveSmallIntegerField(db_default=14, default=14),
        ),
        migrations.AddField(
            model_name="policy",
            name="replacement_due_days",
            field=models.PositiveSmallIntegerField(db_default=180, default=180),
        ),
        migrations.AddField(
            model_name="policy",
            name="replacement_urgent_days",
            field=models.PositiveSmallIntegerField(db_default=90, default=90),
        ),
        migrations.AddField(
            model_name="policyhistory",
            name="confirm_days",
            field=models.PositiveSmallIntegerField(db_default=14, default=14),
        ),
        migrations.AddField(
            model_name="policyhistory",
            name="replacement_due_days",
            field=models.PositiveSmallIntegerField(db_default=180, default=180),
        ),
        migrations.AddField(
            model_name="policyhistory",
            name="replacement_urgent_days",
            field=models.PositiveSmallIntegerField(db_default=90, default=90),
        ),
        migrations.AlterField(
            model_name="alert",
            name="kind",
            field=models.CharField(
                choices=[
                    ("no_forecast", "No forecast"),
                    ("no_date", "No refill-by date"),
                    ("emergency", "Emergency pathway"),
                    ("withdrawal_risk", "Withdrawal risk"),
                    ("concentration_mismatch", "Concentration mismatch"),
                    ("refill_due", "Refill due"),
                    ("visit_late", "Visit too late"),
                    ("missed", "Did not attend"),
                    ("discrepancy", "Refill to look into"),
                    ("signature", "Second signature"),
                    ("alarm", "Pump alarm"),
                    ("replacement", "Pump replacement"),
                    ("undelivered", "Letter undeliverable"),
                    ("unreachable", "Nobody reachable"),
                    ("order", "Drug to order"),
                    ("authorisation", "Authorisation ends"),
                ],
                max_length=30,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_policyhistory" ("changed_because", "clinic_id", "confirm_days", "critical_days_before_alarm", "due_days", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "replacement_due_days", "replacement_urgent_days", "routine_days", "urgent_days") VALUES (NEW."changed_because", NEW."clinic_id", NEW."confirm_days", NEW."critical_days_before_alarm", NEW."due_days", NEW."id", NOW(), \'insert\', NEW."id", NEW."replacement_due_days", NEW."replacement_urgent_days", NEW."routine_days", NEW."urgent_days"); RETURN NULL;',
                    hash="d096907e4d69fe056ee525cadfb2625de473ecea",
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
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "alerts_policyhistory" ("changed_because", "clinic_id", "confirm_days", "critical_days_before_alarm", "due_days", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "replacement_due_days", "replacement_urgent_days", "routine_days", "urgent_days") VALUES (NEW."changed_because", NEW."clinic_id", NEW."confirm_days", NEW."critical_days_before_alarm", NEW."due_days", NEW."id", NOW(), \'update\', NEW."id", NEW."replacement_due_days", NEW."replacement_urgent_days", NEW."routine_days", NEW."urgent_days"); END IF; RETURN NULL;',
                    hash="b6020a9492fe53ea4648789873a5a5007b752ac4",
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
                    func='INSERT INTO "alerts_policyhistory" ("changed_because", "clinic_id", "confirm_days", "critical_days_before_alarm", "due_days", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "replacement_due_days", "replacement_urgent_days", "routine_days", "urgent_days") VALUES (OLD."changed_because", OLD."clinic_id", OLD."confirm_days", OLD."critical_days_before_alarm", OLD."due_days", OLD."id", NOW(), \'delete\', OLD."id", OLD."replacement_due_days", OLD."replacement_urgent_days", OLD."routine_days", OLD."urgent_days"); RETURN NULL;',
                    hash="53c2a1bcef6a9afd351a1054e7c10029cd0f33fd",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_0b461",
                    table="alerts_policy",
                    when="AFTER",
                ),
            ),
        ),
    ]
