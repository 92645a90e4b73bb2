"""What can be done about a pump's reservoir. Each is one transaction: facts, forecast and trail, or nothing."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q

from itb.accounts.models import Membership
from itb.accounts.permissions import Permission
from itb.audit.services import record_act
from patients.models import Pump
from patients.services import record_replacement
from refills.models import (
    Adjustment,
    Appointment,
    Correction,
    Fact,
    OwnProduct,
    PendingProgramme,
    Policy,
    ProcedurePolicy,
    Programme,
    ProgrammingPolicy,
    Refill,
)
from refills.plans import plan_of
from refills.policy import Margins
from refills.procedure import Visit, hold_owner, keep_visit
from refills.procedure_policy import ProcedureRules
from refills.programming import Programming
from refills.projection import store_projection
from refills.signing import demands, waiting
from refills.visit import AT_THE_CLINIC, VisitDetails

F = TypeVar("F", bound=Fact)


class FactsMovedError(Exception):
    """Someone recorded something about this pump since the form was opened."""


class NotToSignError(Exception):
    """The programme is decided already, or whoever would sign it recorded it."""


class TooLateError(Exception):
    """The day lies past the latest safe one, and no prescriber has said why it must."""


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
    programme: Programme | None = None,
    bridge: Adjustment | None = None,
    next_visit_on: date | None,
    posted: Posted,
    by: Membership,
    at: datetime,
) -> Refill:
    """Keep `refill` (unsaved, with its pump) and what its `visit` found, end the appointment, book the next, forecast.

    A `programme` that the pump was told at the visit is kept with it, as `start_programme` keeps one. The same form
    posted twice gives the refill of the first time. Raises FactsMovedError where the facts are others than the writer
    saw.
    """
    if visit is not None:
        hold_owner(visit, by)
    if earlier := _kept_before(refill, posted):
        return earlier
    _write(refill, posted.key, by, at)
    if visit is not None:
        keep_visit(visit=visit, refill=refill, by=by, at=at)
        _plan_replacement(visit, refill, by, at)
    if programme is not None:
        programme.pump = refill.pump
        _keep_programme(programme, bridge, programme_key(posted.key), by, at)
    _attend(refill, by, at)
    if next_visit_on:
        _book(refill.pump, next_visit_on, by, at)
    _follow(refill, "refill.recorded", by, at)
    return refill


def _plan_replacement(visit: Visit, refill: Refill, by: Membership, at: datetime) -> None:
    """By when the pump must be replaced is what its newest interrogation says."""
    if refill.pump.refills.standing().filter(at__gt=refill.at).exists():
        return
    for shown in visit.interrogations:
        if shown.replacement_on:
            record_replacement(pump=refill.pump, on=shown.replacement_on, by=by, at=at)


@transaction.atomic
def start_programme(
    *, programme: Programme, bridge: Adjustment | None = None, posted: Posted, by: Membership, at: datetime
) -> Programme | PendingProgramme:
    """Keep `programme` and the `bridge` that goes with it (both unsaved, with their pump), and forecast anew.

    What needs a second signature is kept as a PendingProgramme: see `refills.signing`. Twice the same form is one; see
    record_refill.
    """
    if earlier := _waiting_already(programme, posted) or _kept_before(programme, posted):
        return earlier
    kept = _keep_programme(programme, bridge, posted.key, by, at)
    store_projection(programme.pump, at)
    return kept


@transaction.atomic
def sign_programme(*, pending: PendingProgramme, by: Membership, at: datetime) -> Programme:
    """Be the second person: the programme is a fact from the instant at which the pump was told it.

    Raises NotToSignError.
    """
    pending = _lock_pending(pending)
    if pending.recorded_by_id == by.user_id:
        raise NotToSignError
    programme = pending.as_programme()
    facts: list[tuple[Fact, UUID]] = [(programme, pending.key)]
    if bridge := pending.as_bridge():
        facts.append((bridge, bridge_key(pending.key)))
    for fact, key in facts:
        fact.key, fact.recorded_at, fact.recorded_by = key, pending.recorded_at, pending.recorded_by
        fact.recorded_clinic = pending.recorded_clinic
        fact.save()
    pending.programme = programme
    _end_waiting(pending, PendingProgramme.State.SIGNED, by, at)
    store_projection(pending.pump, at)
    return programme


@transaction.atomic
def decline_programme(
    *, pending: PendingProgramme, note: str, was_told: bool, by: Membership, at: datetime
) -> None:
    """Say why it is not signed. `was_told`: the pump runs it, so that it counts until another is recorded.

    Raises NotToSignError.
    """
    pending = _lock_pending(pending)
    pending.note, pending.was_told = note, was_told
    _end_waiting(pending, PendingProgramme.State.DECLINED, by, at)
    store_projection(pending.pump, at)


def programme_key(refill_key: UUID) -> UUID:
    """The key of the programme that is kept with a refill: it follows from the refill's own."""
    return uuid5(refill_key, "programme")


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
def book_visit(
    *,
    pump: Pump,
    on: date,
    details: VisitDetails = AT_THE_CLINIC,
    is_agreed: bool = False,
    by: Membership,
    at: datetime,
) -> Appointment:
    """Book the next visit; one on another day is moved to it. The same day booked twice is one visit.

    `is_agreed`: they have said that they will come then, so that it is confirmed at once.

    Raises TooLateError for a day past the latest safe one, unless a prescriber gives a reason.
    """
    pump = _lock(pump.pk)
    details = _let_pass(pump, on, details, by, at)
    if standing := pump.appointments.filter(state=Appointment.State.BOOKED, on=on).first():
        visit = _agree_anew(standing, details, by, at)
    else:
        visit = _book(pump, on, by, at, details)
    if is_agreed:
        confirm_visit(visit=visit, by=by, at=at)
    _look_again(pump, at)
    return visit


@transaction.atomic
def close_visit(
    *,
    pump: Pump,
    state: Appointment.State,
    reason: str = "",
    next_step: str = "",
    by: Membership,
    at: datetime,
) -> None:
    """Say how the booked visit ended, and what follows. Nothing happens where none is booked."""
    pump = _lock(pump.pk)
    _close(pump, state, by, at, reason=reason, next_step=next_step)
    _look_again(pump, at)


@transaction.atomic
def confirm_visit(*, visit: Appointment, by: Membership | None, at: datetime) -> bool:
    """Keep that they will come to `visit`; whether it still stands. Twice is one.

    `by` heard it; None: they said so themselves, by the link of a letter.
    """
    pump = _lock(visit.pump_id)
    standing = pump.appointments.filter(pk=visit.pk, state=Appointment.State.BOOKED).first()
    if standing is None:
        return False
    if standing.confirmed_at is None:
        by_id = by.user_id if by else None
        standing.confirmed_at, standing.confirmed_by_id, standing.cannot_come_at = at, by_id, None
        standing.save(update_fields=["confirmed_at", "confirmed_by", "cannot_come_at"])
        _look_again(pump, at)
        record_act(verb="visit.confirmed", subject=standing, clinic_id=pump.clinic_id, by_id=by_id, at=at)
    return True


@transaction.atomic
def refuse_visit(*, visit: Appointment, by: Membership | None = None, at: datetime) -> bool:
    """Keep that they cannot come to `visit`, as they said to `by` or by the link of a letter; whether it still stands.

    It covers nothing from now on, until it is moved or they say that they will come after all.
    """
    pump = _lock(visit.pump_id)
    standing = pump.appointments.filter(pk=visit.pk, state=Appointment.State.BOOKED).first()
    if standing is None:
        return False
    standing.cannot_come_at, standing.confirmed_at, standing.confirmed_by = at, None, None
    standing.save(update_fields=["cannot_come_at", "confirmed_at", "confirmed_by"])
    _look_again(pump, at)
    record_act(
        verb="visit.refused",
        subject=standing,
        clinic_id=pump.clinic_id,
        by_id=by.user_id if by else None,
        at=at,
    )
    return True


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
def change_margins(*, margins: Margins, because: str = "", by: Membership, at: datetime) -> Policy:
    """Set the clinic's margins and forecast each of its pumps anew: half of a list under old margins never exists."""
    policy, _ = Policy.objects.update_or_create(
        clinic=by.clinic, defaults={**asdict(margins), "changed_because": because}
    )
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


@transaction.atomic
def change_programming(
    *, programming: Programming, because: str, by: Membership, at: datetime
) -> ProgrammingPolicy:
    """Set what the clinic demands of a programme. What waits already goes on waiting."""
    kept = {**asdict(programming), "changed_because": because}
    policy, _ = ProgrammingPolicy.objects.update_or_create(clinic=by.clinic, defaults=kept)
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


def _waiting_already(programme: Programme, posted: Posted) -> PendingProgramme | None:
    """What this very form has left to a second person, the pump locked."""
    pump = _lock(programme.pump_id)
    return PendingProgramme.objects.filter(key=posted.key, pump=pump).first()


def _keep_programme(
    programme: Programme, bridge: Adjustment | None, key: UUID, by: Membership, at: datetime
) -> Programme | PendingProgramme:
    """Keep it as a fact, or leave it to a second person. One that waited before it waits no more."""
    pump = programme.pump
    for earlier in PendingProgramme.objects.filter(pump=pump).open().select_related("pump"):
        _end_waiting(earlier, PendingProgramme.State.REPLACED, by, at)
    if reasons := demands(pump, programme, at.astimezone(by.clinic.tz).date()):
        return _leave_to_sign(waiting(programme, bridge, reasons), key, by, at)
    _write(programme, key, by, at)
    if bridge is not None:
        bridge.pump = pump
        _write(bridge, bridge_key(key), by, at)
    record_act(verb="programme.started", subject=programme, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return programme


def _leave_to_sign(pending: PendingProgramme, key: UUID, by: Membership, at: datetime) -> PendingProgramme:
    pending.key, pending.recorded_at, pending.recorded_by = key, at, by.user
    pending.clinic = pending.recorded_clinic = by.clinic
    pending.save()
    record_act(
        verb="programme.left_to_sign", subject=pending, clinic_id=by.clinic_id, by_id=by.user_id, at=at
    )
    return pending


def _lock_pending(pending: PendingProgramme) -> PendingProgramme:
    """What waits, locked after its pump. Raises NotToSignError where it waits no more."""
    pump = _lock(pending.pump_id)
    locked = PendingProgramme.objects.filter(pump=pump).open().select_for_update(of=("self",))
    found = locked.filter(pk=pending.pk).first()
    if found is None:
        raise NotToSignError
    found.pump = pump
    return found


def _end_waiting(
    pending: PendingProgramme, state: PendingProgramme.State, by: Membership, at: datetime
) -> None:
    pending.state, pending.closed_at, pending.closed_by = state, at, by.user
    pending.save()
    record_act(verb=f"programme.{state}", subject=pending, clinic_id=by.clinic_id, by_id=by.user_id, at=at)


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
        if visit.on <= day:
            _end(visit, Appointment.State.ATTENDED, by, at)
        else:
            _end(visit, Appointment.State.CANCELLED, by, at, reason="Refilled before it.")


def _close(
    pump: Pump,
    state: Appointment.State,
    by: Membership,
    at: datetime,
    *,
    reason: str = "",
    next_step: str = "",
) -> None:
    for visit in pump.appointments.filter(state=Appointment.State.BOOKED):
        _end(visit, state, by, at, reason=reason, next_step=next_step)


def _end(
    visit: Appointment,
    state: Appointment.State,
    by: Membership,
    at: datetime,
    *,
    reason: str = "",
    next_step: str = "",
) -> None:
    visit.state, visit.closed_at, visit.closed_by = state, at, by.user
    visit.reason, visit.next_step = reason, next_step
    visit.save()
    record_act(verb=f"visit.{state}", subject=visit, clinic_id=by.clinic_id, by_id=by.user_id, at=at)


def _book(
    pump: Pump, on: date, by: Membership, at: datetime, details: VisitDetails = AT_THE_CLINIC
) -> Appointment:
    _close(pump, Appointment.State.MOVED, by, at)
    visit = Appointment(pump=pump, clinic=by.clinic, on=on, booked_at=at, booked_by=by.user)
    _agree(visit, details, by, at)
    return visit


def _agree(visit: Appointment, details: VisitDetails, by: Membership, at: datetime) -> None:
    details.put_on(visit)
    visit.save()
    record_act(verb="visit.booked", subject=visit, clinic_id=by.clinic_id, by_id=by.user_id, at=at)


def _agree_anew(visit: Appointment, details: VisitDetails, by: Membership, at: datetime) -> Appointment:
    """The visit that stands, with another time, place or person where they differ: nobody has confirmed that one."""
    if details != VisitDetails.of(visit):
        visit.confirmed_at = visit.confirmed_by = None
        _agree(visit, details, by, at)
    return visit


def _let_pass(pump: Pump, on: date, details: VisitDetails, by: Membership, at: datetime) -> VisitDetails:
    """The details as they are kept: with a reason only where one is needed. Raises TooLateError."""
    plan = plan_of(pump, pump.projection.refill_by, at)
    if not plan.trouble(on):
        return replace(details, late_reason="")
    is_answered_for = bool(details.late_reason) and by.may(Permission.LATE)
    if plan.is_too_late(on) and not is_answered_for:
        raise TooLateError
    return details if is_answered_for else replace(details, late_reason="")
