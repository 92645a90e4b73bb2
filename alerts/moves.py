"""How an alert may move: a table of state and verb, and no other way. The database keeps the same table (0086)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from alerts.models import Alert, AlertEvent

State = Alert.State
Verb = AlertEvent.Verb

MOVES: Final[Mapping[tuple[State, Verb], State]] = {
    # Nobody has it.
    (State.OPEN, Verb.RAISED): State.OPEN,
    (State.OPEN, Verb.LOWERED): State.OPEN,
    (State.OPEN, Verb.CHANGED): State.OPEN,
    (State.OPEN, Verb.ESCALATED): State.OPEN,
    (State.OPEN, Verb.ACKNOWLEDGED): State.ACKNOWLEDGED,
    (State.OPEN, Verb.SNOOZED): State.SNOOZED,
    (State.OPEN, Verb.CLOSED): State.CLOSED,
    # Somebody works on it.
    (State.ACKNOWLEDGED, Verb.RAISED): State.OPEN,
    (State.ACKNOWLEDGED, Verb.LOWERED): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, Verb.CHANGED): State.OPEN,
    (State.ACKNOWLEDGED, Verb.EXPIRED): State.OPEN,
    (State.ACKNOWLEDGED, Verb.ORPHANED): State.OPEN,
    (State.ACKNOWLEDGED, Verb.ACKNOWLEDGED): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, Verb.PASSED): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, Verb.HANDED_OVER): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, Verb.SNOOZED): State.SNOOZED,
    (State.ACKNOWLEDGED, Verb.CLOSED): State.CLOSED,
    # Somebody lets it rest.
    (State.SNOOZED, Verb.RAISED): State.OPEN,
    (State.SNOOZED, Verb.LOWERED): State.SNOOZED,
    (State.SNOOZED, Verb.CHANGED): State.OPEN,
    (State.SNOOZED, Verb.EXPIRED): State.OPEN,
    (State.SNOOZED, Verb.ORPHANED): State.OPEN,
    (State.SNOOZED, Verb.ACKNOWLEDGED): State.ACKNOWLEDGED,
    (State.SNOOZED, Verb.HANDED_OVER): State.SNOOZED,
    (State.SNOOZED, Verb.SNOOZED): State.SNOOZED,
    (State.SNOOZED, Verb.CLOSED): State.CLOSED,
}
"""A closed alert moves no more: what comes up again is a new one."""

BEGINS_TO_WAIT: Final = frozenset({Verb.OPENED, Verb.RAISED, Verb.CHANGED, Verb.EXPIRED, Verb.ORPHANED})
"""What an alert waits for a person from: those who are told hear of it, and the hops count from here."""
MOVED: Final = ("state", "waits_since", "round", "hop")
"""The columns that a move writes."""


class MoveRefusedError(Exception):
    """The table knows no such move from where the alert stands."""


def move(alert: Alert, verb: Verb, at: datetime) -> None:
    """Bring `alert` (unsaved) to where `verb` leads from its state. Raises MoveRefusedError."""
    found = MOVES.get((State(alert.state), verb))
    if found is None:
        raise MoveRefusedError
    alert.state = found
    if verb in BEGINS_TO_WAIT:
        begin_to_wait(alert, at)
    elif found != State.OPEN:
        alert.waits_since = None


def begin_to_wait(alert: Alert, at: datetime) -> None:
    """Nobody has it from `at` on: a new round of hops."""
    alert.waits_since, alert.round, alert.hop = at, alert.round + 1, 0
