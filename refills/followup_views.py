"""The page on which a follow-up is closed with what came of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.accounts.traces import shown
from patients.catalogue import name_of
from refills import followups
from refills.followup_form import ResultForm
from refills.models import Followup

CONFLICT = 409


@requires(Permission.ACKNOWLEDGE)
def close_followup(request: MemberRequest, followup_id: int) -> HttpResponse:
    """Write what came of it: that ends it, and its alert."""
    followup = shown(request, _followup(request, followup_id))
    form = ResultForm(drafts.posted(request), initial=drafts.initial(request))
    if form.is_bound and form.is_valid() and _close(request, followup, form.cleaned_data["result"]):
        messages.info(request, "Kept, and closed.")
        return redirect("dashboard:chart", patient_id=followup.pump.patient_id)
    pump = followup.pump
    context = {
        "form": form,
        "followup": followup,
        "pump": pump,
        "patient": pump.patient,
        "model": name_of(pump),
        "now": request.at,
    }
    too_late = form.is_bound and followup.closed_at
    return render(request, "refills/close_followup.html", context, status=CONFLICT if too_late else 200)


def _close(request: MemberRequest, followup: Followup, result: str) -> bool:
    """Whether it is closed with this very result, now or by the same press before."""
    if not followup.closed_at:
        try:
            followups.close_followup(followup=followup, result=result, by=request.member, at=request.at)
        except followups.FollowupClosedError:
            followup.refresh_from_db()
        else:
            return True
    return (followup.closed_by_id, followup.result) == (request.member.user_id, result)


def _followup(request: MemberRequest, followup_id: int) -> Followup:
    found = Followup.objects.visible_to(request.member)
    related = ("pump__patient__clinic", "owner", "opened_by", "closed_by", "refill")
    return get_object_or_404(found.select_related(*related), pk=followup_id)
