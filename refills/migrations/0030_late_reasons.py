"""Why a fact was written down long after it happened."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import itb.audit.history


class Migration(migrations.Migration):
    dependencies = [("refills", "0020_histories")]
    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="adjustment",
            name="keep_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="adjustment",
            name="keep_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="adjustment",
            name="keep_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="programme",
            name="keep_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="programme",
            name="keep_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="programme",
            name="keep_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="refill",
            name="keep_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="refill",
            name="keep_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="refill",
            name="keep_delete",
        ),
        migrations.AddField(
            model_name="adjustment",
            name="late_reason",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="Why this was written down over a day after it happened",
            ),
        ),
        migrations.AddField(
            model_name="adjustmenthistory",
            name="late_reason",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="programme",
            name="late_reason",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="Why this was written down over a day after it happened",
            ),
        ),
        migrations.AddField(
            model_name="programmehistory",
            name="late_reason",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="refill",
            name="late_reason",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="Why this was written down over a day after it happened",
            ),
        ),
        migrations.AddField(
            model_name="refillhistory",
            name="late_reason",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adjustment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_adjustmenthistory" ("amount_mcg", "at", "hours", "id", "key", "kind", "late_reason", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id", "volume_ml") VALUES (NEW."amount_mcg", NEW."at", NEW."hours", NEW."id", NEW."key", NEW."kind", NEW."late_reason", NOW(), \'insert\', NEW."id", NEW."pump_id", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."volume_ml"); RETURN NULL;',
                    hash="34be4c9fd1cb7278c56a595298c10f61718da979",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_62f8f",
                    table="refills_adjustment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adjustment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_adjustmenthistory" ("amount_mcg", "at", "hours", "id", "key", "kind", "late_reason", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id", "volume_ml") VALUES (NEW."amount_mcg", NEW."at", NEW."hours", NEW."id", NEW."key", NEW."kind", NEW."late_reason", NOW(), \'update\', NEW."id", NEW."pump_id", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."volume_ml"); END IF; RETURN NULL;',
                    hash="5bf9aafab0f22a0f6e2db666b9db9bcae4c7db76",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_7cacf",
                    table="refills_adjustment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adjustment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_adjustmenthistory" ("amount_mcg", "at", "hours", "id", "key", "kind", "late_reason", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id", "volume_ml") VALUES (OLD."amount_mcg", OLD."at", OLD."hours", OLD."id", OLD."key", OLD."kind", OLD."late_reason", NOW(), \'delete\', OLD."id", OLD."pump_id", OLD."reason", OLD."recorded_at", OLD."recorded_by_id", OLD."recorded_clinic_id", OLD."volume_ml"); RETURN NULL;',
                    hash="e92f37bc3c05d5fc675cdac5d04a4681e21f37a5",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_30eea",
                    table="refills_adjustment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programme",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_programmehistory" ("at", "concentration_mcg_per_ml", "dose_mcg_per_day", "id", "key", "late_reason", "mode", "pattern", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id") VALUES (NEW."at", NEW."concentration_mcg_per_ml", NEW."dose_mcg_per_day", NEW."id", NEW."key", NEW."late_reason", NEW."mode", NEW."pattern", NOW(), \'insert\', NEW."id", NEW."printed_alarm_on", NEW."pump_id", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id"); RETURN NULL;',
                    hash="603bb76cf67346e99b2cc17a92f272ba1a33bdc8",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_7039a",
                    table="refills_programme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programme",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_programmehistory" ("at", "concentration_mcg_per_ml", "dose_mcg_per_day", "id", "key", "late_reason", "mode", "pattern", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id") VALUES (NEW."at", NEW."concentration_mcg_per_ml", NEW."dose_mcg_per_day", NEW."id", NEW."key", NEW."late_reason", NEW."mode", NEW."pattern", NOW(), \'update\', NEW."id", NEW."printed_alarm_on", NEW."pump_id", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id"); END IF; RETURN NULL;',
                    hash="acff434fd04da58a6de949965c8f9683015423c4",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_4201e",
                    table="refills_programme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programme",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_programmehistory" ("at", "concentration_mcg_per_ml", "dose_mcg_per_day", "id", "key", "late_reason", "mode", "pattern", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id") VALUES (OLD."at", OLD."concentration_mcg_per_ml", OLD."dose_mcg_per_day", OLD."id", OLD."key", OLD."late_reason", OLD."mode", OLD."pattern", NOW(), \'delete\', OLD."id", OLD."printed_alarm_on", OLD."pump_id", OLD."reason", OLD."recorded_at", OLD."recorded_by_id", OLD."recorded_clinic_id"); RETURN NULL;',
                    hash="16164037ca464ff6d27889ff6c128a900326baec",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_e959b",
                    table="refills_programme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refill",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_refillhistory" ("at", "concentration_mcg_per_ml", "emptied", "expected_ml", "explanation", "filled_ml", "id", "key", "late_reason", "lot", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "product", "product_version", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id", "withdrawn_ml") VALUES (NEW."at", NEW."concentration_mcg_per_ml", NEW."emptied", NEW."expected_ml", NEW."explanation", NEW."filled_ml", NEW."id", NEW."key", NEW."late_reason", NEW."lot", NOW(), \'insert\', NEW."id", NEW."printed_alarm_on", NEW."product", NEW."product_version", NEW."pump_id", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."withdrawn_ml"); RETURN NULL;',
                    hash="2fc16b307195eaf1170b66c647c366964f3479a2",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_a32c8",
                    table="refills_refill",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refill",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_refillhistory" ("at", "concentration_mcg_per_ml", "emptied", "expected_ml", "explanation", "filled_ml", "id", "key", "late_reason", "lot", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "product", "product_version", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id", "withdrawn_ml") VALUES (NEW."at", NEW."concentration_mcg_per_ml", NEW."emptied", NEW."expected_ml", NEW."explanation", NEW."filled_ml", NEW."id", NEW."key", NEW."late_reason", NEW."lot", NOW(), \'update\', NEW."id", NEW."printed_alarm_on", NEW."product", NEW."product_version", NEW."pump_id", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."withdrawn_ml"); END IF; RETURN NULL;',
                    hash="841a4acce85e3a7d3ad68442221a6d4021890e50",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_e75f4",
                    table="refills_refill",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refill",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_refillhistory" ("at", "concentration_mcg_per_ml", "emptied", "expected_ml", "explanation", "filled_ml", "id", "key", "late_reason", "lot", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "product", "product_version", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id", "withdrawn_ml") VALUES (OLD."at", OLD."concentration_mcg_per_ml", OLD."emptied", OLD."expected_ml", OLD."explanation", OLD."filled_ml", OLD."id", OLD."key", OLD."late_reason", OLD."lot", NOW(), \'delete\', OLD."id", OLD."printed_alarm_on", OLD."product", OLD."product_version", OLD."pump_id", OLD."recorded_at", OLD."recorded_by_id", OLD."recorded_clinic_id", OLD."withdrawn_ml"); RETURN NULL;',
                    hash="591b50f9ba6a93f186e5ca908d721fda03c0213b",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_61282",
                    table="refills_refill",
                    when="AFTER",
                ),
            ),
        ),
    ]
