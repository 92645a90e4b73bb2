"""Why a clinic set its policy so: it stands in the history beside who and when."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import itb.audit.history


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0060_what_a_refill_left"),
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
            name="changed_because",
            field=models.TextField(blank=True, db_default="", default="", help_text="Why it was set so"),
        ),
        migrations.AddField(
            model_name="policyhistory",
            name="changed_because",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_policyhistory" ("changed_because", "clinic_id", "critical_days_before_alarm", "due_days", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "routine_days", "urgent_days") VALUES (NEW."changed_because", NEW."clinic_id", NEW."critical_days_before_alarm", NEW."due_days", NEW."id", NOW(), \'insert\', NEW."id", NEW."routine_days", NEW."urgent_days"); RETURN NULL;',
                    hash="46e3382927d1aeb1e1785cf75d4e3c8078ad413b",
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
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "alerts_policyhistory" ("changed_because", "clinic_id", "critical_days_before_alarm", "due_days", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "routine_days", "urgent_days") VALUES (NEW."changed_because", NEW."clinic_id", NEW."critical_days_before_alarm", NEW."due_days", NEW."id", NOW(), \'update\', NEW."id", NEW."routine_days", NEW."urgent_days"); END IF; RETURN NULL;',
                    hash="6b90523fee92b480f542b719b7dd5ea0ab95ae6b",
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
                    func='INSERT INTO "alerts_policyhistory" ("changed_because", "clinic_id", "critical_days_before_alarm", "due_days", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "routine_days", "urgent_days") VALUES (OLD."changed_because", OLD."clinic_id", OLD."critical_days_before_alarm", OLD."due_days", OLD."id", NOW(), \'delete\', OLD."id", OLD."routine_days", OLD."urgent_days"); RETURN NULL;',
                    hash="06dff83f9b3c25e7998286d7ffb6db662cf93b1a",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_0b461",
                    table="alerts_policy",
                    when="AFTER",
                ),
            ),
        ),
    ]
