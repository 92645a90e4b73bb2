"""What can be done about a pump's reservoir. Each is one transaction: facts, forecast and trail, or nothing."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q

from itb.accounts.models import Membership
from itb.audit.services import record_act
from patients.models import Pump
from refills.models import (
    Adjustment,
    Appointment,
    Correction,
    Fact,
    OwnProduct,
    Policy,
    ProcedurePolicy,
    Programme,
    Refill,
)
from refills.policy import Margins
from refills.procedure import Visit, hold_owner, keep_visit
from refills.procedure_policy import ProcedureRules
from refills.projection import store_projection

F = TypeVar("F", bound=Fact)


class FactsMovedError(Exception):
    """Someone recorded something about this pump since the form was opened."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What a form knows of itself: its own key, and how many facts its writer had seen."""

    key: UUID
    facts_version: int


@transaction.atomic
def record_refill(
    *,
    refill: Refill,
    visit: Visit | None = None,
    next_visit_on: date | None,
    posted: Posted,
    by: Membership,
    at: datetime,
) -> Refill:
    """Keep `refill` (unsaved, with its pump) and what its `visit` found, end the appointment, book the next, forecast.

    The same form posted twice gives the refill of the first time. Raises FactsMovedError where the facts are others
    than the writer saw.
    """
    if visit is not None:
        hold_owner(visit, by)
    if earlier := _kept_before(refill, posted):
        return earlier
    _write(refill, posted.key, by, at)
    if visit is not None:
        keep_visit(visit=visit, refill=refill, by=by, at=at)
    _attend(refill, by, at)
    if next_visit_on:
        _book(refill.pump, next_visit_on, by, at)
    _follow(refill, "refill.recorded", by, at)
    return refill


@transaction.atomic
def start_programme(
    *, programme: Programme, bridge: Adjustment | None = None, posted: Posted, by: Membership, at: datetime
) -> Programme:
    """Keep `programme` and the `bridge` that goes with it (both unsaved, with their pump), and forecast anew.

    Twice the same form is one; see record_refill.
    """
    if earlier := _kept_before(programme, posted):
        return earlier
    _write(programme, posted.key, by, at)
    if bridge is not None:
        _write(bridge, bridge_key(posted.key), by, at)
    _follow(programme, "programme.started", by, at)
    return programme


def bridge_key(programme_key: UUID) -> UUID:
    """The key of the bridge that is kept with a programme: it follows from the programme's own."""
    return uuid5(programme_key, "bridge")


@transaction.atomic
def record_adjustment(*, adjustment: Adjustment, posted: Posted, by: Membership, at: datetime) -> Adjustment:
    """Keep a bolus, prime, bridge, draw, stop or resume (unsaved, with its pump) and forecast anew.

    Twice the same form is one; see record_refill.
    """
    if earlier := _kept_before(adjustment, posted):
        return earlier
    _write(adjustment, posted.key, by, at)
    _follow(adjustment, "adjustment.recorded", by, at)
    return adjustment


@transaction.atomic
def correct(
    *,
    fact: Fact,
    bridge: Adjustment | None = None,
    reason: str,
    posted: Posted,
    by: Membership,
    at: datetime,
) -> Correction:
    """Strike `fact` out, and the `bridge` that was kept with it, and forecast anew from what stands.

    Twice the same form is one; see record_refill. Raises IntegrityError for what was struck out before.
    """
    pump = fact.pump = _lock(fact.pump_id)
    if earlier := pump.corrections.filter(key=posted.key).first():
        return earlier
    _refuse_moved(pump, posted)
    correction = _strike(fact, reason, posted.key, by, at)
    if bridge is not None:
        _strike(bridge, reason, bridge_key(posted.key), by, at)
    store_projection(pump, at)
    return correction


@transaction.atomic
def book_visit(*, pump: Pump, on: date, by: Membership, at: datetime) -> Appointment:
    """Book the next visit; one on another day is cancelled in its favour. The same day booked twice is one visit."""
    pump = _lock(pump.pk)
    if standing := pump.appointments.filter(state=Appointment.State.BOOKED, on=on).first():
        return standing
    appointment = _book(pump, on, by, at)
    _look_again(pump, at)
    return appointment


@transaction.atomic
def close_visit(*, pump: Pump, state: Appointment.State, by: Membership, at: datetime) -> None:
    """Say how the booked visit ended. Nothing happens where none is booked."""
    pump = _lock(pump.pk)
    _close(pump, state, by, at)
    _look_again(pump, at)


@transaction.atomic
def add_product(*, product: OwnProduct, by: Membership, at: datetime) -> OwnProduct:
    """Keep a product of the clinic's own: `product` is unsaved, with its key and version.

    Raises IntegrityError for a version that is there already.
    """
    product.clinic, product.added_by, product.added_at = by.clinic, by.user, at
    product.save()
    record_act(verb="product.added", subject=product, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return product


@transaction.atomic
def change_margins(*, margins: Margins, by: Membership, at: datetime) -> Policy:
    """Set the clinic's margins and forecast each of its pumps anew: half of a list under old margins never exists."""
    policy, _ = Policy.objects.update_or_create(clinic=by.clinic, defaults=asdict(margins))
    pumps = Pump.objects.visible_to(by).active().select_for_update(of=("self",), no_key=True)
    for pump in pumps.select_related("patient__clinic__refill_policy").order_by("pk"):
        store_projection(pump, at)
    record_act(verb="policy.changed", subject=policy, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return policy


@transaction.atomic
def change_procedure(*, rules: ProcedureRules, by: Membership, at: datetime) -> ProcedurePolicy:
    """Set how the clinic wants its refills done."""
    policy, _ = ProcedurePolicy.objects.update_or_create(clinic=by.clinic, defaults=asdict(rules))
    record_act(verb="policy.changed", subject=policy, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return policy


def _lock(pump_id: int) -> Pump:
    """The pump, locked: two people who save at once stand in line.

    Without its key: the sweep's alerts point at the pump while it holds the forecast that this writer will want.
    """
    return (
        Pump.objects.select_for_update(of=("self",), no_key=True)
        .select_related("patient__clinic")
        .get(pk=pump_id)
    )


def _kept_before(fact: F, posted: Posted) -> F | None:
    """Lock the pump; the fact that this very form has kept already, if it has. Raises FactsMovedError."""
    pump = fact.pump = _lock(fact.pump_id)
    kind: type[Any] = type(fact)
    earlier: F | None = kind.objects.filter(key=posted.key, pump=pump).first()
    if earlier is None:
        _refuse_moved(pump, posted)
    return earlier


def _refuse_moved(pump: Pump, posted: Posted) -> None:
    if pump.facts_version != posted.facts_version:
        raise FactsMovedError


def _strike(fact: Fact, reason: str, key: UUID, by: Membership, at: datetime) -> Correction:
    kind = str(fact._meta.model_name)
    correction = Correction.objects.create(
        **{kind: fact},
        pump=fact.pump,
        reason=reason,
        key=key,
        struck_at=at,
        struck_by=by.user,
        recorded_clinic=by.clinic,
    )
    record_act(verb=f"{kind}.corrected", subject=fact, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return correction


def _write(fact: Fact, key: UUID, by: Membership, at: datetime) -> None:
    fact.key, fact.recorded_at, fact.recorded_by, fact.recorded_clinic = key, at, by.user, by.clinic
    fact.save()


def _follow(fact: Fact, verb: str, by: Membership, at: datetime) -> None:
    """What every new fact is followed by: the forecast anew, and the trail."""
    store_projection(fact.pump, at)
    record_act(verb=verb, subject=fact, clinic_id=by.clinic_id, by_id=by.user_id, at=at)


def _look_again(pump: Pump, at: datetime) -> None:
    pump.projection.review_at = at
    pump.projection.save(update_fields=["review_at"])


def _attend(refill: Refill, by: Membership, at: datetime) -> None:
    """A refill is what the visit booked before it was for: attended on its day, cancelled where it lay ahead.

    A refill that is written down late ends nothing that was booked after it, or that a later refill has left.
    """
    pump = refill.pump
    if pump.refills.standing().filter(at__gt=refill.at).exists():
        return
    day = refill.at.astimezone(by.clinic.tz).date()
    for visit in pump.appointments.filter(
        Q(booked_at__lte=refill.at) | Q(on=day), state=Appointment.State.BOOKED
    ):
        _end(visit, Appointment.State.ATTENDED if visit.on <= day else Appointment.State.CANCELLED, by, at)


def _close(pump: Pump, state: Appointment.State, by: Membership, at: datetime) -> None:
    for visit in pump.appointments.filter(state=Appointment.State.BOOKED):
        _end(visit, state, by, at)


def _end(visit: Appointment, state: Appointment.State, by: Membership, at: datetime) -> None:
    visit.state, visit.closed_at, visit.closed_by = state, at, by.user
    visit.save()
    record_act(verb=f"visit.{state}", subject=visit, clinic_id=by.clinic_id, by_id=by.user_id, at=at)


def _book(pump: Pump, on: date, by: Membership, at: datetime) -> Appointment:
    _close(pump, Appointment.State.CANCELLED, by, at)
    visit = Appointment.objects.create(pump=pump, clinic=by.clinic, on=on, booked_at=at, booked_by=by.user)
    record_act(verb="visit.booked", subject=visit, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return visit
