"""What must be seen to before visits can be: drug to order, and authorisations that end too early."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from itb.accounts.models import Membership
from patients.models import Pump
from refills.catalogue import product_of
from refills.models import Appointment, Authorisation, HomeRefill, Projection, Refill
from refills.planning import OpenDays
from refills.planning_policy import planning_of
from refills.plans import Plan, Planner, open_days_of

AHEAD = timedelta(days=14)
"""Days before its order-by date from which a pump is on the list."""
MOST = 500


@dataclass(frozen=True, slots=True)
class Due:
    """A pump whose drug or authorisation must be seen to."""

    pump: Pump
    plan: Plan
    refill: Refill | None
    """The last one: what is likely to be ordered again."""

    @property
    def product(self) -> str:
        """The last refill's product by its name; empty before the first."""
        if self.refill is None:
            return ""
        known = product_of(self.refill)
        return known.name if known else self.refill.product


def due(member: Membership, now: datetime) -> list[Due]:
    """Whose drug must be ordered within a fortnight, or whose authorisation ends too early, by the day to order."""
    clinic, today = member.clinic, now.astimezone(member.clinic.tz).date()
    limit = _farthest(open_days_of(clinic, today), today + AHEAD, planning_of(clinic).lead_days)
    rows = list(_candidates(member, limit, today)[:MOST])
    pumps = [row.pump for row in rows]
    planner = Planner.of(clinic, pumps, now)
    last = Refill.objects.standing().filter(pump__in=pumps).order_by("pump", "-at").distinct("pump")
    filled = {refill.pump_id: refill for refill in last.select_related("pump__patient__clinic")}
    planned = [Due(row.pump, planner.plan(row.pump, row.refill_by), filled.get(row.pump_id)) for row in rows]
    return sorted(_wanted(planned), key=lambda each: (each.plan.order.on or date.max, each.pump.pk))


def _wanted(planned: Iterable[Due]) -> Iterator[Due]:
    for each in planned:
        on = each.plan.order.on
        if each.plan.must_authorise or (on is not None and on <= each.plan.today + AHEAD):
            yield each


def _farthest(days: OpenDays, horizon: date, lead_days: int) -> date:
    """No pump that is refilled after this day must have its drug ordered by `horizon`.

    Each closed stretch can pull a date back by its own length and two weeks; a home by its way.
    """
    closed = sum((span.last_on - span.first_on).days + 1 for span in days.spans)
    return horizon + timedelta(days=lead_days + HomeRefill.MOST_DAYS + closed + 14)


def _candidates(member: Membership, limit: date, today: date) -> QuerySet[Projection]:
    mine = Q(pump=OuterRef("pump"))
    booked = Appointment.objects.filter(mine, state=Appointment.State.BOOKED, on__lte=limit)
    ending = Authorisation.objects.filter(mine, ends_on__lte=limit, ends_on__gte=today - timedelta(days=366))
    rows = Projection.objects.visible_to(member).active().exclude(refill_by=None)
    found = rows.filter(Q(refill_by__lte=limit) | Exists(booked) | Exists(ending))
    return found.select_related("pump__patient").order_by("refill_by", "pump")


HEADER = (
    *("Order by", "Ordered on", "Family name", "Given name", "Record number", "Product last used"),
    *("Concentration (mcg/mL)", "Visit or latest safe day", "Refill by", "Authorisation", "Authorised until"),
)


def sheet(found: Iterable[Due]) -> list[tuple[object, ...]]:
    """The same list for a spreadsheet."""
    return [_line(each) for each in found]


def _line(each: Due) -> tuple[object, ...]:
    plan, patient, refill = each.plan, each.pump.patient, each.refill
    authorised = plan.authorised
    return (
        *(plan.order.on, plan.ordered_on, patient.family_name, patient.given_name, patient.record_number),
        *(each.product, refill and refill.concentration_mcg_per_ml, plan.needed_on, plan.refill_by),
        *((authorised.reference, authorised.ends_on) if authorised else (None, None)),
    )
