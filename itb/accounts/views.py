"""Choosing the open clinic, and the page for a form whose token has gone."""

import re
from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from itb.accounts.middleware import SESSION_KEY
from itb.accounts.models import Membership

NUMBER: Final = r"[0-9]{1,18}"  # what a bigint column can hold


@require_POST
@login_required
def switch(request: HttpRequest) -> HttpResponse:
    """Open another clinic of one's own. One that is not one's own does not exist."""
    assert request.user.is_authenticated
    mine = Membership.objects.active().filter(user=request.user)
    chosen = request.POST.get("clinic", "")
    member = mine.filter(clinic_id=chosen).first() if re.fullmatch(NUMBER, chosen) else None
    if member is None:
        raise Http404
    request.session[SESSION_KEY] = member.clinic_id
    return redirect("dashboard:worklist")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in words that the form's token is old; the browser's own Back brings what was typed."""
    return render(request, "403_csrf.html", status=403)
