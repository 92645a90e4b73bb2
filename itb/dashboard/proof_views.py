"""The page that shows the proof of each night, and what is so at this moment."""

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alerts.models import Proof
from alerts.proof import WORDS, Count, count
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.models import Membership
from itb.accounts.permissions import Permission
from patients.models import Pump

NIGHTS: Final = 31


@dataclass(frozen=True, slots=True)
class Difference:
    """A pump that fell out of a count, and why."""

    pump: Pump
    why: str


@require_safe
@requires(Permission.VIEW)
def proof(request: MemberRequest) -> HttpResponse:
    """Whether every pump is looked at and has a forecast or an alert: now, and each night of the last month."""
    now = count(request.member.clinic_id)
    context: dict[str, Any] = {
        "count": now,
        "differences": _differences(now, request.member),
        "nights": Proof.objects.visible_to(request.member).order_by("-on")[:NIGHTS],
        "now": request.at,
    }
    return render(request, "dashboard/proof.html", context)


def _differences(found: Count, member: Membership) -> list[Difference]:
    pumps = Pump.objects.visible_to(member).select_related("patient")
    named = pumps.in_bulk([each["pump"] for each in found.differences])
    return [
        Difference(named[each["pump"]], WORDS[each["why"]])
        for each in found.differences
        if each["pump"] in named
    ]
