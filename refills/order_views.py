"""What must be ordered or authorised, and what goes along to a refill at home."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.audit.services import record_act
from itb.sheet import csv_response
from refills import orders as listing
from refills.bag import SOURCE, THINGS
from refills.outlook import expected_ml
from refills.visit_page import pump_of, visit_page


@require_safe
@requires(Permission.VIEW)
def orders(request: MemberRequest) -> HttpResponse:
    """Drug to order within a fortnight, and authorisations that end before the next refill."""
    found = listing.due(request.member, request.at)
    return render(request, "refills/orders.html", {"orders": found, "most": listing.MOST, "now": request.at})


@require_safe
@requires(Permission.EXPORT, step_up=True)
def export_orders(request: MemberRequest) -> HttpResponse:
    """The same list as a spreadsheet. That it left is an act of its own, with its count."""
    member = request.member
    rows = listing.sheet(listing.due(member, request.at))
    record_act(
        verb="orders.exported",
        subject=member.clinic,
        clinic_id=member.clinic_id,
        by_id=member.user_id,
        at=request.at,
        count=len(rows),
    )
    return csv_response("orders", listing.HEADER, rows)


@require_safe
@requires(Permission.VIEW)
def bag(request: MemberRequest, pump_id: int) -> HttpResponse:
    """What goes along to a refill at home, on a sheet of paper."""
    pump = pump_of(request, pump_id)
    last = pump.refills.standing().order_by("-at").first()
    page = visit_page(pump, request)
    context = {
        **page,
        "things": THINGS,
        "source": SOURCE,
        "due": listing.Due(pump, page["plan"], last),
        "expected_ml": expected_ml(pump, request.at),
        "contacts": pump.patient.contacts.current().order_by("id"),
    }
    return render(request, "refills/bag.html", context)
