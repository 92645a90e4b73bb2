"""What can be done about the clinic's planning: its days, its closed ones, and what is kept about a pump's visits."""

from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from django.db import models, transaction

from itb.accounts.models import Membership
from itb.audit.services import record_act
from patients.models import Patient, Pump
from refills.models import Closure, HomeRefill, PlanningPolicy, Projection
from refills.planning_policy import USUAL_CLOSED, Planning, planning_of
from refills.visit_models import Noted


@transaction.atomic
def change_planning(*, planning: Planning, by: Membership, at: datetime) -> PlanningPolicy:
    """Set by what the clinic plans visits."""
    fresh = {**asdict(planning), "closed_weekdays": USUAL_CLOSED}
    policy, _ = PlanningPolicy.objects.update_or_create(
        clinic=by.clinic, defaults=asdict(planning), create_defaults=fresh
    )
    _told("policy.changed", policy, by, at)
    _look_again(by, at)
    return policy


@transaction.atomic
def change_weekdays(*, closed: str, by: Membership, at: datetime) -> PlanningPolicy:
    """Set on which weekdays the clinic is closed, by their ISO numbers."""
    fresh = {**asdict(planning_of(by.clinic)), "closed_weekdays": closed}
    policy, _ = PlanningPolicy.objects.update_or_create(
        clinic=by.clinic, defaults={"closed_weekdays": closed}, create_defaults=fresh
    )
    _told("policy.changed", policy, by, at)
    _look_again(by, at)
    return policy


@transaction.atomic
def close_days(*, first_on: date, last_on: date, reason: str, by: Membership, at: datetime) -> Closure:
    """Say that the clinic is closed on these days. The same days said twice are one."""
    closure, is_new = Closure.objects.get_or_create(
        clinic=by.clinic,
        first_on=first_on,
        last_on=last_on,
        lifted_at=None,
        defaults={"reason": reason, "added_at": at, "added_by": by.user},
    )
    if is_new:
        _told("closure.added", closure, by, at)
        _look_again(by, at)
    return closure


@transaction.atomic
def lift_closure(*, closure: Closure, by: Membership, at: datetime) -> None:
    """Say that the clinic is open on those days after all. It stays in the list, as lifted."""
    closure = Closure.objects.select_for_update(of=("self",)).get(pk=closure.pk)
    if closure.lifted_at is not None:
        return
    closure.lifted_at, closure.lifted_by = at, by.user
    closure.save(update_fields=["lifted_at", "lifted_by"])
    _told("closure.lifted", closure, by, at)
    _look_again(by, at)


@transaction.atomic
def arrange_home(
    *, patient: Patient, is_at_home: bool, travel_days: int, by: Membership, at: datetime
) -> HomeRefill:
    """Say whether the patient is refilled at home, and how many days the way there takes."""
    said = {"is_at_home": is_at_home, "travel_days": travel_days, "set_at": at, "set_by": by.user}
    home, _ = HomeRefill.objects.update_or_create(
        patient=patient, defaults=said, create_defaults={**said, "clinic": by.clinic}
    )
    _told("home.arranged", home, by, at)
    Projection.objects.filter(pump__patient=patient).update(review_at=at)
    return home


@transaction.atomic
def note(*, noted: Noted, verb: str, key: UUID, by: Membership, at: datetime) -> None:
    """Keep an order or an authorisation (unsaved, with its pump). Twice the same form is one."""
    pump = Pump.objects.select_for_update(of=("self",), no_key=True).get(pk=noted.pump_id)
    if type(noted).objects.filter(key=key, pump=pump).exists():
        return
    noted.key, noted.recorded_at, noted.recorded_by, noted.recorded_clinic = key, at, by.user, by.clinic
    noted.save()
    Projection.objects.filter(pump=pump).update(review_at=at)
    _told(verb, noted, by, at)


def _told(verb: str, subject: models.Model, by: Membership, at: datetime) -> None:
    record_act(verb=verb, subject=subject, clinic_id=by.clinic_id, by_id=by.user_id, at=at)


def _look_again(by: Membership, at: datetime) -> None:
    """Every pump's work may be another: in the order of `change_margins`, so that two who change stand in line."""
    rows = Projection.objects.visible_to(by)
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    rows.update(review_at=at)
