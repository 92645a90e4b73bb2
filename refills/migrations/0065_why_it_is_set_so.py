"""Why a clinic set its policy so: it stands in the history beside who and when."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import itb.audit.history


class Migration(migrations.Migration):
    dependencies = [
        ("refills", "0061_visits_end_with_their_pump"),
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
                    func='INSERT INTO "refills_policyhistory" ("accuracy_days", "changed_because", "clinic_id", "id", "margin_days", "max_interval_days", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_days", "shift_max_days") VALUES (NEW."accuracy_days", NEW."changed_because", NEW."clinic_id", NEW."id", NEW."margin_days", NEW."max_interval_days", NOW(), \'insert\', NEW."id", NEW."shift_days", NEW."shift_max_days"); RETURN NULL;',
                    hash="6bf89f5a49d01b6f6a0ea98c99f79956c916fe2e",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_6f950",
                    table="refills_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_policyhistory" ("accuracy_days", "changed_because", "clinic_id", "id", "margin_days", "max_interval_days", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_days", "shift_max_days") VALUES (NEW."accuracy_days", NEW."changed_because", NEW."clinic_id", NEW."id", NEW."margin_days", NEW."max_interval_days", NOW(), \'update\', NEW."id", NEW."shift_days", NEW."shift_max_days"); END IF; RETURN NULL;',
                    hash="ac03eaab217c62f2ac8210610c92ab344ca48c2d",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_7fe36",
                    table="refills_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_policyhistory" ("accuracy_days", "changed_because", "clinic_id", "id", "margin_days", "max_interval_days", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_days", "shift_max_days") VALUES (OLD."accuracy_days", OLD."changed_because", OLD."clinic_id", OLD."id", OLD."margin_days", OLD."max_interval_days", NOW(), \'delete\', OLD."id", OLD."shift_days", OLD."shift_max_days"); RETURN NULL;',
                    hash="7e824e5235448c103ee5596ed9c6d65fc7bfd66a",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_502d4",
                    table="refills_policy",
                    when="AFTER",
                ),
            ),
        ),
    ]
