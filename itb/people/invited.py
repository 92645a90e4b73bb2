"""The pages of one who was invited. Until the link is known to be good, they say nothing about anyone."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from itb import clock
from itb.accounts.drafts import posted
from itb.accounts.middleware import OPEN_CLINIC
from itb.accounts.models import Invitation
from itb.accounts.tokens import hashed
from itb.people import invitations
from itb.people.forms import WelcomeForm

OPENED = (
    "invitation"  # in the session: the hash of the link's token, so that no page after the first carries it
)
GONE = 410


@require_safe
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where the letter's link leads. It only remembers the link, since mail programs open links by themselves."""
    request.session[OPENED] = hashed(token)
    return redirect("people:invited")


def accept(request: HttpRequest) -> HttpResponse:
    """Which clinic invites; then a name and a password, or, for one who has an account, the sign-in and one press."""
    invitation = invitations.find(request.session.get(OPENED, ""))
    if invitation is None:
        return _gone(request)
    account = invitations.account_of(invitation)
    try:
        if request.user.is_authenticated:
            return _accept_as(request, invitation)
        if account:
            return render(request, "people/invited_sign_in.html", {"invitation": invitation})
        return _welcome(request, invitation)
    except invitations.GoneError:
        return _gone(request)


def _accept_as(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    assert request.user.is_authenticated
    is_theirs = request.user.email.lower() == invitation.email.lower()
    if request.method == "POST" and is_theirs:
        invitations.accept(invitation=invitation, user=request.user, at=clock.now())
        request.session[OPEN_CLINIC] = invitation.clinic_id
        messages.info(request, f"You belong to {invitation.clinic} now.")
        return redirect("dashboard:worklist")
    return render(request, "people/invited_accept.html", {"invitation": invitation, "is_theirs": is_theirs})


def _welcome(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = WelcomeForm(posted(request), email=invitation.email)
    if form.is_bound and form.is_valid():
        invitations.welcome(invitation=invitation, **form.cleaned_data, at=clock.now())
        messages.info(request, "Your account is ready. Sign in with your e-mail address and the password.")
        return redirect("account_login")
    return render(request, "people/invited_welcome.html", {"invitation": invitation, "form": form})


def _gone(request: HttpRequest) -> HttpResponse:
    """The same page for a link that never was, was used, was taken back, or is too old."""
    return render(request, "people/invited_gone.html", status=GONE)
