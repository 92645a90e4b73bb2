"""What was tried to reach a patient: kept, counted, and given to a named clinician when nobody is reached."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import JSONObject

from itb.accounts.models import Membership, User
from itb.audit.services import record_act
from patients.models import Pump
from refills.models import Appointment, ContactAttempt, Projection
from refills.planning_policy import planning_of
from refills.services import confirm_visit, refuse_visit

REACHED = ContactAttempt.REACHED
REFUSED = ContactAttempt.Outcome.REFUSED


class NobodyTakesItError(Exception):
    """So many tries have failed, or the patient refused: a clinician must be named."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """Tries in a row that reached nobody, and whose the patient is since too many were."""

    failed: int
    owner: User | None


def unreached(pump: Pump) -> Unreached:
    """How the tries for the patient stand. Reaching them, or booking a visit, begins anew; a refusal does not."""
    tries = ContactAttempt.objects.filter(pump__patient=pump.patient_id).select_related("handed_to")
    booked = pump.appointments.order_by("-booked_at").values_list("booked_at", flat=True).first()
    since = tries.filter(at__gt=booked) if booked else tries
    failed, owner = 0, None
    for attempt in since.order_by("-at", "-id"):
        if is_settled(attempt.outcome):
            break
        failed += attempt.outcome not in REACHED
        owner = owner or attempt.handed_to
    return Unreached(failed, owner)


def is_settled(outcome: str) -> bool:
    """Whether the patient was reached and did not refuse."""
    return outcome in REACHED and outcome != REFUSED


@dataclass(frozen=True, slots=True)
class LastContact:
    """The newest try to reach a pump's patient, as a line of a list shows it."""

    outcome: str
    """In words."""
    at: datetime
    next_on: date
    owner: str
    """Whose the patient is since nobody was reached; empty where nobody took over, or a visit was booked since."""


def last_contact(pump: str = "pump") -> Subquery:
    """Of a row whose column `pump` names one: what `contact_from` reads; NULL where nobody has tried."""
    tries = ContactAttempt.objects.filter(pump=OuterRef(pump)).order_by("-at", "-id")
    booked = Appointment.objects.filter(pump=OuterRef("pump"), booked_at__gte=OuterRef("at"))
    said = JSONObject(
        outcome="outcome",
        at="at",
        next_on="next_on",
        owner="handed_to__name",
        is_booked=Exists(booked),
    )
    return Subquery(tries.values(said=said)[:1])


def contact_from(said: dict[str, Any] | None) -> LastContact | None:
    """From what `last_contact` found."""
    if said is None:
        return None
    return LastContact(
        outcome=str(ContactAttempt.Outcome(said["outcome"]).label),
        at=datetime.fromisoformat(said["at"]),
        next_on=date.fromisoformat(said["next_on"]),
        owner="" if said["is_booked"] else said["owner"] or "",
    )


def needs_owner(pump: Pump, outcome: str) -> bool:
    """Whether one more try with this outcome must name a clinician."""
    if outcome == REFUSED:
        return True
    standing = unreached(pump)
    failed = standing.failed + 1 if outcome not in REACHED else 0
    return failed >= planning_of(pump.patient.clinic).failed_contacts


@transaction.atomic
def record_contact(*, attempt: ContactAttempt, key: UUID, by: Membership, at: datetime) -> ContactAttempt:
    """Keep `attempt` (unsaved, with its pump). Twice the same form is one. Nothing leaves any list by it.

    Who agreed to come has confirmed the visit that is booked; one to which they cannot come covers nothing from now on.

    Raises NobodyTakesItError where a clinician must be named and is not.
    """
    pump = Pump.objects.select_for_update(of=("self",), no_key=True).get(pk=attempt.pump_id)
    if earlier := ContactAttempt.objects.filter(key=key, pump=pump).first():
        return earlier
    if attempt.handed_to is None and not is_settled(attempt.outcome):
        attempt.handed_to = unreached(pump).owner  # whose it is, it stays
    if attempt.handed_to is None and needs_owner(pump, attempt.outcome):
        raise NobodyTakesItError
    attempt.key, attempt.recorded_at, attempt.recorded_by, attempt.recorded_clinic = (
        key,
        at,
        by.user,
        by.clinic,
    )
    attempt.save()
    for visit in pump.appointments.filter(state=Appointment.State.BOOKED):
        if attempt.outcome == ContactAttempt.Outcome.AGREED:
            confirm_visit(visit=visit, by=by, at=at)
        elif attempt.outcome == ContactAttempt.Outcome.CANNOT_COME:
            refuse_visit(visit=visit, by=by, at=at)
    Projection.objects.filter(pump=pump).update(review_at=at)
    record_act(verb="contact.recorded", subject=attempt, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return attempt
