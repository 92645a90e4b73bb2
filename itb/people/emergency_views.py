"""Opening another clinic in an emergency, and closing it again."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import EMERGENCY, OPEN_CLINIC, MemberRequest
from itb.accounts.models import EmergencyAccess
from itb.accounts.permissions import Permission
from itb.people import emergencies
from itb.people.forms import EmergencyForm
from itb.people.guard import RefusedError


@requires(Permission.VIEW, step_up=True)
def open_clinic(request: MemberRequest) -> HttpResponse:
    """Open a clinic that is not one's own, with a reason."""
    mine = [member.clinic_id for member in request.memberships]
    form = EmergencyForm(drafts.posted(request), mine=mine, initial=drafts.initial(request))
    if form.is_bound and form.is_valid():
        try:
            access = emergencies.open_emergency(**form.opening(), by=request.member, at=request.at)
        except RefusedError as refusal:
            form.add_error(None, str(refusal))
        else:
            request.session[EMERGENCY], request.session[OPEN_CLINIC] = access.pk, access.clinic_id
            return redirect("dashboard:worklist")
    context = {"form": form, "minutes": settings.EMERGENCY_MINUTES, "now": request.at}
    return render(request, "people/open_emergency.html", context)


@require_POST
@requires(Permission.VIEW)
def leave(request: MemberRequest) -> HttpResponse:
    """End the emergency access of this session, whichever clinic is open."""
    for member in request.memberships:
        if member.emergency:
            emergencies.end_emergency(access=member.emergency, by=member.user, at=request.at)
            messages.info(request, f"Your access to {member.clinic} has ended.")
    request.session.pop(EMERGENCY, None)
    return redirect("dashboard:worklist")


@require_POST
@requires(Permission.PEOPLE)
def end(request: MemberRequest, access_id: int) -> HttpResponse:
    """End somebody's emergency access to this clinic: their next page is refused."""
    found = EmergencyAccess.objects.visible_to(request.member).select_related("opened_by")
    access = get_object_or_404(found, pk=access_id)
    emergencies.end_emergency(access=access, by=request.member.user, at=request.at)
    messages.info(request, f"The access of {access.opened_by} has ended.")
    return redirect("people:list")
