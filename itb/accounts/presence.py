"""Whether the person who signed in here is still here: 15 minutes idle, 12 hours in all, and when they last proved it.

The session only points to a row of `SignIn`; the row, by PostgreSQL's clock, says whether it holds. So a sign-in is
ended anywhere by one UPDATE, and at the next request of its browser it is gone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.db.models import DateTimeField, Func
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from itb import clock
from itb.accounts.devices import browser_of, device_of, network_of
from itb.accounts.factors import has_second_factor
from itb.accounts.models import Notice, SignIn, User

SESSION_KEY: Final = "sign_in"
SEEN_EVERY: Final = timedelta(minutes=1)  # how often being there is written down: no write for every page
AGAIN: Final = {"account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
TOO_LONG: Final = (
    "You signed in twelve hours ago. Sign in again: a sign-in ends then, whatever you were doing."
)


class State(StrEnum):
    """What a sign-in still is."""

    OPEN = "open"
    LOCKED = "locked"
    ENDED = "ended"


@dataclass(slots=True)
class Presence:
    """A sign-in as it is at this request."""

    sign_in: SignIn
    at: datetime
    has_second_factor: bool

    @property
    def state(self) -> State:
        """Ended for good, waiting for its person to show themselves again, or open."""
        if self.sign_in.ended_at or self.at - self.sign_in.began_at >= settings.SIGN_IN_LASTS:
            return State.ENDED
        return State.LOCKED if self.at - self.sign_in.seen_at >= settings.SIGN_IN_IDLE else State.OPEN

    @property
    def left(self) -> timedelta:
        """How long it stays open if nothing is done; nothing where it is not open."""
        if self.state is not State.OPEN:
            return timedelta()
        idle_at = self.sign_in.seen_at + settings.SIGN_IN_IDLE
        return min(idle_at, self.sign_in.began_at + settings.SIGN_IN_LASTS) - self.at

    @property
    def is_proved(self) -> bool:
        """Whether a password, passkey or code was given within the last minutes."""
        return self.at - self.sign_in.proved_at < settings.STEP_UP_WITHIN


class PresenceMiddleware:
    """Puts `request.presence` there, and takes `request.user` away where the sign-in is locked or has ended.

    A locked one gives its person back on the pages where they show themselves again, and nowhere else.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Lazy: a health check or a static file must not cost a query.
        request.presence = SimpleLazyObject(lambda: _find(request))  # type: ignore[attr-defined]
        request.user = SimpleLazyObject(lambda: _person(request))  # type: ignore[assignment]
        return self.get_response(request)


def is_locked(request: HttpRequest) -> bool:
    """Whether someone is signed in here who was away for too long."""
    presence: Presence | None = request.presence  # type: ignore[attr-defined]
    return bool(presence) and presence.state is State.LOCKED  # type: ignore[union-attr]


def begin(request: HttpRequest, user: User) -> None:
    """Write that `user` has signed in here. A browser that is new to this person is told of by letter."""
    at = clock.now()
    device = device_of(request)
    mine = SignIn.objects.filter(user=user)
    is_known = (
        bool(device) and mine.filter(device=device).exists()
    )  # one that keeps its cookie to itself is not
    is_new = not is_known and mine.exists()
    sign_in = SignIn.objects.create(
        user=user,
        began_at=at,
        seen_at=at,
        proved_at=at,
        browser=browser_of(request),
        device=device,
        network=network_of(request),
    )
    if is_new:
        Notice.objects.create(user=user, kind=Notice.Kind.NEW_BROWSER, at=at)
    request.session[SESSION_KEY] = sign_in.pk
    if hasattr(request, "presence"):
        request.presence = _find(request)


def prove(request: HttpRequest) -> None:
    """The person has shown again who they are: the sign-in is open, and its session gets a new name."""
    at = clock.now()
    SignIn.objects.filter(pk=request.session.get(SESSION_KEY, 0), ended_at=None).update(
        seen_at=at, proved_at=at
    )
    request.session.cycle_key()


def end(*, user: User, why: SignIn.End, at: datetime, but: int = 0) -> int:
    """End this person's sign-ins, all but the one named; how many. Each is gone at its browser's next request."""
    theirs = SignIn.objects.filter(user=user, ended_at=None).exclude(pk=but)
    return theirs.update(ended_at=at, ended_for=why)


def leave(request: HttpRequest) -> None:
    """End the sign-in of this browser alone, with all that its session holds."""
    mine = SignIn.objects.filter(pk=request.session.get(SESSION_KEY, 0), ended_at=None)
    mine.update(ended_at=clock.now(), ended_for=SignIn.End.LEFT)
    request.session.flush()


def _find(request: HttpRequest) -> Presence | None:
    """One query: the row, the present, its person, and whether they have a second factor."""
    number = request.session.get(SESSION_KEY)
    if number is None:
        return None
    present = Func(function="clock_timestamp", output_field=DateTimeField())
    rows = SignIn.objects.annotate(present=present, has_factor=has_second_factor()).select_related("user")
    row = rows.filter(pk=number).first()
    return Presence(row, row.present, row.has_factor) if row else None  # type: ignore[attr-defined]


def _person(request: HttpRequest) -> Any:
    presence: Presence | None = request.presence  # type: ignore[attr-defined]
    if not presence:
        return AnonymousUser()
    user = presence.sign_in.user
    if presence.state is State.ENDED or not (user.is_active and _is_of(user, request)):
        return _gone(request, presence)
    if presence.state is State.LOCKED:
        match = request.resolver_match
        return user if match and match.url_name in AGAIN else AnonymousUser()
    if presence.at - presence.sign_in.seen_at >= SEEN_EVERY:
        SignIn.objects.filter(pk=presence.sign_in.pk).update(seen_at=presence.at)
    return user


def _is_of(user: User, request: HttpRequest) -> bool:
    """Whether the session was made with the password that the person still has (Django's own check)."""
    given = request.session.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(given, each) for each in hashes)


def _gone(request: HttpRequest, presence: Presence) -> AnonymousUser:
    """Forget the session, and say why on the page that asks to sign in again."""
    request.session.flush()
    request.presence = None  # type: ignore[attr-defined]
    words = presence.sign_in.get_ended_for_display() or TOO_LONG
    messages.info(request, words, fail_silently=True)
    return AnonymousUser()
