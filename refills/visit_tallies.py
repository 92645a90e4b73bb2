"""What waits around the visits, counted; each opens its list."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from itb.accounts.models import Membership
from refills import bulk, orders
from refills.closed_visits import lies_on_closed_day
from refills.models import Appointment


@dataclass(frozen=True, slots=True)
class Tally:
    """A count that opens its list."""

    tier: str
    words: str
    count: int
    href: str


def tallies(member: Membership, now: datetime) -> list[Tally]:
    """Visits on days that were closed, patients who did not come, drug to order, authorisations that end."""
    closed = _on_closed_days(member, now)
    due = orders.due(member, now)
    ordering = reverse("refills:orders")
    return [
        Tally("urgent", "Visits on closed days", len(closed), _to_move(closed)),
        Tally("urgent", "Did not attend", len(bulk.missed(member, now)), reverse("refills:rebook")),
        Tally("due", "Drug to order now", sum(each.plan.must_order for each in due), ordering),
        Tally("due", "Authorisations that end", sum(each.plan.must_authorise for each in due), ordering),
    ]


def _on_closed_days(member: Membership, now: datetime) -> list[date]:
    today = now.astimezone(member.clinic.tz).date()
    booked = Appointment.objects.filter(clinic_id=member.clinic_id, state=Appointment.State.BOOKED)
    found = booked.filter(on__gte=today).annotate(is_closed=lies_on_closed_day()).filter(is_closed=True)
    return list(found.order_by("on").values_list("on", flat=True))


def _to_move(closed: list[date]) -> str:
    page = reverse("refills:move" if closed else "refills:calendar")
    return f"{page}?from={closed[0].isoformat()}&to={closed[-1].isoformat()}" if closed else page
