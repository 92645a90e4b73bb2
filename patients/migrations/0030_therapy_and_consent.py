"""Why someone is treated and to what end, by whom; whom to call, how, and who agreed to it.

The own clinician is of the patient's clinic by a foreign key of both, and stays behind when the patient moves.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

import itb.audit.history

CLINICIAN = """
ALTER TABLE patients_patient ADD CONSTRAINT clinician_of_the_patients_clinic
    FOREIGN KEY (clinician_id, clinic_id) REFERENCES accounts_membership (id, clinic_id) NOT VALID;
ALTER TABLE patients_patient VALIDATE CONSTRAINT clinician_of_the_patients_clinic;
CREATE FUNCTION patients_clinician_stays_behind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.clinician_id := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER clinician_stays_behind BEFORE UPDATE OF clinic_id ON patients_patient
    FOR EACH ROW WHEN (OLD.clinic_id <> NEW.clinic_id) EXECUTE FUNCTION patients_clinician_stays_behind();
"""
CLINICIAN_BACK = """
DROP TRIGGER clinician_stays_behind ON patients_patient;
DROP FUNCTION patients_clinician_stays_behind;
ALTER TABLE patients_patient DROP CONSTRAINT clinician_of_the_patients_clinic;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0025_histories"),
        ("outbox", "0002_walls"),
        ("patients", "0020_histories"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="contact",
            name="keep_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="contact",
            name="keep_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="contact",
            name="keep_delete",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="patient",
            name="keep_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="patient",
            name="keep_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="patient",
            name="keep_delete",
        ),
        migrations.AddField(
            model_name="contact",
            name="added_at",
            field=models.DateTimeField(help_text="None: with the patient", null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="added_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="asked_on",
            field=models.DateField(blank=True, null=True, verbose_name="Asked on"),
        ),
        migrations.AddField(
            model_name="contact",
            name="channel",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Not asked yet"),
                    ("none", "No message: call"),
                    ("email", "E-mail"),
                    ("telephone", "Telephone or text message"),
                ],
                db_default="",
                default="",
                max_length=10,
                verbose_name="Reminders",
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="email",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=254, verbose_name="E-mail"
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="ended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="ended_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="language",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=60, verbose_name="Language"
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="version",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="Of what is typed: two who edit at once notice"
            ),
        ),
        migrations.AddField(
            model_name="contacthistory",
            name="added_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="contacthistory",
            name="added_by",
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
            model_name="contacthistory",
            name="asked_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="contacthistory",
            name="channel",
            field=models.CharField(blank=True, db_default="", default="", max_length=10),
        ),
        migrations.AddField(
            model_name="contacthistory",
            name="email",
            field=models.CharField(blank=True, db_default="", default="", max_length=254),
        ),
        migrations.AddField(
            model_name="contacthistory",
            name="ended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="contacthistory",
            name="ended_by",
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
            model_name="contacthistory",
            name="language",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="patient",
            name="clinician",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Who answers for the therapy here; a trigger lets go of them when the patient moves",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.membership",
                verbose_name="Own clinician",
            ),
        ),
        migrations.AddField(
            model_name="patient",
            name="goals",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=1000, verbose_name="Goals of the therapy"
            ),
        ),
        migrations.AddField(
            model_name="patient",
            name="indication",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200, verbose_name="Indication"
            ),
        ),
        migrations.AddField(
            model_name="patient",
            name="refusal",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="In the patient's words",
                max_length=300,
                verbose_name="Why nobody may be called",
            ),
        ),
        migrations.AddField(
            model_name="patient",
            name="refused_on",
            field=models.DateField(blank=True, null=True, verbose_name="Refused on"),
        ),
        migrations.AddField(
            model_name="patient",
            name="version",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="Of what is typed: two who edit at once notice"
            ),
        ),
        migrations.AddField(
            model_name="patienthistory",
            name="clinician",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accounts.membership",
            ),
        ),
        migrations.AddField(
            model_name="patienthistory",
            name="goals",
            field=models.CharField(blank=True, db_default="", default="", max_length=1000),
        ),
        migrations.AddField(
            model_name="patienthistory",
            name="indication",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="patienthistory",
            name="refusal",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="patienthistory",
            name="refused_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="pump",
            name="explanted_on",
            field=models.DateField(
                blank=True,
                help_text="Or left otherwise: its departure says why. A trigger demands that, or the pump in its place",
                null=True,
                verbose_name="Explanted on",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contact",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_contacthistory" ("added_at", "added_by_id", "asked_on", "channel", "clinic_id", "email", "ended_at", "ended_by_id", "id", "language", "name", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "relation") VALUES (NEW."added_at", NEW."added_by_id", NEW."asked_on", NEW."channel", NEW."clinic_id", NEW."email", NEW."ended_at", NEW."ended_by_id", NEW."id", NEW."language", NEW."name", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."phone", NEW."relation"); RETURN NULL;',
                    hash="bcf53a40f18d372f7348208d6f17a73771f2e3d7",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_ac07e",
                    table="patients_contact",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contact",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD."added_at" IS DISTINCT FROM (NEW."added_at") OR OLD."added_by_id" IS DISTINCT FROM (NEW."added_by_id") OR OLD."asked_on" IS DISTINCT FROM (NEW."asked_on") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."clinic_id" IS DISTINCT FROM (NEW."clinic_id") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."ended_at" IS DISTINCT FROM (NEW."ended_at") OR OLD."ended_by_id" IS DISTINCT FROM (NEW."ended_by_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."relation" IS DISTINCT FROM (NEW."relation")) THEN INSERT INTO "patients_contacthistory" ("added_at", "added_by_id", "asked_on", "channel", "clinic_id", "email", "ended_at", "ended_by_id", "id", "language", "name", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "relation") VALUES (NEW."added_at", NEW."added_by_id", NEW."asked_on", NEW."channel", NEW."clinic_id", NEW."email", NEW."ended_at", NEW."ended_by_id", NEW."id", NEW."language", NEW."name", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."phone", NEW."relation"); END IF; RETURN NULL;',
                    hash="3ffb87636b383d76172732485ed381fa82664a35",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_fdc2c",
                    table="patients_contact",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contact",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_contacthistory" ("added_at", "added_by_id", "asked_on", "channel", "clinic_id", "email", "ended_at", "ended_by_id", "id", "language", "name", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "relation") VALUES (OLD."added_at", OLD."added_by_id", OLD."asked_on", OLD."channel", OLD."clinic_id", OLD."email", OLD."ended_at", OLD."ended_by_id", OLD."id", OLD."language", OLD."name", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."phone", OLD."relation"); RETURN NULL;',
                    hash="9b27c96a891d58dddd08ee07b574b97f53940751",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_15882",
                    table="patients_contact",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patient",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_patienthistory" ("birth_date", "cannot_hear_alarm", "clinic_id", "clinician_id", "communication_difficulty", "earlier_withdrawal", "family_name", "given_name", "goals", "id", "indication", "injury_at_t6_or_above", "origin", "pgh_created_at", "pgh_label", "pgh_obj_id", "record_number", "refusal", "refused_on", "registered_at", "registered_by_id") VALUES (NEW."birth_date", NEW."cannot_hear_alarm", NEW."clinic_id", NEW."clinician_id", NEW."communication_difficulty", NEW."earlier_withdrawal", NEW."family_name", NEW."given_name", NEW."goals", NEW."id", NEW."indication", NEW."injury_at_t6_or_above", NEW."origin", NOW(), \'insert\', NEW."id", NEW."record_number", NEW."refusal", NEW."refused_on", NEW."registered_at", NEW."registered_by_id"); RETURN NULL;',
                    hash="7f85a94e51592e44f932f3a4e7978d0c553bf842",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_9df53",
                    table="patients_patient",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patient",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD."birth_date" IS DISTINCT FROM (NEW."birth_date") OR OLD."cannot_hear_alarm" IS DISTINCT FROM (NEW."cannot_hear_alarm") OR OLD."clinic_id" IS DISTINCT FROM (NEW."clinic_id") OR OLD."clinician_id" IS DISTINCT FROM (NEW."clinician_id") OR OLD."communication_difficulty" IS DISTINCT FROM (NEW."communication_difficulty") OR OLD."earlier_withdrawal" IS DISTINCT FROM (NEW."earlier_withdrawal") OR OLD."family_name" IS DISTINCT FROM (NEW."family_name") OR OLD."given_name" IS DISTINCT FROM (NEW."given_name") OR OLD."goals" IS DISTINCT FROM (NEW."goals") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."indication" IS DISTINCT FROM (NEW."indication") OR OLD."injury_at_t6_or_above" IS DISTINCT FROM (NEW."injury_at_t6_or_above") OR OLD."origin" IS DISTINCT FROM (NEW."origin") OR OLD."record_number" IS DISTINCT FROM (NEW."record_number") OR OLD."refusal" IS DISTINCT FROM (NEW."refusal") OR OLD."refused_on" IS DISTINCT FROM (NEW."refused_on") OR OLD."registered_at" IS DISTINCT FROM (NEW."registered_at") OR OLD."registered_by_id" IS DISTINCT FROM (NEW."registered_by_id")) THEN INSERT INTO "patients_patienthistory" ("birth_date", "cannot_hear_alarm", "clinic_id", "clinician_id", "communication_difficulty", "earlier_withdrawal", "family_name", "given_name", "goals", "id", "indication", "injury_at_t6_or_above", "origin", "pgh_created_at", "pgh_label", "pgh_obj_id", "record_number", "refusal", "refused_on", "registered_at", "registered_by_id") VALUES (NEW."birth_date", NEW."cannot_hear_alarm", NEW."clinic_id", NEW."clinician_id", NEW."communication_difficulty", NEW."earlier_withdrawal", NEW."family_name", NEW."given_name", NEW."goals", NEW."id", NEW."indication", NEW."injury_at_t6_or_above", NEW."origin", NOW(), \'update\', NEW."id", NEW."record_number", NEW."refusal", NEW."refused_on", NEW."registered_at", NEW."registered_by_id"); END IF; RETURN NULL;',
                    hash="6b9e6b8a1869e5bfc771d74a5d40a9711a4f23f2",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_4db95",
                    table="patients_patient",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patient",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_patienthistory" ("birth_date", "cannot_hear_alarm", "clinic_id", "clinician_id", "communication_difficulty", "earlier_withdrawal", "family_name", "given_name", "goals", "id", "indication", "injury_at_t6_or_above", "origin", "pgh_created_at", "pgh_label", "pgh_obj_id", "record_number", "refusal", "refused_on", "registered_at", "registered_by_id") VALUES (OLD."birth_date", OLD."cannot_hear_alarm", OLD."clinic_id", OLD."clinician_id", OLD."communication_difficulty", OLD."earlier_withdrawal", OLD."family_name", OLD."given_name", OLD."goals", OLD."id", OLD."indication", OLD."injury_at_t6_or_above", OLD."origin", NOW(), \'delete\', OLD."id", OLD."record_number", OLD."refusal", OLD."refused_on", OLD."registered_at", OLD."registered_by_id"); RETURN NULL;',
                    hash="4238289609edaf21644bef40a72fe1cc1442a3eb",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_7547b",
                    table="patients_patient",
                    when="AFTER",
                ),
            ),
        ),
        AddConstraintNotValid(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("asked_on", None), ("channel", "")),
                    models.Q(("asked_on__isnull", False), ("channel__in", ["none", "email", "telephone"])),
                    _connector="OR",
                ),
                name="contact_consent_has_a_day",
            ),
        ),
        AddConstraintNotValid(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel", "email"), _negated=True),
                    models.Q(("email", ""), _negated=True),
                    _connector="OR",
                ),
                name="contact_by_email_has_an_address",
            ),
        ),
        AddConstraintNotValid(
            model_name="patient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("refusal", ""), ("refused_on", None)),
                    models.Q(models.Q(("refusal", ""), _negated=True), ("refused_on__isnull", False)),
                    _connector="OR",
                ),
                name="patient_refusal_has_a_day_and_a_reason",
            ),
        ),
        ValidateConstraint(model_name="contact", name="contact_consent_has_a_day"),
        ValidateConstraint(model_name="contact", name="contact_by_email_has_an_address"),
        ValidateConstraint(model_name="patient", name="patient_refusal_has_a_day_and_a_reason"),
        migrations.RunSQL(CLINICIAN, CLINICIAN_BACK),
    ]
