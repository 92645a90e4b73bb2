"""Views of signing in, of leaving one's place to someone else, and of where one is signed in."""

import math
import re
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.views import login as allauth_login
from allauth.account.views import password_change as allauth_password_change
from allauth.account.views import reauthenticate as allauth_reauthenticate
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from itb import clock
from itb.accounts import drafts, presence
from itb.accounts.models import Membership, SignIn

NUMBER: Final = r"[0-9]{1,18}"  # what a bigint column can hold
ELSEWHERE: Final = (
    "You have no password here: you sign in with your hospital's account, and it is changed there."
)
AWAY: Final = "You were away for 15 minutes. Show that it is still you: your page waits as it was."


def login(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Sign in. Who was only away is led to show that they are back, unless they have nothing here to show it with."""
    if request.method == "GET" and presence.is_locked(request):
        person = request.presence.sign_in.user  # type: ignore[attr-defined]
        if get_adapter(request).get_reauthentication_methods(person):
            messages.info(request, AWAY)
            return redirect_to_login(request.GET.get("next", "/"), reverse("account_reauthenticate"))
        _begin_afresh(request)
    response: HttpResponse = allauth_login(request, **kwargs)
    return response


def reauthenticate(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Show again who one is. Who has nothing here to show it with (a hospital account alone) signs in afresh."""
    if request.user.is_authenticated and not get_adapter(request).get_reauthentication_methods(request.user):
        _begin_afresh(request)
        return redirect_to_login(request.GET.get("next", "/"))
    response: HttpResponse = allauth_reauthenticate(request, **kwargs)
    return response


def change_password(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Change one's own password. Who comes with a hospital's account has none here."""
    if request.user.is_authenticated and not request.user.has_usable_password():
        messages.info(request, ELSEWHERE)
        return redirect("accounts:sessions")
    response: HttpResponse = allauth_password_change(request, **kwargs)
    return response


def _begin_afresh(request: HttpRequest) -> None:
    """End this sign-in, and let what was typed wait for the same person's next one."""
    waiting = request.session.get(drafts.SESSION_KEY)
    presence.leave(request)
    if waiting:
        request.session[drafts.SESSION_KEY] = waiting


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Someone else is at this screen: end the sign-in of this browser, and nothing else."""
    presence.leave(request)
    return redirect("account_login")


@require_safe
def remaining(request: HttpRequest) -> JsonResponse:
    """How many seconds this browser's sign-in stays open. Asking is no deed: it keeps nothing open."""
    here: presence.Presence | None = request.presence  # type: ignore[attr-defined]
    return JsonResponse({"seconds": math.ceil(here.left.total_seconds()) if here else 0})


@require_POST
def away(request: HttpRequest) -> HttpResponse:
    """A screen has cleared itself: what was typed on it waits for whoever had opened the form."""
    drafts.keep(request, request.POST.get(drafts.PAGE, ""))
    return HttpResponse(status=204)


@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in: since when, and when something was last done there."""
    here = request.presence  # type: ignore[attr-defined]
    mine = SignIn.objects.open(at=here.at).filter(user=request.user.pk).order_by("-seen_at")
    member: Membership | None = request.member  # type: ignore[attr-defined]
    with timezone.override(member.clinic.tz if member else None):
        return render(request, "accounts/sessions.html", {"sign_ins": mine, "here": here, "now": here.at})


@login_required
def end(request: HttpRequest) -> HttpResponse:
    """End one other sign-in of one's own, or all others, by a fresh proof: a stranger at this screen ends none."""
    if request.method != "POST":
        return redirect("accounts:sessions")
    here = request.presence  # type: ignore[attr-defined]
    if not here.is_proved:
        return redirect_to_login(reverse("accounts:sessions"), reverse("account_reauthenticate"))
    others = SignIn.objects.filter(user=request.user.pk, ended_at=None).exclude(pk=here.sign_in.pk)
    chosen = request.POST.get("sign_in", "")
    if chosen != "others":
        others = others.filter(pk=chosen) if re.fullmatch(NUMBER, chosen) else others.none()
    if not others.update(ended_at=clock.now(), ended_for=SignIn.End.ELSEWHERE) and chosen != "others":
        raise Http404
    return redirect("accounts:sessions")
