"""A visit is confirmed; what the rules ask of visits, and where the band comes from, stands in the forecast's row."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

import itb.audit.history


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0060_drafts"),
        ("patients", "0034_offers"),
        ("refills", "0072_indexes_of_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
            name="confirmed_at",
            field=models.DateTimeField(
                help_text="When someone near the patient said they will come", null=True
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="confirmed_by",
            field=models.ForeignKey(
                db_index=False,
                help_text="Who heard it; none: they said so themselves, by the link of a letter",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="appointmenthistory",
            name="confirmed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="appointmenthistory",
            name="confirmed_by",
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
            model_name="projection",
            name="band_is_learned",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Earliest and latest come from the pump's own refills",
            ),
        ),
        migrations.AddField(
            model_name="projection",
            name="missed_on",
            field=models.DateField(
                help_text="The day of the last visit, where nobody came and none is booked since", null=True
            ),
        ),
        migrations.AddField(
            model_name="projection",
            name="visit_is_confirmed",
            field=models.BooleanField(db_default=False, default=False, help_text="They said they will come"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appointment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_appointmenthistory" ("booked_at", "booked_by_id", "clinic_id", "clinician_id", "closed_at", "closed_by_id", "confirmed_at", "confirmed_by_id", "id", "late_reason", "next_step", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "pump_id", "reason", "state", "time") VALUES (NEW."booked_at", NEW."booked_by_id", NEW."clinic_id", NEW."clinician_id", NEW."closed_at", NEW."closed_by_id", NEW."confirmed_at", NEW."confirmed_by_id", NEW."id", NEW."late_reason", NEW."next_step", NEW."on", NOW(), \'insert\', NEW."id", NEW."place", NEW."pump_id", NEW."reason", NEW."state", NEW."time"); RETURN NULL;',
                    hash="689d916329441eea190bac3f2fa17f43a993a1a7",
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
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_appointmenthistory" ("booked_at", "booked_by_id", "clinic_id", "clinician_id", "closed_at", "closed_by_id", "confirmed_at", "confirmed_by_id", "id", "late_reason", "next_step", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "pump_id", "reason", "state", "time") VALUES (NEW."booked_at", NEW."booked_by_id", NEW."clinic_id", NEW."clinician_id", NEW."closed_at", NEW."closed_by_id", NEW."confirmed_at", NEW."confirmed_by_id", NEW."id", NEW."late_reason", NEW."next_step", NEW."on", NOW(), \'update\', NEW."id", NEW."place", NEW."pump_id", NEW."reason", NEW."state", NEW."time"); END IF; RETURN NULL;',
                    hash="0b7f7436cb7b189acbc264ac3cf6b8976f25a414",
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
                    func='INSERT INTO "refills_appointmenthistory" ("booked_at", "booked_by_id", "clinic_id", "clinician_id", "closed_at", "closed_by_id", "confirmed_at", "confirmed_by_id", "id", "late_reason", "next_step", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "pump_id", "reason", "state", "time") VALUES (OLD."booked_at", OLD."booked_by_id", OLD."clinic_id", OLD."clinician_id", OLD."closed_at", OLD."closed_by_id", OLD."confirmed_at", OLD."confirmed_by_id", OLD."id", OLD."late_reason", OLD."next_step", OLD."on", NOW(), \'delete\', OLD."id", OLD."place", OLD."pump_id", OLD."reason", OLD."state", OLD."time"); RETURN NULL;',
                    hash="9093b2dfb5d8198d7519cbf0fb311d51381d7c49",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_79624",
                    table="refills_appointment",
                    when="AFTER",
                ),
            ),
        ),
        AddConstraintNotValid(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_by", None), ("confirmed_at__isnull", False), _connector="OR"),
                name="appointment_confirmed_at_a_moment",
            ),
        ),
        ValidateConstraint(model_name="appointment", name="appointment_confirmed_at_a_moment"),
    ]
