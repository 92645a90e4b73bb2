"""What a sender does with rows: claims letters under a lease, hands over those that leave together, marks them.

Each statement is committed by itself, so that a sender may die between any two of them. The attempt number is the
fence: whoever slept past the lease finds another number. Rows that another connection holds are passed over, never
waited for, so that a letter and the act that ends its need cannot stop each other.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from django.db import connection

from itb.outbox.models import Letter

LEASE_SECONDS: Final = 60
BATCH: Final = 50
BACK_OFF_SECONDS: Final = (1, 5, 30, 60, 300, 900)
DIGEST: Final = "letters/digest"
"""The template of the letter that carries others."""
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
    """Of an invitation: what the token in its link is made from."""
    words: str
    """As JSON."""

    @property
    def company(self) -> tuple[object, ...]:
        """Equal for letters that leave as one message."""
        if self.is_repeat:
            return "again", self.first
        return (
            ("alone", self.id) if self.pace == Pace.ALONE else (self.recipient_id, self.template, self.pace)
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


# One instant for all rows of a statement: letters that share a message share a lease, and nobody judges half of them.
NOW: Final = "(SELECT clock_timestamp())"
# A moment further ahead than any rule sets one is the work of a clock that jumped, and counts as come.
LEASE: Final = f"make_interval(secs => {LEASE_SECONDS})"
FURTHEST: Final = "interval '2 hours'"
DUE: Final = f"(letter.due_at <= {NOW} OR letter.due_at > {NOW} + {FURTHEST})"
LEASE_IS_OVER: Final = f"(letter.lease_until <= {NOW} OR letter.lease_until > {NOW} + {LEASE})"
# No letter leaves a database that may be an older one (itb.outbox.anchor), whatever its sender had found before.
UNBROKEN: Final = "NOT EXISTS (SELECT FROM outbox_epoch WHERE begun_at IS NULL)"
OURS: Final = (
    "(letter.id, letter.attempt) IN (SELECT * FROM unnest(%(ids)s::bigint[], %(attempts)s::integer[]))"
)

CLAIM: Final = f"""
WITH due AS (
    SELECT id, recipient_id, invitation_id FROM outbox_letter AS letter
    WHERE state IN ('pending', 'claimed', 'handing_over') AND pace <> 'digest' AND (
       (state = 'pending' AND {DUE}) OR (state = 'claimed' AND {LEASE_IS_OVER}))
      AND {UNBROKEN}
    ORDER BY is_critical DESC, due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE outbox_letter AS letter
SET state = 'claimed', attempt = attempt + 1, lease_until = {NOW} + {LEASE}
FROM due LEFT JOIN accounts_membership AS member ON member.id = due.recipient_id
    LEFT JOIN accounts_user AS person ON person.id = member.user_id
    LEFT JOIN accounts_invitation AS invitation ON invitation.id = due.invitation_id
WHERE letter.id = due.id
RETURNING letter.id, letter.attempt,
    CASE WHEN letter.repeated THEN coalesce(letter.envelope, letter.id) ELSE letter.id END,
    CASE WHEN letter.repeated
         THEN coalesce((SELECT first.key FROM outbox_letter AS first WHERE first.id = letter.envelope), letter.key)
         ELSE letter.key END,
    letter.template, letter.is_critical, letter.pace, letter.repeated, coalesce(person.email, invitation.email),
    letter.clinic_id, letter.recipient_id, coalesce(person.id, 0), coalesce(invitation.nonce, ''), letter.words
"""

# Re-reads the recipient: whoever has left since is not written to, and a superseded letter stays unsent.
WANTED: Final = f"""(
    EXISTS (SELECT FROM accounts_membership AS member JOIN accounts_user AS person ON person.id = member.user_id
            WHERE member.id = letter.recipient_id AND member.ended_at IS NULL AND person.is_active)
    OR EXISTS (SELECT FROM accounts_invitation AS invitation
               WHERE invitation.id = letter.invitation_id AND invitation.accepted_at IS NULL
                 AND invitation.revoked_at IS NULL AND invitation.expires_at > {NOW}))"""

# What else leaves in the same message, though nobody has claimed it. What goes again takes nothing new along: what it
# carries has gone under its Message-ID before, and a reader who throws the second one away must miss nothing.
SAME_WORDS: Final = (
    f"""state = 'pending' AND pace = %(pace)s AND template = %(template)s AND NOT repeated AND {DUE}"""
)
SAME_ENVELOPE: Final = "state = 'pending' AND repeated AND envelope = %(first)s"
FOR_DIGEST: Final = (
    f"(state = 'pending' AND pace = 'digest' AND created_at <= {NOW} OR"
    f" state = 'pending' AND pace = 'digest' AND created_at > {NOW} + {FURTHEST} OR"
    " state = 'uncertain' AND (pace <> 'alone' OR template = %(digest)s))"
)
NOTHING_ELSE: Final = "false"

# The lease begins anew: from here on nobody but this sender may judge how it ended, for as long as DATA may take.
HAND_OVER: Final = """
WITH mine AS (
    SELECT id FROM outbox_letter AS letter
    WHERE {ours} AND state = 'claimed' AND lease_until > {now} AND {wanted} AND {unbroken}
    ORDER BY id FOR UPDATE OF letter SKIP LOCKED
), more AS (
    SELECT id FROM outbox_letter AS letter
    WHERE recipient_id = %(recipient)s AND {joins} AND EXISTS (SELECT FROM mine)
    FOR UPDATE OF letter SKIP LOCKED
)
UPDATE outbox_letter AS letter
SET state = 'handing_over', attempt = attempt + CASE state WHEN 'claimed' THEN 0 ELSE 1 END,
    lease_until = {now} + {lease}, envelope = %(first)s, handed_at = {now}
WHERE id IN (SELECT id FROM mine UNION ALL SELECT id FROM more)
RETURNING id, attempt, topic, uncertain_at IS NOT NULL AND template <> %(digest)s
"""

SENT: Final = f"""
UPDATE outbox_letter AS letter SET state = 'sent', sent_at = {NOW}, lease_until = NULL, trouble = ''
WHERE {OURS} AND state IN ('handing_over', 'uncertain', 'pending')
"""

# `states` is what must be true for a letter to be certainly unsent: claimed, or handing over and answered by a 4xx.
# One that went before may have arrived then: it keeps the moment.
LATER: Final = f"""
UPDATE outbox_letter AS letter SET state = 'pending', lease_until = NULL, trouble = %(trouble)s,
    handed_at = CASE WHEN repeated OR uncertain_at IS NOT NULL THEN handed_at END,
    due_at = {NOW} + make_interval(secs => %(wait)s * (0.5 + random()))
WHERE {OURS} AND state = ANY(%(states)s)
"""

GIVE_BACK: Final = f"""
UPDATE outbox_letter AS letter SET state = 'pending', lease_until = NULL WHERE {OURS} AND state = 'claimed'
"""

PUT_OFF: Final = f"""
UPDATE outbox_letter AS letter SET state = 'pending', pace = 'digest', lease_until = NULL,
    trouble = 'The day’s letters were used up: it comes with the next digest'
WHERE {OURS} AND state = 'claimed'
"""

LEFT: Final = f"""
UPDATE outbox_letter AS letter SET state = 'superseded', lease_until = NULL, trouble = %(trouble)s
WHERE {OURS} AND state = 'claimed' AND NOT {WANTED}
"""

EMPTY: Final = f"""
UPDATE outbox_letter AS letter SET state = 'superseded', lease_until = NULL, trouble = 'Nothing was left to say'
WHERE {OURS} AND state = 'claimed'
"""

DEAD: Final = f"""
UPDATE outbox_letter AS letter SET state = 'dead', lease_until = NULL, trouble = %(trouble)s,
    handed_at = CASE WHEN repeated OR uncertain_at IS NOT NULL THEN handed_at END
WHERE {OURS} AND state IN ('claimed', 'handing_over')
"""

# In one order, so that two workers who look at once stand in line.
UNCERTAIN: Final = f"""
WITH broken AS (
    SELECT id FROM outbox_letter AS letter WHERE state = 'handing_over' AND {LEASE_IS_OVER} ORDER BY id FOR UPDATE
)
UPDATE outbox_letter AS letter
SET state = CASE WHEN is_critical AND NOT repeated THEN 'pending' ELSE 'uncertain' END,
    repeated = is_critical, lease_until = NULL, uncertain_at = coalesce(uncertain_at, {NOW}),
    trouble = 'The sender stopped in the middle of the hand-over'
FROM broken WHERE letter.id = broken.id
"""

USED: Final = """
SELECT count(DISTINCT envelope), EXISTS (
    SELECT FROM outbox_letter WHERE recipient_id = %(recipient)s AND template = %(digest)s
        AND state IN ('pending', 'claimed'))
FROM outbox_letter
WHERE recipient_id = %(recipient)s AND handed_at >= %(since)s AND NOT is_critical AND pace <> 'alone'
"""


def claim() -> list[Claim]:
    """Take what is due, critical letters first, those of one message together."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"limit": BATCH})
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
    statement = HAND_OVER.format(
        ours=OURS, wanted=WANTED, unbroken=UNBROKEN, now=NOW, lease=LEASE, joins=_joins(lead)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = sorted(cursor.fetchall())
    topics = {topic for *_, topic, _ in rows if topic != DIGEST}
    unsure = sum(is_unsure for *_, is_unsure in rows)
    return Handed([row[0] for row in rows], [row[1] for row in rows], len(topics), unsure)


def _joins(lead: Row) -> str:
    if lead.is_repeat:
        return SAME_ENVELOPE
    if lead.template == DIGEST:
        return FOR_DIGEST
    return NOTHING_ELSE if lead.pace == Pace.ALONE else SAME_WORDS


def used(recipient_id: int, since: datetime) -> tuple[int, bool]:
    """How many letters a person has had since then, and whether a digest waits.

    One sender at a time asks about a person, until it has committed: two cannot both take the last letter of the day.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('letters a day', %s))", [recipient_id])
        cursor.execute(USED, {"recipient": recipient_id, "since": since, "digest": DIGEST})
        found: tuple[int, bool] = cursor.fetchone()
    return found


def mark(statement: str, fence: dict[str, list[int]], **values: Any) -> int:
    """Run a statement of this page over the letters of a fence; how many it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {**fence, **values})
        return int(cursor.rowcount)


def judge() -> int:
    """Call uncertain whatever was left in the middle of a hand-over; how many letters."""
    with connection.cursor() as cursor:
        cursor.execute(UNCERTAIN)
        return int(cursor.rowcount)


def put_later(fence: dict[str, list[int]], trouble: str, states: list[str]) -> None:
    """Try again after a while that grows with the attempts."""
    wait = BACK_OFF_SECONDS[min(max(fence["attempts"]), len(BACK_OFF_SECONDS)) - 1]
    mark(LATER, fence, trouble=trouble, wait=wait, states=states)
