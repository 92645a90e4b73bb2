"""Leaving monitoring takes two, in the database too: a pump ends by a departure that a second person confirmed.

Or by another pump in its place, which is looked at when the transaction ends.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import itb.audit.history
from itb.audit.chain import kept
from itb.walls import APPLICATION, walled

FORWARD = f"""
ALTER TABLE patients_departure ADD CONSTRAINT departure_of_the_pumps_clinic
    FOREIGN KEY (pump_id, clinic_id) REFERENCES patients_pump (id, clinic_id) ON UPDATE CASCADE;
REVOKE DELETE ON patients_departure FROM {APPLICATION};

CREATE FUNCTION patients_departure_takes_two() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    person bigint := NULLIF(current_setting('itb.person', true), '')::bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.closed_at IS NULL AND COALESCE(person, NEW.asked_by_id) = NEW.asked_by_id THEN
            RETURN NEW;
        END IF;
    ELSIF NEW.clinic_id <> OLD.clinic_id THEN
        IF OLD.closed_at IS NULL THEN
            NEW.closed_at := clock_timestamp();
        END IF;
        RETURN NEW;
    ELSIF OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL
          AND COALESCE(person, NEW.closed_by_id) = NEW.closed_by_id
          AND (NEW.id, NEW.pump_id, NEW.kind, NEW."on", NEW.reason, NEW.asked_at, NEW.asked_by_id)
            = (OLD.id, OLD.pump_id, OLD.kind, OLD."on", OLD.reason, OLD.asked_at, OLD.asked_by_id) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a departure is asked by one person and closed by one, once' USING
        ERRCODE = 'check_violation', CONSTRAINT = 'departure_takes_two', TABLE = 'patients_departure';
END $$;
CREATE TRIGGER departure_takes_two BEFORE INSERT OR UPDATE ON patients_departure
    FOR EACH ROW EXECUTE FUNCTION patients_departure_takes_two();

CREATE FUNCTION patients_pump_ends_with_reason() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM patients_departure
                   WHERE pump_id = NEW.id AND is_confirmed AND "on" = NEW.explanted_on)
       AND NOT EXISTS (SELECT FROM patients_pump WHERE patient_id = NEW.patient_id AND explanted_on IS NULL) THEN
        RAISE EXCEPTION 'a pump ends by a departure that two people made, or by the pump in its place' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'pump_ends_with_reason', TABLE = 'patients_pump';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER pump_ends_with_reason AFTER UPDATE ON patients_pump DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.explanted_on IS NOT NULL AND OLD.explanted_on IS DISTINCT FROM NEW.explanted_on)
    EXECUTE FUNCTION patients_pump_ends_with_reason();
"""
BACKWARD = f"""
DROP TRIGGER pump_ends_with_reason ON patients_pump;
DROP TRIGGER departure_takes_two ON patients_departure;
DROP FUNCTION patients_pump_ends_with_reason, patients_departure_takes_two;
GRANT DELETE ON patients_departure TO {APPLICATION};
ALTER TABLE patients_departure DROP CONSTRAINT departure_of_the_pumps_clinic;
"""


def person(*, null: bool = False, help_text: str = "") -> models.ForeignKey:
    return models.ForeignKey(
        null=null,
        help_text=help_text,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


def copied(to: str, *, null: bool = False) -> models.ForeignKey:
    return models.ForeignKey(
        null=null,
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        related_query_name="+",
        to=to,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0010_traces_and_links"),
        ("patients", "0031_name_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("explant", "Explanted, no other pump in its place"),
                            ("death", "The patient has died"),
                            ("other", "Another reason"),
                        ],
                        max_length=10,
                        verbose_name="Why",
                    ),
                ),
                ("on", models.DateField(verbose_name="On")),
                ("reason", models.CharField(max_length=500, verbose_name="Reason")),
                ("asked_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("is_confirmed", models.BooleanField(default=False)),
                ("asked_by", person()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                ("closed_by", person(null=True, help_text="None: it stayed behind in a move")),
                (
                    "pump",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departures",
                        to="patients.pump",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(closed_at=None), fields=("pump",), name="departure_one_open_a_pump"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(kind__in=["explant", "death", "other"]),
                        name="departure_kind_known",
                    ),
                    models.CheckConstraint(condition=~models.Q(reason=""), name="departure_has_a_reason"),
                    models.CheckConstraint(
                        condition=models.Q(is_confirmed=False)
                        | (
                            models.Q(closed_at__isnull=False, closed_by__isnull=False)
                            & ~models.Q(closed_by=models.F("asked_by"))
                        ),
                        name="departure_confirmed_by_a_second_person",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="DepartureHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("on", models.DateField()),
                ("reason", models.CharField(max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("is_confirmed", models.BooleanField(default=False)),
                ("asked_by", copied(settings.AUTH_USER_MODEL)),
                ("clinic", copied("accounts.clinic")),
                ("closed_by", copied(settings.AUTH_USER_MODEL, null=True)),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="patients.departure",
                    ),
                ),
                ("pump", copied("patients.pump")),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="patients_de_pgh_cre_cfd631_idx")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="departure",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_departurehistory" ("asked_at", "asked_by_id", "clinic_id", "closed_at", "closed_by_id", "id", "is_confirmed", "kind", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "reason") VALUES (NEW."asked_at", NEW."asked_by_id", NEW."clinic_id", NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."is_confirmed", NEW."kind", NEW."on", NOW(), \'insert\', NEW."id", NEW."pump_id", NEW."reason"); RETURN NULL;',
                    hash="9343de001e64d0a46c7c7495eb711cd912d72b79",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_14417",
                    table="patients_departure",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="departure",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "patients_departurehistory" ("asked_at", "asked_by_id", "clinic_id", "closed_at", "closed_by_id", "id", "is_confirmed", "kind", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "reason") VALUES (NEW."asked_at", NEW."asked_by_id", NEW."clinic_id", NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."is_confirmed", NEW."kind", NEW."on", NOW(), \'update\', NEW."id", NEW."pump_id", NEW."reason"); END IF; RETURN NULL;',
                    hash="597fa94c4736c8ba2b7826460213b5ee5a707fee",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_d4811",
                    table="patients_departure",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="departure",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_departurehistory" ("asked_at", "asked_by_id", "clinic_id", "closed_at", "closed_by_id", "id", "is_confirmed", "kind", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "reason") VALUES (OLD."asked_at", OLD."asked_by_id", OLD."clinic_id", OLD."closed_at", OLD."closed_by_id", OLD."id", OLD."is_confirmed", OLD."kind", OLD."on", NOW(), \'delete\', OLD."id", OLD."pump_id", OLD."reason"); RETURN NULL;',
                    hash="4109d4e734d52e8f6c8fdec3a73c8fdf61c04ca7",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_f4e1c",
                    table="patients_departure",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        walled("patients_departure"),
        *kept(
            "patients_departurehistory",
            "EXISTS (SELECT FROM patients_pump AS pump WHERE pump.id = pump_id)",
        ),
    ]
