"""Owing letters to patients and the people near them, with the sweep's look at their pump.

Who has not agreed to e-mail is written nothing: the list says "call". Text messages go through the webhook, not here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from django.db import transaction

from alerts.cadence import Awaited, Stage, cadence_of, owed
from alerts.policy import steps_of
from alerts.reminder_models import Reminder
from itb.accounts.models import Clinic
from itb.accounts.tokens import fresh_nonce, hashed, token_of
from itb.outbox.services import enqueue_to_address
from patients.models import Contact
from refills.models import Appointment, Projection
from refills.policy import margins_of

log = structlog.get_logger(__name__)

State = Appointment.State
NEWEST = ("pump", "-on", "-id")
TEMPLATES = {
    Stage.FIRST: "reminders/visit",
    Stage.LAST: "reminders/visit",
    Stage.MISSED: "reminders/missed",
    Stage.UNBOOKED: "reminders/unbooked",
}


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was asked about some pumps of one clinic, fetched together."""

    contacts: Mapping[int, Sequence[Contact]]
    """By patient, those who agreed to e-mail."""
    visits: Mapping[int, Appointment]
    """By pump, the booked visit, else the newest one."""
    told: frozenset[tuple[int, str, str, str]]
    """What has been owed already: contact, stage, occasion, address."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a letter is about, and what makes it the only one."""

    stage: Stage
    visit: Appointment | None
    occasion: str


def remind(rows: Sequence[Projection], at: datetime) -> None:
    """Owe what has come due about the pumps of `rows`, whose clinic is open and which are locked.

    Where it fails, a line in the log: no alert waits for it.
    """
    try:
        with transaction.atomic():
            _remind(rows, at)
    except Exception as error:  # noqa: BLE001  whatever it was, the clinicians' own alerts stand
        log.warning("reminders.unowed", kind=type(error).__name__)


def _remind(rows: Sequence[Projection], at: datetime) -> None:
    contacts = _who_agreed({row.pump.patient_id for row in rows})
    pumps = [row.pump_id for row in rows if row.pump.patient_id in contacts]
    if not pumps:
        return
    agreed = Agreed(contacts, _visits(pumps), _told(pumps))
    # As the sweep has just left them: a forecast may have been made anew.
    fresh = Projection.objects.active().filter(pk__in=pumps).select_related("pump__patient__clinic")
    for row in fresh.order_by("pk"):
        _look_at(row, agreed, at)


def _who_agreed(patients: set[int]) -> dict[int, list[Contact]]:
    found: dict[int, list[Contact]] = defaultdict(list)
    agreed = Contact.objects.told().filter(patient__in=patients, channel=Contact.Channel.EMAIL)
    for contact in agreed.order_by("pk"):
        found[contact.patient_id].append(contact)
    return found


def _visits(pumps: Sequence[int]) -> dict[int, Appointment]:
    held = [State.MISSED, State.ATTENDED, State.UNFILLED]
    newest = Appointment.objects.filter(pump__in=pumps, state__in=held).order_by(*NEWEST).distinct("pump")
    booked = Appointment.objects.filter(pump__in=pumps, state=State.BOOKED)
    return {visit.pump_id: visit for visit in [*newest, *booked]}


def _told(pumps: Sequence[int]) -> frozenset[tuple[int, str, str, str]]:
    owed_before = Reminder.objects.filter(pump__in=pumps)
    return frozenset(owed_before.values_list("contact", "stage", "occasion", "address"))


def _look_at(row: Projection, agreed: Agreed, at: datetime) -> None:
    clinic, visit = row.pump.patient.clinic, agreed.visits.get(row.pump_id)
    last_fill = _last_fill(row)
    stage, next_at = owed(_awaited(row, clinic, visit, last_fill), cadence_of(clinic), at)
    if stage is not None:
        step = _step(stage, visit, last_fill)
        for contact in agreed.contacts[row.pump.patient_id]:
            if (contact.pk, stage.value, step.occasion, contact.email) not in agreed.told:
                _owe(row, contact, step, at)
    if next_at is not None:
        Projection.objects.filter(pk=row.pk, review_at__gt=next_at).update(review_at=next_at)


def _step(stage: Stage, visit: Appointment | None, last_fill: str) -> Step:
    if visit is None or stage is Stage.UNBOOKED:
        return Step(stage, None, f"fill:{last_fill}")
    return Step(stage, visit, f"visit:{visit.pk}")


def _awaited(row: Projection, clinic: Clinic, visit: Appointment | None, last_fill: str) -> Awaited:
    is_booked = visit is not None and visit.state == State.BOOKED
    is_missed = visit is not None and visit.state == State.MISSED and visit.on.isoformat() >= last_fill[:10]
    return Awaited(
        zone=clinic.tz,
        visit_on=visit.on if visit and is_booked and visit.cannot_come_at is None else None,
        missed_on=visit.on if visit and is_missed else None,
        call_on=None if is_booked else _call_on(row, clinic),
    )


def _call_on(row: Projection, clinic: Clinic) -> date | None:
    if row.refill_by is None:
        return None
    return (
        row.refill_by
        - timedelta(days=steps_of(clinic).urgent_days)
        - margins_of(clinic).shift(row.pump.patient)
    )


def _last_fill(row: Projection) -> str:
    """The instant of the fill that is in the pump: a countdown without a visit is asked about once."""
    facts = row.scenario.get("facts", [])
    return max((fact["at"] for fact in facts if fact["kind"] == "fill"), default="")


def _owe(row: Projection, contact: Contact, step: Step, at: datetime) -> None:
    """Keep the reminder and owe its letter: both, or neither."""
    nonce = fresh_nonce()
    reminder = Reminder.objects.create(
        contact=contact,
        pump=row.pump,
        clinic_id=row.clinic_id,
        visit=step.visit,
        stage=step.stage.value,
        occasion=step.occasion,
        address=contact.email,
        token_hash=hashed(token_of(nonce)),
        owed_at=at,
    )
    enqueue_to_address(
        key=reminder.topic,
        clinic_id=row.clinic_id,
        address=contact.email,
        nonce=nonce,
        template=TEMPLATES[step.stage],
        at=at,
    )
