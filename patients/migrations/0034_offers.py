"""A patient is offered by one clinic and accepted by another, which knows a code; custody moves when it is.

The clinic to which a patient is offered sees no row: a function tells it from where and since when, another one takes
code and birth date and moves the patient, or says no.
"""

import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import itb.audit.history
from itb.audit.chain import kept
from itb.walls import APPLICATION, OPEN, walled

FORWARD = f"""
ALTER TABLE patients_offer ADD CONSTRAINT offer_of_the_patients_clinic
    FOREIGN KEY (patient_id, clinic_id) REFERENCES patients_patient (id, clinic_id) ON UPDATE CASCADE;
REVOKE DELETE ON patients_offer FROM {APPLICATION};

CREATE FUNCTION patients_offers_to_open_clinic() RETURNS TABLE (clinic bigint, offered_at timestamptz) LANGUAGE sql
    STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT clinic_id, patients_offer.offered_at FROM patients_offer
    WHERE to_clinic_id = {OPEN} AND closed_at IS NULL ORDER BY patients_offer.offered_at
$$;

CREATE FUNCTION patients_answer_offer(code text, born date, number text, person bigint)
    RETURNS TABLE (patient bigint, giver bigint) LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    taken patients_offer;
BEGIN
    SELECT offer.* INTO taken FROM patients_offer AS offer
        JOIN patients_patient ON patients_patient.id = offer.patient_id
        WHERE offer.code_hash = code AND offer.to_clinic_id = {OPEN} AND offer.closed_at IS NULL
        AND patients_patient.birth_date = born FOR UPDATE OF offer;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE patients_offer SET closed_at = moment, closed_by_id = person,
        outcome = CASE WHEN number IS NULL THEN 'declined' ELSE 'accepted' END WHERE id = taken.id;
    IF number IS NOT NULL THEN
        UPDATE patients_custody SET ended_at = moment, ended_by_id = person
            WHERE patient_id = taken.patient_id AND ended_at IS NULL;
        INSERT INTO patients_custody (patient_id, clinic_id, started_at, started_by_id)
            VALUES (taken.patient_id, taken.to_clinic_id, moment, person);
        UPDATE patients_patient SET clinic_id = taken.to_clinic_id, record_number = number
            WHERE id = taken.patient_id;
    END IF;
    RETURN QUERY SELECT taken.patient_id, taken.clinic_id;
END $$;
REVOKE ALL ON FUNCTION patients_offers_to_open_clinic, patients_answer_offer FROM PUBLIC;
GRANT EXECUTE ON FUNCTION patients_offers_to_open_clinic, patients_answer_offer TO {APPLICATION};
"""
BACKWARD = f"""
DROP FUNCTION patients_answer_offer, patients_offers_to_open_clinic;
GRANT DELETE ON patients_offer TO {APPLICATION};
ALTER TABLE patients_offer DROP CONSTRAINT offer_of_the_patients_clinic;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0033_implants"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Offer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="Reason")),
                ("code_hash", models.CharField(max_length=64, unique=True)),
                ("offered_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Waits"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Taken back"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "offered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="patients.patient",
                    ),
                ),
                (
                    "to_clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.clinic",
                        verbose_name="Clinic",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)),
                        fields=("patient",),
                        name="offer_one_open_a_patient",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("outcome", "")),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("outcome__in", ["accepted", "declined", "withdrawn"]),
                            ),
                            _connector="OR",
                        ),
                        name="offer_closed_has_an_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at__isnull", False),
                            models.Q(("to_clinic", models.F("clinic")), _negated=True),
                            _connector="OR",
                        ),
                        name="offer_to_another_clinic",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="OfferHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("reason", models.CharField(max_length=500)),
                ("offered_at", models.DateTimeField()),
                ("outcome", models.CharField(blank=True, default="", max_length=10)),
                ("closed_at", models.DateTimeField(null=True)),
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
                    "closed_by",
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
                    "offered_by",
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
                    "patient",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="patients.offer",
                    ),
                ),
                (
                    "to_clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.clinic",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="patients_of_pgh_cre_7c8ca2_idx")]
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offer",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_offerhistory" ("clinic_id", "closed_at", "closed_by_id", "id", "offered_at", "offered_by_id", "outcome", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "to_clinic_id") VALUES (NEW."clinic_id", NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."offered_at", NEW."offered_by_id", NEW."outcome", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."reason", NEW."to_clinic_id"); RETURN NULL;',
                    hash="86cafa60d9601dfaf3102a61812c49fb5b2662ff",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_9fa66",
                    table="patients_offer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offer",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD."clinic_id" IS DISTINCT FROM (NEW."clinic_id") OR OLD."closed_at" IS DISTINCT FROM (NEW."closed_at") OR OLD."closed_by_id" IS DISTINCT FROM (NEW."closed_by_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."offered_at" IS DISTINCT FROM (NEW."offered_at") OR OLD."offered_by_id" IS DISTINCT FROM (NEW."offered_by_id") OR OLD."outcome" IS DISTINCT FROM (NEW."outcome") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."to_clinic_id" IS DISTINCT FROM (NEW."to_clinic_id")) THEN INSERT INTO "patients_offerhistory" ("clinic_id", "closed_at", "closed_by_id", "id", "offered_at", "offered_by_id", "outcome", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "to_clinic_id") VALUES (NEW."clinic_id", NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."offered_at", NEW."offered_by_id", NEW."outcome", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."reason", NEW."to_clinic_id"); END IF; RETURN NULL;',
                    hash="47b6a27f0219f285f82a373b3bed86d7b4939a39",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_6184b",
                    table="patients_offer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offer",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_offerhistory" ("clinic_id", "closed_at", "closed_by_id", "id", "offered_at", "offered_by_id", "outcome", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "to_clinic_id") VALUES (OLD."clinic_id", OLD."closed_at", OLD."closed_by_id", OLD."id", OLD."offered_at", OLD."offered_by_id", OLD."outcome", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."reason", OLD."to_clinic_id"); RETURN NULL;',
                    hash="71e0de357a55a4269a7ebbae2cd5815ee94b47af",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_5238f",
                    table="patients_offer",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        walled("patients_offer"),
        *kept(
            "patients_offerhistory",
            "EXISTS (SELECT FROM patients_patient AS patient WHERE patient.id = patient_id)",
        ),
    ]
