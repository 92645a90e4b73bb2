"""The page of letters: what came of each, what happens to it next, and what somebody must see to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from itb.accounts.models import Clinic, Membership
from itb.dashboard.tallies import UNDELIVERED
from itb.outbox.models import Bounce, Letter
from itb.outbox.mornings import begin_of, last_morning, morning_of
from itb.outbox.policy import pacing_of
from itb.outbox.statements import DIGEST

State, Pace = Letter.State, Letter.Pace
OTHERS: Final = "Somebody else was told of it, where there was one. Tell them by telephone."
UNKNOWN: Final = "Nobody can know whether it arrived."

COUNTS: Final = """
SELECT (SELECT count(*) FROM outbox_letter WHERE clinic_id = %(clinic)s AND sent_at >= %(today)s),
       (SELECT count(*) FROM outbox_letter
        WHERE clinic_id = %(clinic)s AND state IN ('pending', 'claimed', 'handing_over')),
       (SELECT count(*) FROM outbox_letter
        WHERE clinic_id = %(clinic)s AND handed_at >= %(today)s AND uncertain_at >= %(today)s),
       (SELECT count(*) FROM outbox_letter WHERE clinic_id = %(clinic)s AND state = ANY(%(bad)s)),
       (SELECT count(*) FROM outbox_bounce WHERE clinic_id = %(clinic)s AND confirmed_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A letter, and what happens to it next, in a sentence; empty where nothing does."""

    letter: Letter
    next: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Of this clinic: what has left today, what waits, what is uncertain, and to whom nothing arrives."""

    sent_today: int
    waiting: int
    ambiguous: int
    to_see_to: int
    unreached: int


def counts_of(clinic: Clinic, now: datetime) -> Counts:
    """The figures above the list, in one query. A hand-over that broke off today counts, whatever came of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            COUNTS, {"clinic": clinic.pk, "today": begin_of(now, clinic.tz), "bad": list(UNDELIVERED)}
        )
        return Counts(*cursor.fetchone())


def bounces_of(member: Membership) -> list[Bounce]:
    """To whom letters come back, the longest first."""
    found = Bounce.objects.visible_to(member).open().select_related("recipient__user")
    return list(found.order_by("found_at"))


def lines(letters: list[Letter], clinic: Clinic, now: datetime) -> list[Line]:
    """Each letter with what happens next."""
    morning = _next_morning(clinic, now)
    return [Line(letter, _next(letter, clinic, morning, now)) for letter in letters]


def _next_morning(clinic: Clinic, now: datetime) -> datetime:
    hour = pacing_of(clinic).morning_hour
    day, _ = last_morning(now, hour, clinic.tz)
    return morning_of(day + timedelta(days=1), hour, clinic.tz).astimezone(clinic.tz)


def _next(letter: Letter, clinic: Clinic, morning: datetime, now: datetime) -> str:
    digest = f"The digest of {morning:%a} {morning.day} {morning:%b %H:%M} carries it."
    if letter.state == State.PENDING:
        return digest if letter.pace == Pace.DIGEST else _tried(letter, clinic, now)
    if letter.state == State.UNCERTAIN:
        is_carried = letter.recipient_id and (letter.pace != Pace.ALONE or letter.template == DIGEST)
        return f"{UNKNOWN} {digest}" if is_carried else UNKNOWN
    return OTHERS if letter.state in (State.DEAD, State.BOUNCED) else ""


def _tried(letter: Letter, clinic: Clinic, now: datetime) -> str:
    if letter.due_at <= now + timedelta(minutes=1):
        return "Leaves within a minute."
    word = "Tried again" if letter.attempt else "Leaves"
    return f"{word} at {letter.due_at.astimezone(clinic.tz):%H:%M}."
