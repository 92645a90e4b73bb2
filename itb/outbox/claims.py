"""What a sender does with letters: claims them under a lease, takes those that leave together, marks them."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from django.db import connection

from itb.outbox import statements as sql
from itb.outbox.models import Letter
from itb.outbox.statements import DIGEST

BATCH: Final = 50
BACK_OFF_SECONDS: Final = (1, 5, 30, 60, 300, 900)
Pace = Letter.Pace


@dataclass(frozen=True, slots=True)
class Row:
    """A letter under our lease."""

    id: int
    attempt: int
    first: int
    """The letter that lends its key: itself, or where it goes again the one under which it went."""
    key: str
    template: str
    is_critical: bool
    pace: str
    is_repeat: bool
    address: str
    clinic_id: int
    recipient_id: int | None
    person_id: int
    nonce: str
    """Of an invitation or a reminder: what the token in its link is made from."""
    words: str
    """As JSON."""
    hook_id: int = 0
    """Of a webhook, beside its address and sealed secret; 0 where it goes by mail."""
    url: str = ""
    sealed: str = ""

    @property
    def company(self) -> tuple[object, ...]:
        """Equal for letters that leave as one message."""
        if self.is_repeat:
            return "again", self.first
        return (
            ("alone", self.id)
            if self.pace == Pace.ALONE
            else (self.recipient_id, self.hook_id, self.template, self.pace)
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """One message to be: letters that are ours until their lease runs out."""

    rows: tuple[Row, ...]

    @property
    def lead(self) -> Row:
        """The one that lends its key, template and address."""
        return self.rows[0]

    @property
    def fence(self) -> dict[str, list[int]]:
        """Which letters, and at which attempt."""
        return {"ids": [row.id for row in self.rows], "attempts": [row.attempt for row in self.rows]}


@dataclass(frozen=True, slots=True)
class Handed:
    """What one message carries, once it may have left."""

    ids: list[int]
    attempts: list[int]
    count: int
    """Of things that it is about."""
    unsure: int
    """Of those, how many were in a letter that may not have arrived."""

    @property
    def fence(self) -> dict[str, list[int]]:
        """Which letters, and at which attempt."""
        return {"ids": self.ids, "attempts": self.attempts}


def claim() -> list[Claim]:
    """Take what is due, critical letters first, those of one message together."""
    with connection.cursor() as cursor:
        cursor.execute(sql.CLAIM, {"limit": BATCH})
        rows = [Row(*row) for row in cursor.fetchall()]
    rows.sort(key=lambda row: (not row.is_critical, str(row.company), row.id))
    return [Claim(tuple(together)) for _, together in groupby(rows, key=attrgetter("company"))]


def take(claim: Claim) -> Handed:
    """Mark that the message leaves now, with all that joins it; nobody else sees it before the caller commits."""
    lead = claim.lead
    values = {
        **claim.fence,
        "recipient": lead.recipient_id,
        "first": lead.first,
        "pace": lead.pace,
        "template": lead.template,
        "digest": DIGEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.hand_over(_joins(lead)), values)
        rows = sorted(cursor.fetchall())
    topics = {topic for *_, topic, _ in rows if topic != DIGEST}
    unsure = sum(is_unsure for *_, is_unsure in rows)
    return Handed([row[0] for row in rows], [row[1] for row in rows], len(topics), unsure)


def _joins(lead: Row) -> str:
    if lead.is_repeat:
        return sql.SAME_ENVELOPE
    if lead.template == DIGEST:
        return sql.FOR_DIGEST
    return sql.NOTHING_ELSE if lead.pace == Pace.ALONE else sql.SAME_WORDS


def used(recipient_id: int, since: datetime) -> tuple[int, bool]:
    """How many letters a person has had since then, and whether a digest waits.

    One sender at a time asks about a person, until it has committed: two cannot both take the last letter of the day.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('letters a day', %s))", [recipient_id])
        cursor.execute(sql.USED, {"recipient": recipient_id, "since": since, "digest": DIGEST})
        found: tuple[int, bool] = cursor.fetchone()
    return found


def mark(statement: str, fence: dict[str, list[int]], **values: Any) -> int:
    """Run a statement over the letters of a fence; how many it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {**fence, **values})
        return int(cursor.rowcount)


def judge() -> int:
    """Call uncertain whatever was left in the middle of a hand-over; how many letters."""
    with connection.cursor() as cursor:
        cursor.execute(sql.UNCERTAIN)
        return int(cursor.rowcount)


def put_later(fence: dict[str, list[int]], trouble: str, states: list[str]) -> None:
    """Try again after a while that grows with the attempts."""
    wait = BACK_OFF_SECONDS[min(max(fence["attempts"]), len(BACK_OFF_SECONDS)) - 1]
    mark(sql.LATER, fence, trouble=trouble, wait=wait, states=states)
