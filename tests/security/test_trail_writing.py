"""S9, row 82: every write leaves its act and its history in the same transaction, on every address there is."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Model
from django.test import Client
from django.urls import reverse

from alerts.models import Alert
from alerts.rules import Kind, Tier
from alerts.services import acknowledge_alert
from alerts.sweep import sweep
from itb import clock
from itb.audit import services as writing
from itb.audit.history import HISTORIES, History
from itb.audit.models import AuditEvent, Link
from itb.outbox.hooks import start_hook
from itb.outbox.models import Bounce
from patients.models import Contact, Patient, Pump
from refills.models import Appointment, Refill
from refills.services import book_visit, close_visit
from tests.alerts.test_acts import rests
from tests.alerts.test_cadence import TYPED as CADENCE
from tests.alerts.test_escalation_page import TIMERS
from tests.alerts.test_views import STEPS, opened, taken
from tests.cast import Cast
from tests.house.objects import number_of
from tests.house.urls import DOORS, Open, addresses
from tests.owner import owner_cursor
from tests.pages import FormPage, clinic_time
from tests.patients.test_own_model import TYPED as OWN_MODEL
from tests.refills.test_closed_days import PLANNING, WEEKDAYS
from tests.refills.test_margins import DEFAULTS as MARGINS
from tests.refills.test_own_product import TYPED as OWN_PRODUCT
from tests.refills.visit import nothing_amiss

Typed = dict[str, str]

READING: Final = {
    "dashboard:worklist", "dashboard:chart", "dashboard:scenario", "dashboard:letters", "dashboard:clinic",
    "dashboard:catalogue", "dashboard:calculators", "dashboard:calculator", "dashboard:trail",
    "dashboard:export_trail", "dashboard:export_worklist", "dashboard:filter", "dashboard:export_alerts",
    "dashboard:export_letters", "alerts:list", "alerts:show", "alerts:duty", "local:mailbox", "refills:list_unsigned",
    "refills:sheet", "refills:lots", "refills:export_lots", "dashboard:policy",
    "dashboard:search", "people:roles", "people:list", "people:person", "people:leave_emergency",
    "accounts:locks", "refills:visits", "refills:calendar", "refills:export_visits", "refills:closed_days",
    "refills:orders", "refills:export_orders", "refills:bag", "dashboard:proof",
    "morning:show", "morning:take", "morning:export",
}  # fmt: skip
"""Addresses that keep nothing, whatever is posted to them."""


def registered(cast: Cast, pump: Pump) -> tuple[str, Typed]:
    typed = {
        "record_number": "H-77", "family_name": "Quillfeather", "given_name": "Orla", "birth_date": "1971-05-04",
        "origin": "spinal", "contact_name": "Kin", "contact_relation": "sister", "contact_phone": "+00 000",
        "model": "synchromed-ii-40", "serial": "NGV777000", "implanted_on": "2024-01-15", "alarm_ml": "2",
    }  # fmt: skip
    return "nurse", typed


def recorded(cast: Cast, pump: Pump) -> tuple[str, Typed]:
    typed = {
        **nothing_amiss(), "at": clinic_time(cast.nurse), "serial_ending": pump.serial[-4:],
        "withdrawn_ml": "34", "emptied": "yes",
        "product": "lioresal-2000-20", "concentration_mcg_per_ml": "2000", "lot": "LOT-9", "filled_ml": "40",
    }  # fmt: skip
    return "nurse", typed


def started(cast: Cast, pump: Pump) -> tuple[str, Typed]:
    typed = {
        "at": clinic_time(cast.nurse), "mode": "continuous", "concentration_mcg_per_ml": "2000",
        "dose_mcg_per_day": "440",
    }  # fmt: skip
    return "nurse", typed


def missed(cast: Cast, pump: Pump) -> tuple[str, Typed]:
    book_visit(pump=pump, on=cast.ago(1).date(), by=cast.nurse, at=cast.ago(2))
    return "nurse", {}


def awaited(cast: Cast, pump: Pump) -> tuple[str, Typed]:
    book_visit(pump=pump, on=cast.open_day(3), by=cast.nurse, at=cast.at)
    return "nurse", {}


def ended(cast: Cast, pump: Pump) -> tuple[str, Typed]:
    book_visit(pump=pump, on=cast.ago(1).date(), by=cast.nurse, at=cast.ago(2))
    return "nurse", {"state": "unfilled", "reason": "No drug had come.", "next_step": "Order it today."}


def moved(cast: Cast, pump: Pump) -> tuple[str, Typed]:
    today = cast.at.astimezone(cast.clinic.tz).date()
    book_visit(pump=pump, on=today, by=cast.nurse, at=cast.at)
    return "nurse", {f"on_{pump.pk}": cast.open_day(4).isoformat()}


def rebooked(cast: Cast, pump: Pump) -> tuple[str, Typed]:
    missed(cast, pump)
    close_visit(pump=pump, state=Appointment.State.MISSED, by=cast.nurse, at=cast.at)
    return "nurse", {f"on_{pump.pk}": cast.open_day(4).isoformat()}


def changed(cast: Cast, pump: Pump) -> tuple[str, Typed]:
    typed = {
        "record_number": "H-78", "family_name": "Quillfeather", "given_name": "Orla", "birth_date": "1971-05-04",
        "origin": "cerebral", "cannot_hear_alarm": "on", "goals": "Transfers without help",
    }  # fmt: skip
    return "nurse", typed


def accepted(cast: Cast, pump: Pump) -> tuple[str, Typed]:
    theirs = cast.bare_pump(by=cast.stranger, serial="QX5555", record_number="Q-5")
    code = cast.offered(theirs, by=cast.stranger, to=cast.nurse)
    return "nurse", {"code": code, "birth_date": "1980-01-01", "record_number": "H-79"}


CATHETER: Final = {
    "model": "ascenda-8781", "length_cm": "60", "tip_level": "T10", "implanted_on": "2024-01-15",
}  # fmt: skip
CONTACT: Final = {"name": "Ann", "relation": "daughter", "phone": "+44 20 7946 0001"}


def bounced(cast: Cast) -> str:
    """The nurse's letters come back: who sees to it."""
    address = cast.nurse.user.email
    Bounce.objects.create(
        clinic=cast.clinic,
        recipient=cast.nurse,
        address=address,
        found_at=cast.at,
        trouble="It came back (5.1.1)",
    )
    return "nurse"


def hooked(cast: Cast) -> str:
    """The clinic has a webhook: who ends it."""
    start_hook(url="https://gateway.example/worklist", by=cast.administrator, at=cast.at)
    return "administrator"


WRITING: Final[dict[str, Callable[[Cast, Pump], tuple[str, Typed]]]] = {
    "patients:register": registered,
    "patients:edit": changed,
    "patients:add_contact": lambda cast, pump: ("nurse", CONTACT),
    "patients:edit_contact": lambda cast, pump: ("nurse", CONTACT),
    "patients:end_contact": lambda cast, pump: ("nurse", {}),
    "patients:leave": lambda cast, pump: (
        "nurse",
        {"kind": "death", "on": f"{cast.at:%Y-%m-%d}", "reason": "The ward telephoned this morning."},
    ),
    "patients:decide": lambda cast, pump: ("prescriber", {"action": "confirm"}),
    "patients:implant": lambda cast, pump: (
        "nurse",
        {
            "model": "synchromed-ii-20",
            "serial": "NGV5555",
            "implanted_on": f"{cast.at:%Y-%m-%d}",
            "alarm_ml": "2",
        },
    ),
    "patients:catheter": lambda cast, pump: ("nurse", CATHETER),
    "patients:replacement": lambda cast, pump: ("nurse", {"on": f"{cast.ago(-200):%Y-%m-%d}"}),
    "patients:transfer": lambda cast, pump: (
        "nurse",
        {"to": f"{cast.stranger.clinic_id}", "reason": "Moves house next month"},
    ),
    "patients:accept": accepted,
    "patients:add_model": lambda cast, pump: ("administrator", OWN_MODEL),
    "refills:record": recorded,
    "refills:start": started,
    "refills:adjust": lambda cast, pump: (
        "nurse",
        {"at": clinic_time(cast.nurse, hours=2), "kind": "bolus", "amount_mcg": "50"},
    ),
    "refills:correct_refill": lambda cast, pump: ("nurse", {"reason": "Entered for the wrong patient."}),
    "refills:correct_programme": lambda cast, pump: ("nurse", {"reason": "Entered for the wrong patient."}),
    "refills:correct_adjustment": lambda cast, pump: ("nurse", {"reason": "Entered for the wrong patient."}),
    "refills:sign": lambda cast, pump: ("prescriber", {"action": "sign"}),
    "refills:book": lambda cast, pump: ("nurse", {"on": cast.open_day(3).isoformat(), "place": "clinic"}),
    "refills:end": ended,
    "refills:contact": lambda cast, pump: (
        "nurse",
        {
            "at": clinic_time(cast.nurse),
            "whom": "The patient",
            "way": "telephone",
            "outcome": "no_answer",
            "next_step": "Call again",
            "next_on": cast.open_day(1).isoformat(),
        },
    ),
    "refills:authorise": lambda cast, pump: (
        "nurse",
        {"reference": "A-7", "starts_on": "2026-01-01", "ends_on": cast.open_day(90).isoformat()},
    ),
    "refills:order": lambda cast, pump: ("nurse", {"ordered_on": f"{cast.ago(1):%Y-%m-%d}"}),
    "refills:home": lambda cast, pump: ("nurse", {"is_at_home": "yes", "travel_days": "2"}),
    "refills:move": moved,
    "refills:rebook": rebooked,
    "refills:close": lambda cast, pump: (
        "administrator",
        {"first_on": cast.open_day(50).isoformat(), "reason": "Training"},
    ),
    "refills:close_weekly": lambda cast, pump: (
        "administrator",
        {**WEEKDAYS, "weekday_5": "closed"},
    ),
    "refills:lift": lambda cast, pump: ("administrator", {}),
    "refills:planning": lambda cast, pump: ("administrator", {**PLANNING, "lead_days": "12"}),
    "refills:miss": missed,
    "refills:confirm": awaited,
    "refills:add_product": lambda cast, pump: ("administrator", OWN_PRODUCT),
    "refills:close_followup": lambda cast, pump: ("nurse", {"result": "The catheter was kinked; revised."}),
    "refills:procedure_policy": lambda cast, pump: ("administrator", {"trend_ml": "1.2", "trend_count": "4"}),
    "refills:policy": lambda cast, pump: ("administrator", {**MARGINS, "margin_days": "9"}),
    "refills:programming": lambda cast, pump: (
        "administrator",
        {"signature": "always", "titration_days": "60", "confirm_pct": "20", "changed_because": "Agreed."},
    ),
    "alerts:acknowledge": lambda cast, pump: ("nurse", taken("Called the ward.")),
    "alerts:enter_absence": lambda cast, pump: (
        "nurse",
        {
            "member": str(cast.prescriber.pk),
            "first_on": cast.open_day(4).isoformat(),
            "last_on": cast.open_day(9).isoformat(),
            "cover": str(cast.nurse.pk),
        },
    ),
    "alerts:end_absence": lambda cast, pump: ("nurse", {}),
    "alerts:name_lead": lambda cast, pump: ("administrator", {"lead": str(cast.prescriber.pk)}),
    "alerts:give_phone": lambda cast, pump: ("nurse", {"phone": "+44 20 7946 0009"}),
    "alerts:pass_on": lambda cast, pump: (
        "nurse",
        {"to": str(cast.prescriber.pk), "note": "The ward asks for you."},
    ),
    "alerts:snooze": lambda cast, pump: ("nurse", rests(days=1)),
    "alerts:resolve": lambda cast, pump: ("nurse", {"note": "The syringe leaked."}),
    "alerts:keep_view": lambda cast, pump: ("nurse", {"name": "Ours", "query": "owner=mine"}),
    "alerts:drop_view": lambda cast, pump: ("nurse", {}),
    "people:invite": lambda cast, pump: ("administrator", {"email": "new@quay.example", "role": "nurse"}),
    "people:change_role": lambda cast, pump: ("administrator", {"role": "auditor"}),
    "people:end": lambda cast, pump: ("administrator", {}),
    "people:deactivate": lambda cast, pump: ("administrator", {}),
    "people:revoke": lambda cast, pump: ("administrator", {}),
    "people:ask": lambda cast, pump: ("administrator", {}),
    "people:decide": lambda cast, pump: ("prescriber", {"action": "confirm"}),
    "people:open_emergency": lambda cast, pump: (
        "stranger",
        {"clinic": str(cast.clinic.pk), "reason": "A patient of yours is here and does not wake"},
    ),
    "people:end_emergency": lambda cast, pump: ("administrator", {}),
    "accounts:demand": lambda cast, pump: ("administrator", {"demands": "yes"}),
    "accounts:unlock": lambda cast, pump: ("administrator", {}),
    "accounts:revoke": lambda cast, pump: ("administrator", {}),
    "alerts:policy": lambda cast, pump: ("administrator", {**STEPS, "routine_days": "30"}),
    "alerts:escalation": lambda cast, pump: ("administrator", {**TIMERS, "due_all_days": "3"}),
    "outbox:address": lambda cast, pump: (bounced(cast), {"arrives": "yes"}),
    "outbox:hook": lambda cast, pump: ("administrator", {"url": "https://gateway.example/worklist"}),
    "outbox:end_hook": lambda cast, pump: (hooked(cast), {}),
    "alerts:letters_policy": lambda cast, pump: (
        "administrator",
        {"morning_hour": "8", "letters_a_day": "3", "changed_because": "Rounds begin at nine"},
    ),
    "alerts:cadence": lambda cast, pump: ("administrator", {**CADENCE, "first_days": "21"}),
}
"""Every address that keeps something: who posts, and what."""


ANSWERS_ITSELF: Final = {"patients:transfer", "outbox:hook"}
"""Its answer shows a code or a secret that is kept nowhere, so that it leads to no other page."""
OF_EVERY_CLINIC: Final = {"outbox:resume"}  # its act in each: tests/outbox/test_anchor.py
WITHOUT_HISTORY: Final = {
    "accounts:unlock",
    "accounts:revoke",
    "outbox:address",
    "outbox:hook",
    "outbox:end_hook",
}
"""What they change is about signing in, or how letters leave, and has no history: the act is all that is kept."""


def rows() -> dict[tuple[type[Model], int], History]:
    """Every row of every history."""
    return {(model, row.pk): row for model, history in HISTORIES.items() for row in history.objects.all()}


def test_every_address_is_known_to_write_or_to_read() -> None:
    demanding = {name for name, door in DOORS.items() if not isinstance(door, Open)}
    assert READING | WRITING.keys() | OF_EVERY_CLINIC == demanding


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", WRITING)
def test_a_post_leaves_its_act_and_its_history_in_one_transaction(
    name: str, client: Client, cast: Cast, pump: Pump
) -> None:
    role, typed = WRITING[name](cast, pump)
    alert = opened(pump, Kind.DISCREPANCY, Tier.DUE, 30, occasion="2026-11-01")
    if name == "alerts:pass_on":
        acknowledge_alert(alert=alert, note="Mine", by=cast.nurse, at=cast.at)
    (address,) = [each for each in addresses() if each.name == name]
    number = 0
    if address.converters:
        number = alert.pk if "alert_id" in address.converters else number_of(address, pump, cast)
    path = address.path(number)
    page = FormPage(client, getattr(cast, role), path)
    before, last, begun = rows(), AuditEvent.objects.latest("id").pk, clock.now()
    answer = page.press(typed)
    if answer.status_code != 302 and name not in ANSWERS_ITSELF:
        answer = page.keep(typed)
    assert answer.status_code == 302 or name in ANSWERS_ITSELF, answer.context["form"].errors
    acts = AuditEvent.objects.filter(id__gt=last).exclude(verb__endswith=".seen")
    assert {act.by_id for act in acts} == {getattr(cast, role).user_id}
    fresh = [row for key, row in rows().items() if key not in before]
    fresh = [
        row for row in fresh if row.pgh_created_at >= begun
    ]  # an older history comes along with its patient
    assert fresh or name in WITHOUT_HISTORY
    assert not fresh or {row.pgh_created_at for row in fresh} == {act.written_at for act in acts}
    linked = set(Link.objects.values_list("relation", "row_id"))
    assert {(row._meta.db_table, row.pk) for row in fresh} <= linked


@pytest.mark.django_db(transaction=True)
def test_an_act_that_is_rolled_back_leaves_nothing(
    cast: Cast, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, acts = rows(), AuditEvent.objects.count()

    def away(**_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr("refills.services.record_act", away)
    with pytest.raises(DatabaseError):
        cast.refill(pump, days_ago=1, withdrawn_ml=None)
    assert rows() == before
    assert AuditEvent.objects.count() == acts
    assert writing.record_act is not away


def newest(model: type[Model]) -> Any:
    return HISTORIES[model].objects.latest("pgh_id")


@pytest.mark.django_db(transaction=True)
def test_save_update_bulk_raw_sql_and_delete_are_all_kept(cast: Cast, pump: Pump) -> None:
    """The application may delete no contact: the owner can, and that is kept too."""
    patient = pump.patient
    patient.given_name = "Saved"
    patient.save()
    assert (newest(Patient).pgh_label, newest(Patient).given_name) == ("update", "Saved")
    Patient.objects.filter(pk=patient.pk).update(given_name="Updated")
    assert newest(Patient).given_name == "Updated"
    Contact.objects.bulk_create(
        [Contact(patient=patient, clinic=cast.clinic, name="Bulk", relation="son", phone="1")]
    )
    assert (newest(Contact).pgh_label, newest(Contact).name) == ("insert", "Bulk")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE patients_contact SET name = 'Raw' WHERE name = 'Bulk'")
        assert (newest(Contact).pgh_label, newest(Contact).name) == ("update", "Raw")
    with owner_cursor() as owner:
        owner.execute("DELETE FROM patients_contact WHERE name = 'Raw'")
    assert (newest(Contact).pgh_label, newest(Contact).name) == ("delete", "Raw")


@pytest.mark.django_db
def test_what_the_sweep_does_to_an_alert_is_kept_and_names_nobody(cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=195)
    sweep()
    assert Alert.objects.filter(pump=pump).exists()
    assert newest(Alert).pgh_label == "insert"
    assert newest(Alert).pgh_by_id is None


@pytest.mark.django_db
def test_a_change_of_what_is_only_counted_is_no_history(cast: Cast, pump: Pump) -> None:
    before = newest(Pump).pk
    Pump.objects.filter(pk=pump.pk).update(facts_version=F("facts_version") + 1)
    assert newest(Pump).pk == before


@pytest.mark.django_db
def test_no_session_can_switch_a_history_off(cast: Cast, pump: Pump) -> None:
    before = newest(Pump).pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'patients_pump'::regclass")
        names = ",".join(name for (name,) in cursor.fetchall())
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{{names}}}"])
    Pump.objects.filter(pk=pump.pk).update(serial="OTHER")
    assert newest(Pump).pk > before


@pytest.mark.django_db
def test_a_history_is_never_changed(cast: Cast, pump: Pump) -> None:
    for statement in ("UPDATE {} SET pgh_label = ''", "DELETE FROM {}", "TRUNCATE {}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(statement.format("refills_refillhistory"))


@pytest.mark.django_db
def test_the_application_writes_no_history_and_makes_no_link(cast: Cast, pump: Pump) -> None:
    for statement in (
        "INSERT INTO refills_policyhistory (pgh_created_at, pgh_label) VALUES (now(), 'insert')",
        "INSERT INTO audit_link (clinic_id, sequence, relation, row_id, width, hash) VALUES (1, 1, '', 1, 1, '')",
        "SELECT itb_append_link('audit_auditevent', '{}')",
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)


def test_whatever_hangs_on_a_patient_says_on_whom() -> None:
    for model in HISTORIES:
        names = {field.name for field in model._meta.fields}
        if {"patient", "pump"} & names or model is Patient:
            assert hasattr(model, "patient_id"), model


@pytest.mark.django_db
def test_an_act_about_a_patient_is_found_by_the_patient(cast: Cast, pump: Pump) -> None:
    found = AuditEvent.objects.filter(patient_id=pump.patient_id).values_list("verb", flat=True)
    assert set(found) == {"patient.registered", "pump.implanted", "programme.started", "refill.recorded"}
    assert Refill.objects.get().patient_id == pump.patient_id
    visit = book_visit(pump=pump, on=cast.at.date(), by=cast.nurse, at=cast.at)
    assert isinstance(visit, Appointment)
    assert reverse("dashboard:chart", args=[visit.patient_id]) == f"/patients/{pump.patient_id}/"
