"""Leaving monitoring takes two: one asks and says why, a second confirms; until then the pump is watched as before."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from itb.accounts.models import Membership, MembershipQuerySet
from itb.accounts.permissions import Permission
from itb.audit.services import record_act
from itb.outbox.services import Owed, enqueue, supersede
from patients.models import Departure, Pump


class DepartureClosedError(Exception):
    """It was confirmed, declined or taken back while the page was open; or the pump has left already."""


class NotTheSecondError(Exception):
    """Whoever asked cannot be the second person."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """Why a pump leaves, and from which day on."""

    kind: str
    on: date
    reason: str


def second_persons(departure: Departure) -> MembershipQuerySet:
    """Who of the clinic can confirm it."""
    able = Membership.objects.filter(clinic_id=departure.clinic_id).who_may(Permission.LET_GO)
    return able.exclude(user=departure.asked_by_id)


@transaction.atomic
def ask_to_leave(*, pump: Pump, leaving: Leaving, by: Membership, at: datetime) -> Departure:
    """Say that a pump is to leave, and tell those who can confirm it. Asked twice, the first stands.

    Raises DepartureClosedError for a pump that has left.
    """
    locked = _lock(pump)
    if locked.explanted_on is not None:
        raise DepartureClosedError
    if standing := locked.departures.open().first():
        return standing
    departure = Departure.objects.create(
        pump=locked,
        clinic=by.clinic,
        kind=leaving.kind,
        on=leaving.on,
        reason=leaving.reason,
        asked_at=at,
        asked_by=by.user,
    )
    enqueue(
        Owed(
            key=f"departure:{departure.pk}",
            recipients=second_persons(departure),
            topic=f"departure:{departure.pk}",
            template="patients/leaving",
            is_critical=False,
            at=at,
        )
    )
    record_act(verb="departure.asked", subject=departure, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return departure


@transaction.atomic
def confirm_departure(*, departure: Departure, by: Membership, at: datetime) -> None:
    """Be the second person: the pump is watched no more. Raises NotTheSecondError, DepartureClosedError."""
    pump, departure = _open(departure)
    if departure.asked_by_id == by.user_id:
        raise NotTheSecondError
    _close(departure, by, at, is_confirmed=True)
    pump.explanted_on = departure.on
    pump.save(update_fields=["explanted_on"])
    record_act(
        verb="departure.confirmed",
        subject=departure,
        clinic_id=by.clinic_id,
        by_id=by.user_id,
        at=at,
        count=Pump.objects.visible_to(by).active().count(),
    )


@transaction.atomic
def decline_departure(*, departure: Departure, by: Membership, at: datetime) -> None:
    """Say no, or take one's own word back: the pump stays. Raises DepartureClosedError."""
    _, departure = _open(departure)
    _close(departure, by, at, is_confirmed=False)
    record_act(verb="departure.declined", subject=departure, clinic_id=by.clinic_id, by_id=by.user_id, at=at)


def _lock(pump: Pump) -> Pump:
    return Pump.objects.select_for_update(of=("self",), no_key=True).get(pk=pump.pk)


def _open(departure: Departure) -> tuple[Pump, Departure]:
    """The pump and its departure as they are now, locked in this order."""
    pump = _lock(departure.pump)
    found = Departure.objects.open().select_for_update(of=("self",)).filter(pk=departure.pk).first()
    if found is None:
        raise DepartureClosedError
    return pump, found


def _close(departure: Departure, by: Membership, at: datetime, *, is_confirmed: bool) -> None:
    departure.closed_at, departure.closed_by, departure.is_confirmed = at, by.user, is_confirmed
    departure.save(update_fields=["closed_at", "closed_by", "is_confirmed"])
    supersede(topic=f"departure:{departure.pk}")
