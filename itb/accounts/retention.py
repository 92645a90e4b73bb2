"""What is forgotten by itself: sessions that have ended, old sign-ins, and tries at accounts that nobody has."""

from datetime import datetime, timedelta
from typing import Final

from django.contrib.sessions.models import Session
from django.db import connection

from itb.accounts import attempts
from itb.accounts.models import Attempt, CacheEntry, Notice, SignIn, User

A_DAY: Final = timedelta(days=1)
A_WEEK: Final = timedelta(days=7)  # a visit that was not written down by then is written down anew
A_YEAR: Final = timedelta(days=365)  # as long as a browser's own cookie lasts, by which it is known


def forget(*, at: datetime) -> None:
    """All of it."""
    forget_sessions(at=at)
    forget_sign_ins(at=at)
    forget_attempts(at=at)
    forget_drafts(at=at)


def forget_sessions(*, at: datetime) -> int:
    """Delete the sessions that nobody can come back to; how many. Runs as often as one likes."""
    return Session.objects.filter(expire_date__lt=at).delete()[0]


def forget_sign_ins(*, at: datetime) -> int:
    """Delete what is left of signing in a year ago, and counters that have run out; how many rows."""
    old = (
        SignIn.objects.filter(began_at__lt=at - A_YEAR),
        Notice.objects.filter(taken_at__lt=at - A_YEAR),
        CacheEntry.objects.filter(expires__lt=at),
    )
    return sum(rows.delete()[0] for rows in old)


def forget_drafts(*, at: datetime) -> int:
    """Delete what nobody came back to; how many. Over every wall: by a function of the owner's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_forget_drafts(%s)", [at - A_WEEK])
        found: tuple[int] = cursor.fetchone()
    return found[0]


def forget_attempts(*, at: datetime) -> int:
    """Delete tries of yesterday at accounts that nobody has; how many. Those at a person's own count until a reset."""
    ours = {
        key
        for user in User.objects.all()
        for key in (attempts.of_password(user.email), attempts.of_code(user))
    }
    return Attempt.objects.filter(at__lt=at - A_DAY).exclude(account__in=ours).delete()[0]
