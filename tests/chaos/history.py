"""The checker: the ledger, what the mail server accepted, and what the oracle says is owed, laid beside each other."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from tests.chaos.oracle import Owed
from tests.chaos.sink import Arrival

LEDGER = """
SELECT letter.id, letter.key, letter.state, letter.is_critical, letter.envelope, letter.recipient_id AS recipient,
    coalesce(person.email, letter.to_address) AS email, letter.uncertain_at IS NOT NULL AS is_uncertain,
    coalesce(alert.pump_id, 0) AS pump, coalesce(alert.kind, '') AS kind, coalesce(event.verb, '') AS verb,
    coalesce(event.tier, 0) AS tier
FROM outbox_letter AS letter
LEFT JOIN accounts_membership AS member ON member.id = letter.recipient_id
LEFT JOIN accounts_user AS person ON person.id = member.user_id
LEFT JOIN alerts_alertevent AS event
    ON letter.key = 'alert:' || event.alert_id || ':event:' || event.id || ':' || letter.recipient_id
LEFT JOIN alerts_alert AS alert ON alert.id = event.alert_id
WHERE letter.hook_id IS NULL ORDER BY letter.id
"""
BEGINNINGS = frozenset({"opened", "raised"})
"""What tells of a step itself; a hop or a hand-over tells of it again, on purpose."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A row of the ledger, with what it is about."""

    id: int
    key: str
    state: str
    is_critical: bool
    envelope: int | None
    recipient: int | None
    email: str
    is_uncertain: bool
    pump: int = 0
    kind: str = ""
    verb: str = ""
    tier: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a history amounts to."""

    due: int
    """Tellings that the oracle says are owed."""
    lost: int
    """Of those, how many reached nobody; and letters that are said to be sent and never came."""
    twice: int
    """Messages that came more often than once, and things that were told in two of them."""
    ambiguous: int
    """Hand-overs that the product itself counts as uncertain."""
    uncounted: int
    """Of what came twice, how much the product had not counted as uncertain before."""
    unknown: int
    """Messages of which the ledger knows nothing."""
    said: tuple[str, ...] = ()
    """The first of what is wrong, in words."""


def ledger(owner: Connection[Any]) -> list[Letter]:
    """Every letter to a person."""
    with owner.cursor(row_factory=class_row(Letter)) as cursor:
        return cursor.execute(LEDGER).fetchall()


def identity_of(key: str) -> str:
    """The part of a Message-ID before the @: SAFETY 1.2, a hash of the obligation's key."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def judge(owed: Sequence[Owed], letters: Sequence[Letter], arrivals: Iterable[Arrival]) -> Verdict:
    """Lay them beside each other."""
    came = Counter((each.identity.strip("<>").partition("@")[0], each.to.lower()) for each in arrivals)
    by_id = {letter.id: letter for letter in letters}
    reached = [letter for letter in letters if _has_come(letter, by_id, came)]
    lost = [*_untold(owed, reached), *_never_came(letters, by_id, came)]
    doubled = [*_copies(letters, came), *_elsewhere(letters, by_id, came), *_told_again(reached)]
    known = {(identity_of(letter.key), letter.email.lower()) for letter in letters}
    unknown = [message for message in came if message not in known]
    broken_off = {letter.envelope for letter in letters if letter.is_uncertain}
    return Verdict(
        due=sum(each.people for each in owed),
        lost=sum(count for count, _ in lost),
        twice=sum(count for count, *_ in doubled),
        ambiguous=len(broken_off),
        uncounted=sum(count for count, is_counted, _ in doubled if not is_counted),
        unknown=len(unknown),
        said=tuple(
            [*(said for _, said in lost), *(said for _, is_counted, said in doubled if not is_counted)][:20]
        ),
    )


def _has_come(letter: Letter, by_id: dict[int, Letter], came: Counter[tuple[str, str]]) -> bool:
    """Whether the message that carries it was accepted."""
    lead = by_id.get(letter.envelope or letter.id)
    return lead is not None and (identity_of(lead.key), letter.email.lower()) in came


def _untold(owed: Iterable[Owed], reached: Iterable[Letter]) -> list[tuple[int, str]]:
    """Whom nobody has told: the pump's own clinician, and as many others as it takes."""
    told: dict[tuple[int, str], set[int | None]] = defaultdict(set)
    for letter in reached:
        told[letter.pump, letter.kind].add(letter.recipient)
    found = []
    for each in owed:
        people = told[each.pump, each.kind]
        missing = max(each.people - len(people), 0 if each.own in people else 1)
        if missing:
            found.append((missing, f"{missing} of {each.people} untold: pump {each.pump}, {each.kind}"))
    return found


def _never_came(
    letters: Iterable[Letter], by_id: dict[int, Letter], came: Counter[tuple[str, str]]
) -> list[tuple[int, str]]:
    """What the ledger calls sent, and the mail server has never seen."""
    sent = (letter for letter in letters if letter.state == "sent")
    return [
        (1, f"sent, and never came: {letter.key}") for letter in sent if not _has_come(letter, by_id, came)
    ]


def _copies(letters: Iterable[Letter], came: Counter[tuple[str, str]]) -> list[tuple[int, bool, str]]:
    """The same message more often than once. Counted: it is critical, and a letter of it is uncertain."""
    uncertain = {letter.envelope for letter in letters if letter.is_uncertain}
    found = []
    for lead in letters:
        copies = came[identity_of(lead.key), lead.email.lower()]
        if copies > 1:
            is_counted = lead.is_critical and lead.id in uncertain
            found.append((copies - 1, is_counted, f"{copies} copies of {lead.key}"))
    return found


def _elsewhere(
    letters: Iterable[Letter], by_id: dict[int, Letter], came: Counter[tuple[str, str]]
) -> list[tuple[int, bool, str]]:
    """What came under its own Message-ID, and in another message later: uncertain, it belongs into a digest alone.

    One that was taken back lends its Message-ID to others that leave with it, and is in neither.
    """
    found = []
    for letter in letters:
        if letter.state == "superseded" or letter.envelope in (None, letter.id):
            continue
        if not came[identity_of(letter.key), letter.email.lower()]:
            continue
        if not (letter.is_uncertain and by_id[letter.envelope].key.startswith("digest:")):
            found.append((1, False, f"under two Message-IDs: {letter.key}"))
    return found


def _told_again(reached: Iterable[Letter]) -> list[tuple[int, bool, str]]:
    """One step of one pump told to one person by two letters."""
    times = Counter(
        (letter.pump, letter.kind, letter.tier, letter.recipient)
        for letter in reached
        if letter.verb in BEGINNINGS
    )
    return [(count - 1, False, f"told {count} times: {step}") for step, count in times.items() if count > 1]
