"""The clinic's calendar of visits, and the same as a spreadsheet."""

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.audit.services import record_act
from itb.fields import FIRST_YEAR, LAST_YEAR
from itb.sheet import csv_response
from refills import calendar as listing
from refills.visit_tallies import tallies


@require_safe
@requires(Permission.VIEW)
def calendar(request: MemberRequest) -> HttpResponse:
    """Visits by day, for a week or four; closed days, full days, and who has no visit."""
    first_on, span = _asked(request)
    length = timedelta(days=listing.SPANS[span])
    context = {
        "days": listing.days_of(request.member, first_on, length.days, request.at),
        "first_on": first_on,
        "last_on": first_on + length - timedelta(days=1),
        "before": first_on - length,
        "behind": first_on + length,
        "span": span,
        "tallies": tallies(request.member, request.at),
        "unbooked": (found := listing.unbooked(request.member, request.at))[: listing.UNBOOKED],
        "has_more": len(found) > listing.UNBOOKED,
        "now": request.at,
    }
    return render(request, "refills/calendar.html", context)


@require_safe
@requires(Permission.EXPORT, step_up=True)
def export_visits(request: MemberRequest) -> HttpResponse:
    """The same visits as a spreadsheet. That they left is an act of its own, with their count."""
    member = request.member
    first_on, span = _asked(request)
    rows = listing.sheet(listing.days_of(member, first_on, listing.SPANS[span], request.at))
    record_act(
        verb="visits.exported",
        subject=member.clinic,
        clinic_id=member.clinic_id,
        by_id=member.user_id,
        at=request.at,
        count=len(rows),
    )
    return csv_response(f"visits-{first_on}", listing.HEADER, rows)


def _asked(request: MemberRequest) -> tuple[date, str]:
    """From which day, and how long: from today where nothing that can be read is asked for."""
    today = timezone.localdate(request.at)
    span = request.GET.get("span", "")
    return day_in(request.GET.get("from", "")) or today, span if span in listing.SPANS else "week"


def day_in(text: str) -> date | None:
    """The day that an address asks for; None where it cannot be read."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST_YEAR < found.year < LAST_YEAR else None
