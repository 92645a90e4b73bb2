"""The second lock: what PostgreSQL itself shows, to whom, and to which role."""

import os
import subprocess
import sys

import pytest
from django.db import DatabaseError, connection, connections, models, transaction
from django.test import Client
from django.urls import reverse

from alerts.models import Alert
from alerts.proof import prove
from alerts.sweep import sweep
from itb import walls
from itb.accounts.models import Membership
from itb.morning.lists import make_lists
from itb.outbox.models import Letter
from itb.pool import forget
from itb.walls import inside
from patients.models import Custody, Patient, Pump
from patients.services import hand_over_patient
from refills.models import Appointment, Projection, Refill
from tests.alerts.test_sweep import swept
from tests.cast import Cast
from tests.house.models import own_models

OUTSIDE = {
    "accounts.Clinic": "a clinic's name, zone and telephone: the door and the workers step from one to the next",
    "accounts.User": "people sign in before a clinic is open, and may work in several",
    "accounts.SignIn": "asked for before a clinic is open; one sign-in serves all clinics of a person",
    "accounts.Attempt": "hashes of accounts and networks, counted before anybody is signed in",
    "accounts.Notice": "of a person and of no clinic: the outbox makes a letter of it in one of theirs",
    "accounts.CacheEntry": "counters of the web processes; nobody can be read from their keys",
    "outbox.Heartbeat": "the pulse of the cycles, of no clinic",
    "outbox.Epoch": "whether this database is the newest, which is so for every clinic or for none",
    "backup.Backup": "which files were written: each holds every clinic's rows, sealed",
}
WALLED = [model for model in own_models() if model._meta.label not in OUTSIDE]


def rows(model: type[models.Model]) -> int:
    return model._base_manager.count()


def lived_in(cast: Cast) -> Pump:
    """Something in every table of the cast's clinic."""
    pump = cast.running_pump()
    cast.followup(pump)
    cast.adjustment(pump, days_ago=1, kind="bolus", amount_mcg=50)
    cast.own_model()
    cast.own_product()
    cast.everything_planned(pump)
    cast.invitation()
    cast.grant()
    cast.emergency()
    cast.reminder(pump)
    prove(at=cast.at)
    make_lists(at=cast.at.replace(hour=9))
    cast.departure(pump)
    cast.catheter(pump.patient)
    cast.offered(pump)
    swept(pump)
    return pump


@pytest.mark.parametrize("model", WALLED, ids=lambda model: model._meta.label)
def test_every_table_of_ours_has_its_walls_up(model: type[models.Model], db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == (True, True), "wall it in a migration, or name it here with the reason"


def test_another_clinic_and_nobody_see_no_row_of_any_table(cast: Cast) -> None:
    lived_in(cast)
    filled = [model for model in WALLED if rows(model)]
    assert {"patients.Patient", "refills.Refill", "alerts.AlertEvent", "outbox.Letter"} <= {
        model._meta.label for model in filled
    }
    with inside(cast.stranger.clinic_id):
        theirs = {model._meta.label: rows(model) for model in filled}
    for own in ("Clinic", "User", "Membership"):  # the stranger's own
        theirs.pop(f"accounts.{own}History")
    theirs.pop("accounts.Membership")
    theirs.pop("audit.AuditEvent")
    for counted in ("alerts.Proof", "morning.MorningList"):  # of each clinic its own: ours not among them
        assert theirs.pop(counted) <= 1
    assert not any(theirs.values()), theirs
    connection.connection.execute("RESET itb.clinic")
    at_the_door = {model._meta.label for model in filled if rows(model)}
    assert at_the_door <= {
        *("accounts.Membership", "refills.Policy", "refills.ProcedurePolicy", "alerts.Policy")
    }


def test_what_is_written_for_another_clinic_is_refused(cast: Cast, pump: Pump) -> None:
    for change in (
        lambda: Patient.objects.filter(pk=pump.patient_id).update(clinic=cast.stranger.clinic),
        lambda: Alert.objects.create(
            pump=pump,
            clinic=cast.stranger.clinic,
            kind="no_forecast",
            tier=3,
            sentence="x",
            opened_at=cast.at,
        ),
        lambda: Membership.objects.create(
            user=cast.nurse.user, clinic=cast.stranger.clinic, role="nurse", started_at=cast.at
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_row_of_another_clinic_is_neither_changed_nor_deleted(cast: Cast, pump: Pump) -> None:
    with inside(cast.stranger.clinic_id), connection.cursor() as cursor:
        for statement in (
            "UPDATE patients_patient SET family_name = 'X' WHERE id = %s",
            "UPDATE refills_projection SET danger_at = NULL WHERE pump_id = %s",
            "DELETE FROM refills_projection WHERE pump_id = %s",
        ):
            cursor.execute(statement, [pump.patient_id if "patients" in statement else pump.pk])
            assert cursor.rowcount == 0


def test_what_hangs_on_a_pump_cannot_be_of_another_clinic_than_the_pump(cast: Cast, pump: Pump) -> None:
    """The composite foreign key, as the owner, for whom no wall stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND cardinality(conkey) = 2"
        )
        assert {table for (table,) in cursor.fetchall()} == {
            "patients_patient",
            "patients_pump",
            "patients_contact",
            "patients_departure",
            "patients_catheter",
            "patients_offer",
            "refills_projection",
            "refills_appointment",
            "refills_homerefill",
            "refills_followup",
            "refills_pendingprogramme",
            "alerts_alert",
            "alerts_absence",
            "alerts_lead",
            "alerts_reminder",
            "outbox_letter",
            "outbox_bounce",
        }


def test_a_handed_over_patient_is_wholly_in_the_other_clinic_and_no_fact_is_touched(
    client: Client, cast: Cast
) -> None:
    pump = lived_in(cast)
    assert Alert.objects.open().exists()
    assert Letter.objects.filter(state=Letter.State.PENDING).exists()
    facts = list(Refill.objects.values())
    hand_over_patient(patient=pump.patient, to=cast.stranger.clinic, by=cast.nurse, at=cast.at)
    assert not Patient.objects.exists()
    assert not Refill.objects.exists()
    waiting = Letter.objects.filter(state=Letter.State.PENDING, topic__startswith="alert:")
    assert not waiting.exists(), "nobody here is told any more"
    with inside(cast.stranger.clinic_id):
        assert list(Refill.objects.values()) == facts
        row = Projection.objects.get(pump=pump)
        assert row.danger_at is None, "the other clinic's margins may differ: unknown until it is looked at"
        assert Custody.objects.filter(patient=pump.patient_id).count() == 2
        assert Appointment.objects.get(pump=pump).state == Appointment.State.CANCELLED
        assert not Alert.objects.open().exists()
    sweep()
    with inside(cast.stranger.clinic_id):
        assert Projection.objects.get(pump=pump).danger_at is not None
    for person, status in ((cast.nurse, 404), (cast.stranger, 200)):
        client.force_login(person.user)
        assert client.get(reverse("dashboard:chart", args=[pump.patient_id])).status_code == status


def test_only_the_clinic_that_holds_a_patient_hands_over(cast: Cast, pump: Pump) -> None:
    patient = pump.patient
    with (
        inside(cast.stranger.clinic_id),
        pytest.raises(DatabaseError, match="does not hold"),
        transaction.atomic(),
    ):
        hand_over_patient(patient=patient, to=cast.clinic, by=cast.stranger, at=cast.at)


def test_custody_is_written_by_no_other_way(cast: Cast, pump: Pump) -> None:
    for change in (
        lambda: Custody.objects.update(clinic=cast.stranger.clinic),
        lambda: Custody.objects.all().delete(),
        lambda: Custody.objects.create(
            patient_id=pump.patient_id, clinic=cast.clinic, started_at=cast.at, started_by=cast.nurse.user
        ),
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_workers_do_their_work_in_every_clinic(cast: Cast) -> None:
    """One transaction a clinic, as the application's role."""
    ours, theirs = cast.bare_pump(), cast.bare_pump(by=cast.stranger)
    sweep()
    for member, pump in ((cast.nurse, ours), (cast.stranger, theirs)):
        with inside(member.clinic_id):
            assert Alert.objects.open().filter(pump=pump).exists()
            assert Letter.objects.exists()


def test_a_connection_forgets_the_clinic_when_it_goes_back(cast: Cast, pump: Pump) -> None:
    assert Pump.objects.exists()
    forget(connection.connection)
    assert not Pump.objects.exists()
    assert connections["default"].settings_dict["OPTIONS"]["pool"]["reset"] is forget


@pytest.mark.parametrize(
    ("role", "why"), [("itb_owner", "owns tables"), ("postgres", "bypasses row-level security")]
)
@pytest.mark.parametrize(
    "command",
    [
        ["-c", "import itb.wsgi"],
        ["-m", "celery", "-A", "itb.celery", "worker", "--pool", "solo"],
        ["manage.py", "tick"],
    ],
    ids=["web", "worker", "tick"],
)
def test_a_role_that_no_wall_would_stop_starts_nothing(
    command: list[str], role: str, why: str, db: None
) -> None:
    url = os.environ["OWNER_DATABASE_URL"].replace("itb_owner", role)
    url = url.replace("/itb?", f"/{connection.settings_dict['NAME']}?")
    done = subprocess.run(
        [sys.executable, *command],
        env={
            **os.environ,
            "DATABASE_URL": url,
            "OWNER_DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "itb.settings",
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode
    assert f"signs in as {role}, which {why}" in done.stderr


def test_the_tests_run_as_the_role_that_owns_nothing(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (walls.APPLICATION,)
    walls.refuse_wrong_role.cache_clear()
    walls.refuse_wrong_role()


def test_the_applications_role_changes_no_table_and_switches_no_trigger_off(db: None) -> None:
    for statement in (
        "ALTER TABLE refills_refill DISABLE TRIGGER ALL",
        "ALTER TABLE patients_patient DISABLE ROW LEVEL SECURITY",
        "DROP POLICY clinic_wall_select ON patients_patient",
        "SET ROLE itb_owner",
        "SET session_replication_role = replica",
        "TRUNCATE patients_patient CASCADE",
        "CREATE TABLE x (y int)",
        "CREATE TEMPORARY TABLE x (y int)",  # a trigger of the trail, hung on it, would write as the owner
        "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
