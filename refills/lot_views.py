"""The search for a lot, and the same as a spreadsheet."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.audit.services import record_act
from itb.sheet import csv_response
from refills.lots import HEADER, MOST_ON_A_PAGE, SHORTEST, fills_from, is_in_pump, sheet


@require_safe
@requires(Permission.VIEW)
def lots(request: MemberRequest) -> HttpResponse:
    """Every patient who was filled from a lot."""
    lot = _asked(request)
    found = list(fills_from(request.member, lot)[: MOST_ON_A_PAGE + 1]) if lot else []
    context = {
        "lot": lot,
        "is_short": not lot and "lot" in request.GET,
        "rows": [(each, is_in_pump(each)) for each in found[:MOST_ON_A_PAGE]],
        "is_cut": len(found) > MOST_ON_A_PAGE,
        "most": MOST_ON_A_PAGE,
        "now": request.at,
    }
    return render(request, "refills/lots.html", context)


@require_safe
@requires(Permission.EXPORT, step_up=True)
def export_lots(request: MemberRequest) -> HttpResponse:
    """All of them as a spreadsheet. That they left is an act of its own, with their count."""
    member, lot = request.member, _asked(request)
    if not lot:
        return redirect("refills:lots")
    rows = list(sheet(fills_from(member, lot)))
    record_act(
        verb="lots.exported",
        subject=member.clinic,
        clinic_id=member.clinic_id,
        by_id=member.user_id,
        at=request.at,
        count=len(rows),
    )
    return csv_response(f"lot {lot}", HEADER, rows)


def _asked(request: MemberRequest) -> str:
    """The lot that was typed; empty where it is too short to mean one."""
    lot = request.GET.get("lot", "").replace("\0", "").strip()[:40]
    return lot if len(lot) >= SHORTEST else ""
