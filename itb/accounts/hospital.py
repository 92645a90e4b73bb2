"""Signing in with a hospital's own account (OpenID Connect): for people who are here already, and nobody else.

At the first time the provider's verified e-mail finds the person, and the provider's lasting id of the account (`sub`)
is kept. From then on only that id opens: an address that the hospital gives to someone else lets nobody in.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException, Session

from itb.accounts import journal, oidc
from itb.accounts.models import User

log = structlog.get_logger(__name__)


class HospitalAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs up, nobody links: a known account, or a known verified address for the first time."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let in whom we know; say the same to everyone else."""
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise ImmediateHttpResponse(_refusal(request))
        user = sociallogin.user if sociallogin.is_existing else _person_of(sociallogin)
        if user is None:
            journal.wrong(user=None, how="hospital")
            raise ImmediateHttpResponse(_refusal(request))
        account = sociallogin.account
        account.user, account.extra_data = (
            user,
            {},
        )  # the lasting id is all that is kept of what the provider says
        account.save()
        sociallogin.user = user

    def get_requests_session(self) -> Session:
        """A session with the provider that follows no redirect: what we send goes where it was meant to."""
        session: Session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def on_authentication_error(self, request: HttpRequest, provider: Any, **why: Any) -> None:
        """Whatever went wrong over there, it ends on a page of ours."""
        journal.wrong(user=None, how="hospital")
        raise ImmediateHttpResponse(_refusal(request))


def _person_of(sociallogin: SocialLogin) -> User | None:
    """Who has the verified address, if no other account of the hospital has been theirs."""
    verified = {address.email.lower() for address in sociallogin.email_addresses if address.verified is True}
    user = User.objects.filter(email__in=verified, is_active=True).first()
    return None if user is None or SocialAccount.objects.filter(user=user).exists() else user


def in_words(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A provider that does not answer, or that is not believed, is a page of ours too."""

    @wraps(view)
    def guarded(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            return view(request, provider_id)
        except (RequestException, OAuth2Error) as error:
            log.warning("hospital.away", kind=type(error).__name__)
            return _refusal(request)

    return guarded


login, callback = in_words(oidc.begin), in_words(oidc.finish)


def _refusal(request: HttpRequest) -> HttpResponse:
    return render(request, "socialaccount/refused.html", status=403)
