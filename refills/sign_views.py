"""Programmes that wait for a second signature: the list, and the page on which the second person decides."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.accounts.traces import shown
from patients.catalogue import name_of
from refills import services
from refills.comparison import compare, step_notes
from refills.models import PendingProgramme
from refills.outlook import outlook_of_programme
from refills.scenario import pattern_of
from refills.sign_form import SIGN, SignForm
from refills.standing import last_told
from refills.whole_day import draw_day, words_of

MOST = 200
CONFLICT = 409


@requires(Permission.VIEW)
def list_unsigned(request: MemberRequest) -> HttpResponse:
    """Every programme of the clinic that waits, the oldest first."""
    waiting = PendingProgramme.objects.visible_to(request.member).open()
    rows = list(waiting.select_related("pump__patient", "recorded_by").order_by("at", "pk")[: MOST + 1])
    context = {"waiting": rows[:MOST], "has_more": len(rows) > MOST, "now": request.at}
    return render(request, "refills/list_unsigned.html", context)


@requires(Permission.SIGN, step_up=True)
def sign(request: MemberRequest, pending_id: int) -> HttpResponse:
    """Sign a programme as the second person, or decline it with a reason."""
    pending = _pending(request, pending_id)
    action = request.POST.get("action", "")
    form = SignForm(drafts.posted(request), action=action, initial=drafts.initial(request))
    is_asked = form.is_bound and form.is_valid()
    if is_asked and _decide(request, pending, form):
        words = "Signed: it is what the pump runs." if action == SIGN else "Declined."
        messages.info(request, words)
        return redirect("dashboard:chart", patient_id=pending.patient_id)
    if is_asked:
        pending = _pending(request, pending_id)
    context = {**_shown(pending, request), "form": form, "now": request.at}
    return render(request, "refills/sign.html", context, status=CONFLICT if is_asked else 200)


def _pending(request: MemberRequest, pending_id: int) -> PendingProgramme:
    related = ("pump__patient__clinic", "recorded_by", "closed_by")
    found = PendingProgramme.objects.visible_to(request.member).select_related(*related)
    return shown(request, get_object_or_404(found, pk=pending_id))


def _decide(request: MemberRequest, pending: PendingProgramme, form: SignForm) -> bool:
    """Whether it could be kept: not what was decided meanwhile, and not one's own."""
    arguments: dict[str, Any] = {"pending": pending, "by": request.member, "at": request.at}
    try:
        if form.action == SIGN:
            services.sign_programme(**arguments)
        else:
            services.decline_programme(note=form.cleaned_data["note"], was_told=form.told, **arguments)
    except services.NotToSignError:
        return False
    return True


def _shown(pending: PendingProgramme, request: MemberRequest) -> dict[str, Any]:
    """Old beside new as the second person sees it, and what follows once it is signed."""
    pump, new, is_open = pending.pump, pending.as_programme(), pending.state == PendingProgramme.State.OPEN
    old = last_told(pump, at__lt=pending.at)
    outlook = outlook_of_programme(new, request.at, pending.as_bridge()) if is_open else None
    return {
        "pending": pending,
        "is_open": is_open,
        "is_own": pending.recorded_by_id == request.member.user_id,
        "pump": pump,
        "patient": pump.patient,
        "model": name_of(pump),
        "old": old,
        "lines": compare(pump, old, new, outlook.after if outlook else None, request.at),
        "drawing": draw_day(new.mode, pattern_of(new)),
        "day_words": words_of(new),
        "step_notes": step_notes(pump.patient, timezone.localdate(request.at)),
    }
