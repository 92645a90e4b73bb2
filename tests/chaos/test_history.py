"""The checker can fail: what is taken out of a history is lost, what is put in is twice, and it says so."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.chaos.history import Letter, Verdict, identity_of, judge
from tests.chaos.oracle import Owed
from tests.chaos.sink import Arrival

NURSE, COLLEAGUE = 1, 2
EMAILS = {NURSE: "nurse@1.example", COLLEAGUE: "colleague@1.example"}
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
RISK = Owed(pump=7, kind="withdrawal_risk", own=NURSE, people=2, since=SINCE)
DUE = Owed(pump=8, kind="refill_due", own=NURSE, people=1, since=SINCE)


def letter(number: int, owed: Owed, to: int, *, event: int, **facts: object) -> Letter:
    usual = {
        "state": "sent",
        "is_critical": owed.people > 1,
        "envelope": number,
        "is_uncertain": False,
        "verb": "opened",
        "tier": 4,
    }
    return Letter(
        id=number,
        key=f"alert:{owed.pump}:event:{event}:{to}",
        recipient=to,
        email=EMAILS[to],
        pump=owed.pump,
        kind=owed.kind,
        **{**usual, **facts},  # type: ignore[arg-type]
    )


DIGEST = Letter(50, "digest:2026-01-01:1", "sent", False, 50, NURSE, EMAILS[NURSE], False)
LETTERS = [
    letter(1, RISK, NURSE, event=1),
    letter(2, RISK, COLLEAGUE, event=1),
    letter(3, DUE, NURSE, event=2, envelope=50),
    DIGEST,
]


def arrival(of: Letter) -> Arrival:
    return Arrival(0.0, f"<{identity_of(of.key)}@localhost>", of.email)


ARRIVALS = [arrival(LETTERS[0]), arrival(LETTERS[1]), arrival(DIGEST)]


def judged(letters: list[Letter] = LETTERS, arrivals: list[Arrival] = ARRIVALS) -> Verdict:
    return judge([RISK, DUE], letters, arrivals)


def changed(number: int, **facts: object) -> list[Letter]:
    return [replace(each, **facts) if each.id == number else each for each in LETTERS]  # type: ignore[arg-type]


def test_a_whole_history_lacks_nothing() -> None:
    assert judged() == Verdict(due=3, lost=0, twice=0, ambiguous=0, uncounted=0, unknown=0)


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_message_that_the_mail_server_never_saw_is_lost(gone: int) -> None:
    found = judged(arrivals=[each for number, each in enumerate(ARRIVALS) if number != gone])
    assert found.lost >= 2, "nobody was told, and the ledger says that it was sent"


@pytest.mark.parametrize("gone", [1, 2, 3])
def test_a_row_that_the_ledger_lacks_is_lost_although_its_message_came(gone: int) -> None:
    found = judged([each for each in LETTERS if each.id != gone])
    assert found.lost == 1
    assert found.unknown == (gone != 3), "a message that no row explains"


@pytest.mark.parametrize("state", ["pending", "claimed", "superseded", "dead"])
def test_a_letter_that_stays_behind_is_lost(state: str) -> None:
    assert judged(changed(2, state=state, envelope=None), ARRIVALS[::2]).lost == 1


def test_a_stranger_who_was_told_in_the_clinicians_stead_makes_up_for_nothing() -> None:
    assert judged(changed(3, recipient=COLLEAGUE, email=EMAILS[COLLEAGUE])).lost >= 1


def test_a_copy_that_nobody_counted_is_twice_and_uncounted() -> None:
    found = judged(arrivals=[*ARRIVALS, ARRIVALS[0]])
    assert (found.twice, found.uncounted) == (1, 1)


def test_a_critical_copy_that_was_counted_as_uncertain_is_twice_and_no_more() -> None:
    found = judged(changed(1, is_uncertain=True), [*ARRIVALS, ARRIVALS[0]])
    assert (found.twice, found.uncounted, found.ambiguous) == (1, 0, 1)


def test_a_copy_of_what_is_not_critical_is_never_right() -> None:
    found = judged(changed(50, is_uncertain=True), [*ARRIVALS, ARRIVALS[2]])
    assert (found.twice, found.uncounted) == (1, 1)


def test_what_comes_under_two_message_ids_is_twice_but_for_the_uncertain_in_a_digest() -> None:
    both = [*ARRIVALS, arrival(LETTERS[2])]
    assert (judged(arrivals=both).twice, judged(arrivals=both).uncounted) == (1, 1)
    assert judged(changed(3, is_uncertain=True), both).twice == 0


def test_a_step_that_two_alerts_told_of_is_twice() -> None:
    again = letter(4, RISK, NURSE, event=9)
    found = judged([*LETTERS, again], [*ARRIVALS, arrival(again)])
    assert (found.twice, found.uncounted) == (1, 1)


def test_a_message_that_no_letter_explains_is_said() -> None:
    assert judged(arrivals=[*ARRIVALS, Arrival(0.0, "<abc@localhost>", EMAILS[NURSE])]).unknown == 1
