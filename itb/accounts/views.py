"""Choosing the open clinic, and the page for a form whose token has gone."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from itb.accounts import drafts
from itb.accounts.middleware import OPEN_CLINIC
from itb.accounts.models import Membership


@login_required
def switch(request: HttpRequest) -> HttpResponse:
    """Open another clinic of one's own. One that is not one's own does not exist."""
    if request.method != "POST":  # back from signing in again: there is nothing to choose here
        return redirect("dashboard:worklist")
    chosen = request.POST.get("clinic", "")
    mine: list[Membership] = request.memberships  # type: ignore[attr-defined]
    member = next((member for member in mine if str(member.clinic_id) == chosen), None)
    if member is None:
        raise Http404
    request.session[OPEN_CLINIC] = member.clinic_id
    return redirect("dashboard:worklist")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in words that the form's token is old; what was typed waits for the form to be opened again."""
    if request.user.is_authenticated:  # a stranger's form comes without a session, and leaves none behind
        drafts.keep(request)
    return render(request, "403_csrf.html", {"is_kept": drafts.waits(request)}, status=403)
