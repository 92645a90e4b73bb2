"""A visit has a time, a place and someone to see; it says why it is late, how it ended and what follows."""

import django.contrib.postgres.operations
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import itb.audit.history


class Migration(migrations.Migration):
    dependencies = [
        ("refills", "0050_planning"),
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
            name="clinician",
            field=models.ForeignKey(
                help_text="Whom the patient sees",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="late_reason",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="Why a prescriber let it be past the latest safe day, or on a closed one",
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="next_step",
            field=models.TextField(
                blank=True, db_default="", default="", help_text="What follows where no refill came of it"
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="place",
            field=models.CharField(
                choices=[("clinic", "At the clinic"), ("home", "At the patient's home")],
                db_default="clinic",
                default="clinic",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="reason",
            field=models.TextField(blank=True, db_default="", default="", help_text="Why it ended as it did"),
        ),
        migrations.AddField(
            model_name="appointment",
            name="time",
            field=models.TimeField(help_text="In the clinic's zone", null=True),
        ),
        migrations.AddField(
            model_name="appointmenthistory",
            name="clinician",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="appointmenthistory",
            name="late_reason",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="appointmenthistory",
            name="next_step",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="appointmenthistory",
            name="place",
            field=models.CharField(db_default="clinic", default="clinic", max_length=10),
        ),
        migrations.AddField(
            model_name="appointmenthistory",
            name="reason",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="appointmenthistory",
            name="time",
            field=models.TimeField(null=True),
        ),
        migrations.AlterField(
            model_name="appointment",
            name="state",
            field=models.CharField(
                choices=[
                    ("booked", "Booked"),
                    ("attended", "Attended"),
                    ("unfilled", "Attended, not refilled"),
                    ("missed", "Did not attend"),
                    ("moved", "Moved to another day"),
                    ("cancelled", "Cancelled"),
                ],
                default="booked",
                max_length=10,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appointment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_appointmenthistory" ("booked_at", "booked_by_id", "clinic_id", "clinician_id", "closed_at", "closed_by_id", "id", "late_reason", "next_step", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "pump_id", "reason", "state", "time") VALUES (NEW."booked_at", NEW."booked_by_id", NEW."clinic_id", NEW."clinician_id", NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."late_reason", NEW."next_step", NEW."on", NOW(), \'insert\', NEW."id", NEW."place", NEW."pump_id", NEW."reason", NEW."state", NEW."time"); RETURN NULL;',
                    hash="d9d1f6abc9d1edc1601f539b03f53373b76b3df8",
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
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_appointmenthistory" ("booked_at", "booked_by_id", "clinic_id", "clinician_id", "closed_at", "closed_by_id", "id", "late_reason", "next_step", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "pump_id", "reason", "state", "time") VALUES (NEW."booked_at", NEW."booked_by_id", NEW."clinic_id", NEW."clinician_id", NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."late_reason", NEW."next_step", NEW."on", NOW(), \'update\', NEW."id", NEW."place", NEW."pump_id", NEW."reason", NEW."state", NEW."time"); END IF; RETURN NULL;',
                    hash="3f915d2a3c00cda2ecbcf1203027eb07b0075bd3",
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
                    func='INSERT INTO "refills_appointmenthistory" ("booked_at", "booked_by_id", "clinic_id", "clinician_id", "closed_at", "closed_by_id", "id", "late_reason", "next_step", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "pump_id", "reason", "state", "time") VALUES (OLD."booked_at", OLD."booked_by_id", OLD."clinic_id", OLD."clinician_id", OLD."closed_at", OLD."closed_by_id", OLD."id", OLD."late_reason", OLD."next_step", OLD."on", NOW(), \'delete\', OLD."id", OLD."place", OLD."pump_id", OLD."reason", OLD."state", OLD."time"); RETURN NULL;',
                    hash="1a8793bfa0d2ba02b5ceb17c0dfcea3a3ea9f37c",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_79624",
                    table="refills_appointment",
                    when="AFTER",
                ),
            ),
        ),
        django.contrib.postgres.operations.AddConstraintNotValid(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "unfilled"), _negated=True),
                    models.Q(("reason", ""), ("next_step", ""), _connector="OR", _negated=True),
                    _connector="OR",
                ),
                name="appointment_without_a_refill_says_why_and_what_next",
            ),
        ),
    ]
