"""What is said of a booked visit by those who were written to: that they cannot come. It stands in the forecast's row."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import itb.audit.history

FORWARD = """
CREATE FUNCTION refills_projection_visit_refused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.visit_is_refused := EXISTS (
        SELECT FROM refills_appointment
        WHERE pump_id = NEW.pump_id AND state = 'booked' AND cannot_come_at IS NOT NULL
    );
    RETURN NEW;
END $$;
CREATE TRIGGER projection_visit_refused BEFORE INSERT OR UPDATE ON refills_projection
    FOR EACH ROW EXECUTE FUNCTION refills_projection_visit_refused();
"""
BACKWARD = """
DROP TRIGGER projection_visit_refused ON refills_projection;
DROP FUNCTION refills_projection_visit_refused;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("refills", "0082_a_replacement_date_moves_no_forecast"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="appointment",
            name="keep_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="appointment",
            name="keep_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="appointment",
            name="keep_delete",
        ),
        migrations.AddField(
            model_name="appointment",
            name="cannot_come_at",
            field=models.DateTimeField(
                help_text="When they said, by the link of a letter, that they cannot; none once they confirm",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="appointmenthistory",
            name="cannot_come_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="projection",
            name="visit_is_refused",
            field=models.BooleanField(
                db_default=False, default=False, help_text="They have said that they cannot come to it"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appointment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_appointmenthistory" ("booked_at", "booked_by_id", "cannot_come_at", "clinic_id", "clinician_id", "closed_at", "closed_by_id", "confirmed_at", "confirmed_by_id", "id", "late_reason", "next_step", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "pump_id", "reason", "state", "time") VALUES (NEW."booked_at", NEW."booked_by_id", NEW."cannot_come_at", NEW."clinic_id", NEW."clinician_id", NEW."closed_at", NEW."closed_by_id", NEW."confirmed_at", NEW."confirmed_by_id", NEW."id", NEW."late_reason", NEW."next_step", NEW."on", NOW(), \'insert\', NEW."id", NEW."place", NEW."pump_id", NEW."reason", NEW."state", NEW."time"); RETURN NULL;',
                    hash="0c44c96a8b9d49b4eeca76145eed7b05623c6744",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_68293",
                    table="refills_appointment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appointment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_appointmenthistory" ("booked_at", "booked_by_id", "cannot_come_at", "clinic_id", "clinician_id", "closed_at", "closed_by_id", "confirmed_at", "confirmed_by_id", "id", "late_reason", "next_step", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "pump_id", "reason", "state", "time") VALUES (NEW."booked_at", NEW."booked_by_id", NEW."cannot_come_at", NEW."clinic_id", NEW."clinician_id", NEW."closed_at", NEW."closed_by_id", NEW."confirmed_at", NEW."confirmed_by_id", NEW."id", NEW."late_reason", NEW."next_step", NEW."on", NOW(), \'update\', NEW."id", NEW."place", NEW."pump_id", NEW."reason", NEW."state", NEW."time"); END IF; RETURN NULL;',
                    hash="f4baea0eed75174c3084169ef8ab78a8f3b5e111",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_2af4a",
                    table="refills_appointment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appointment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_appointmenthistory" ("booked_at", "booked_by_id", "cannot_come_at", "clinic_id", "clinician_id", "closed_at", "closed_by_id", "confirmed_at", "confirmed_by_id", "id", "late_reason", "next_step", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "pump_id", "reason", "state", "time") VALUES (OLD."booked_at", OLD."booked_by_id", OLD."cannot_come_at", OLD."clinic_id", OLD."clinician_id", OLD."closed_at", OLD."closed_by_id", OLD."confirmed_at", OLD."confirmed_by_id", OLD."id", OLD."late_reason", OLD."next_step", OLD."on", NOW(), \'delete\', OLD."id", OLD."place", OLD."pump_id", OLD."reason", OLD."state", OLD."time"); RETURN NULL;',
                    hash="03be7bd1b488a6a718838262996baef2e85f250e",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_79624",
                    table="refills_appointment",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
