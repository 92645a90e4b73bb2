"""R11: a sender may die before or after any statement. Nothing is lost, and what leaves twice is counted before."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from django.db import connection

from itb import clock
from itb.outbox import delivery
from itb.outbox.digest import owe_digest
from itb.outbox.models import Letter
from itb.outbox.statements import DIGEST
from tests.cast import Cast
from tests.outbox.letters import ago, due_now, owe
from tests.outbox.sink import Sink, listening

State = Letter.State
NUMBERS = count(1)


class KilledError(BaseException):
    """The process is gone: nothing in it can catch this."""


class Killer:
    """Ends the process at the statement of this number, before it is asked or after it was answered."""

    def __init__(self, at: int, *, is_answered: bool) -> None:
        self.left, self.is_answered = at, is_answered

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        self.left -= 1
        if self.left == 0 and not self.is_answered:
            raise KilledError
        answer = execute(*statement)
        if self.left == 0:
            raise KilledError
        return answer


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with listening() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


@pytest.fixture(autouse=True)
def afternoon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clinic's morning is over."""
    monkeypatch.setattr(delivery, "morning_of", lambda *_: datetime(2000, 1, 1, tzinfo=UTC))


def owe_two(cast: Cast, tier: str) -> list[int]:
    """Two letters to one person, as they stand when a sender comes by."""
    letters = [owe(cast.nurse, tier, next(NUMBERS)) for _ in range(2)]
    if tier == "due":
        words = {"monitored": 1, "unmonitored": 0}
        ahead = clock.now()
        owe_digest(clinic=cast.clinic, to=[cast.nurse], words=words, at=ahead)
        letters.append(Letter.objects.get(topic=DIGEST))
    return [letter.pk for letter in letters]


def drained_until_killed(at: int, *, is_answered: bool) -> bool:
    """Whether the sender came to its end before the statement of that number."""
    with connection.execute_wrapper(Killer(at, is_answered=is_answered)):
        try:
            delivery.drain()
        except KilledError:
            return False
    return True


@pytest.mark.parametrize("is_answered", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("tier", ["critical", "urgent", "due"])
def test_a_crash_at_any_statement_loses_nothing_and_doubles_nothing_uncounted(
    cast: Cast, sink: Sink, tier: str, is_answered: bool
) -> None:
    uncertain = 0
    for number in count(1):
        before = len(sink.accepted)
        mine = Letter.objects.filter(pk__in=owe_two(cast, tier))
        is_over = drained_until_killed(number, is_answered=is_answered)
        for _ in range(3):
            due_now()
            delivery.drain()
        counted = mine.exclude(uncertain_at=None).exists()
        uncertain += counted
        states = set(mine.values_list("state", flat=True))
        identities = sink.identities[before:]
        assert len(set(identities)) <= 1, (number, "a repeat carries the same Message-ID")
        assert len(identities) <= 1 + (counted and tier == "critical"), number
        if counted and tier != "critical":
            assert states == {State.UNCERTAIN}, number
        else:
            assert states == {State.SENT}, number
            assert identities, number
        ago(hours=24)  # a day with letters of its own
        Letter.objects.filter(topic=DIGEST).update(topic="an older digest", key=f"older:{number}")
        Letter.objects.filter(state=State.UNCERTAIN).update(state=State.SUPERSEDED)
        if is_over:
            break
    assert number > 10
    assert uncertain >= 1, "some of them died in the middle of the hand-over"
