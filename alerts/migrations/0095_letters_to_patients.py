"""Letters to patients and the people near them: when a clinic sends them, and each with what was answered.

What ends the need for one takes its letter back in the same transaction, whatever wrote it: a visit that is moved,
cancelled, held or refused; a refill; consent withdrawn, another address, a contact that ended; a death or an explant that
somebody has as much as asked about; a patient who moves to another clinic.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import itb.audit.history
from itb.audit.chain import kept
from itb.walls import APPLICATION, walled

FORWARD = f"""
ALTER TABLE alerts_reminder ADD CONSTRAINT reminder_of_the_pumps_clinic
    FOREIGN KEY (pump_id, clinic_id) REFERENCES patients_pump (id, clinic_id) ON UPDATE CASCADE;
REVOKE DELETE ON alerts_reminder, alerts_cadencepolicy FROM {APPLICATION};

CREATE FUNCTION alerts_reminded_by(hash text) RETURNS bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT clinic_id FROM alerts_reminder WHERE token_hash = hash
$$;
REVOKE ALL ON FUNCTION alerts_reminded_by FROM PUBLIC;
GRANT EXECUTE ON FUNCTION alerts_reminded_by TO {APPLICATION};

CREATE FUNCTION alerts_take_reminders_back(reminders bigint[]) RETURNS void LANGUAGE sql AS $$
    UPDATE outbox_letter SET state = 'superseded', lease_until = NULL
    WHERE topic = ANY(ARRAY(SELECT 'reminder:' || number FROM unnest(reminders) AS number))
        AND state IN ('pending', 'claimed', 'dead', 'uncertain')
$$;

CREATE FUNCTION alerts_visit_needs_no_reminder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM alerts_take_reminders_back(ARRAY(
            SELECT id FROM alerts_reminder WHERE pump_id = NEW.pump_id AND stage IN ('missed', 'unbooked')));
    ELSE
        PERFORM alerts_take_reminders_back(ARRAY(SELECT id FROM alerts_reminder WHERE visit_id = NEW.id));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER reminders_end_with_a_booking AFTER INSERT ON refills_appointment
    FOR EACH ROW WHEN (NEW.state = 'booked') EXECUTE FUNCTION alerts_visit_needs_no_reminder();
CREATE TRIGGER reminders_end_with_their_visit AFTER UPDATE ON refills_appointment
    FOR EACH ROW WHEN (OLD.state <> NEW.state OR OLD."on" <> NEW."on"
                       OR OLD.cannot_come_at IS DISTINCT FROM NEW.cannot_come_at)
    EXECUTE FUNCTION alerts_visit_needs_no_reminder();

CREATE FUNCTION alerts_refill_needs_no_reminder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM alerts_take_reminders_back(ARRAY(
        SELECT id FROM alerts_reminder WHERE pump_id = NEW.pump_id AND stage IN ('missed', 'unbooked')));
    RETURN NULL;
END $$;
CREATE TRIGGER reminders_end_with_a_refill AFTER INSERT ON refills_refill
    FOR EACH ROW EXECUTE FUNCTION alerts_refill_needs_no_reminder();

CREATE FUNCTION alerts_contact_needs_no_reminder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM alerts_take_reminders_back(ARRAY(SELECT id FROM alerts_reminder WHERE contact_id = NEW.id));
    UPDATE refills_projection SET review_at = clock_timestamp()
    WHERE pump_id = ANY(ARRAY(SELECT id FROM patients_pump WHERE patient_id = NEW.patient_id))
        AND clinic_id = NEW.clinic_id;
    RETURN NULL;
END $$;
CREATE TRIGGER reminders_end_with_consent AFTER UPDATE ON patients_contact
    FOR EACH ROW WHEN (OLD.channel <> NEW.channel OR OLD.email <> NEW.email OR OLD.clinic_id <> NEW.clinic_id
                       OR OLD.ended_at IS DISTINCT FROM NEW.ended_at)
    EXECUTE FUNCTION alerts_contact_needs_no_reminder();

CREATE FUNCTION alerts_departure_needs_no_reminder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM alerts_take_reminders_back(ARRAY(SELECT id FROM alerts_reminder WHERE pump_id = NEW.pump_id));
    RETURN NULL;
END $$;
CREATE TRIGGER reminders_end_with_a_departure AFTER INSERT ON patients_departure
    FOR EACH ROW WHEN (NEW.kind IN ('death', 'explant')) EXECUTE FUNCTION alerts_departure_needs_no_reminder();

CREATE FUNCTION alerts_explant_needs_no_reminder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM alerts_take_reminders_back(ARRAY(SELECT id FROM alerts_reminder WHERE pump_id = NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER reminders_end_with_their_pump AFTER UPDATE ON patients_pump
    FOR EACH ROW WHEN (OLD.explanted_on IS NULL AND NEW.explanted_on IS NOT NULL)
    EXECUTE FUNCTION alerts_explant_needs_no_reminder();
"""
BACKWARD = """
DROP TRIGGER reminders_end_with_their_pump ON patients_pump;
DROP TRIGGER reminders_end_with_a_departure ON patients_departure;
DROP TRIGGER reminders_end_with_consent ON patients_contact;
DROP TRIGGER reminders_end_with_a_refill ON refills_refill;
DROP TRIGGER reminders_end_with_their_visit ON refills_appointment;
DROP TRIGGER reminders_end_with_a_booking ON refills_appointment;
DROP FUNCTION alerts_explant_needs_no_reminder, alerts_departure_needs_no_reminder, alerts_contact_needs_no_reminder,
    alerts_refill_needs_no_reminder, alerts_visit_needs_no_reminder, alerts_take_reminders_back, alerts_reminded_by;
ALTER TABLE alerts_reminder DROP CONSTRAINT reminder_of_the_pumps_clinic;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0060_drafts"),
        ("outbox", "0048_letters_to_people_near_patients"),
        ("alerts", "0090_unmonitored"),
        ("patients", "0034_offers"),
        ("refills", "0085_what_people_answer"),
    ]

    operations = [
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
                    ("cannot_come", "Cannot come"),
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
        migrations.CreateModel(
            name="CadencePolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_days", models.PositiveSmallIntegerField()),
                ("last_days", models.PositiveSmallIntegerField()),
                ("missed_days", models.PositiveSmallIntegerField()),
                ("from_hour", models.PositiveSmallIntegerField()),
                ("until_hour", models.PositiveSmallIntegerField()),
                (
                    "changed_because",
                    models.TextField(blank=True, db_default="", default="", help_text="Why it was set so"),
                ),
                (
                    "clinic",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cadence_policy",
                        to="accounts.clinic",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_days__lt", models.F("first_days"))),
                        name="cadencepolicy_last_letter_after_the_first",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("from_hour__lt", models.F("until_hour")), ("until_hour__lte", 24)
                        ),
                        name="cadencepolicy_some_hours_are_left",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="CadencePolicyHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("first_days", models.PositiveSmallIntegerField()),
                ("last_days", models.PositiveSmallIntegerField()),
                ("missed_days", models.PositiveSmallIntegerField()),
                ("from_hour", models.PositiveSmallIntegerField()),
                ("until_hour", models.PositiveSmallIntegerField()),
                ("changed_because", models.TextField(blank=True, db_default="", default="")),
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
                        to="alerts.cadencepolicy",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="alerts_cade_pgh_cre_82da70_idx")],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("first", "first"),
                            ("last", "last"),
                            ("missed", "missed"),
                            ("unbooked", "unbooked"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "occasion",
                    models.CharField(
                        help_text="The visit, or the fill that runs out without one", max_length=60
                    ),
                ),
                (
                    "address",
                    models.CharField(help_text="To which they had agreed when it was owed", max_length=254),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("owed_at", models.DateTimeField()),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("", "No answer"), ("comes", "Will come"), ("cannot", "Cannot come")],
                        default="",
                        max_length=10,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.clinic",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="patients.contact",
                    ),
                ),
                (
                    "pump",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="patients.pump",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="refills.appointment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contact", "stage", "occasion", "address"),
                        name="reminder_once_a_step_and_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_at", None)),
                            models.Q(
                                ("answer__in", ["comes", "cannot"]),
                                ("answered_at__isnull", False),
                                ("visit__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="reminder_answer_has_a_moment_and_a_visit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stage", "unbooked"), ("visit", None)),
                            models.Q(("stage__in", ["first", "last", "missed"]), ("visit__isnull", False)),
                            _connector="OR",
                        ),
                        name="reminder_step_known_and_about_its_visit",
                    ),
                ]
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cadencepolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_cadencepolicyhistory" ("changed_because", "clinic_id", "first_days", "from_hour", "id", "last_days", "missed_days", "pgh_created_at", "pgh_label", "pgh_obj_id", "until_hour") VALUES (NEW."changed_because", NEW."clinic_id", NEW."first_days", NEW."from_hour", NEW."id", NEW."last_days", NEW."missed_days", NOW(), \'insert\', NEW."id", NEW."until_hour"); RETURN NULL;',
                    hash="5329387a3c7f8412bcbbe0d69c2ba4388fb628c5",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_e6026",
                    table="alerts_cadencepolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cadencepolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "alerts_cadencepolicyhistory" ("changed_because", "clinic_id", "first_days", "from_hour", "id", "last_days", "missed_days", "pgh_created_at", "pgh_label", "pgh_obj_id", "until_hour") VALUES (NEW."changed_because", NEW."clinic_id", NEW."first_days", NEW."from_hour", NEW."id", NEW."last_days", NEW."missed_days", NOW(), \'update\', NEW."id", NEW."until_hour"); END IF; RETURN NULL;',
                    hash="5a73ceff4d7c8b9ddd44b49e582d77f0a16e59ac",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_aa24a",
                    table="alerts_cadencepolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cadencepolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_cadencepolicyhistory" ("changed_because", "clinic_id", "first_days", "from_hour", "id", "last_days", "missed_days", "pgh_created_at", "pgh_label", "pgh_obj_id", "until_hour") VALUES (OLD."changed_because", OLD."clinic_id", OLD."first_days", OLD."from_hour", OLD."id", OLD."last_days", OLD."missed_days", NOW(), \'delete\', OLD."id", OLD."until_hour"); RETURN NULL;',
                    hash="7b92e19f2fa0fd18f341937369ff8f0ea9e324a4",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_67d1b",
                    table="alerts_cadencepolicy",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        walled("alerts_cadencepolicy"),
        walled("alerts_reminder"),
        *kept("alerts_cadencepolicyhistory"),
    ]
