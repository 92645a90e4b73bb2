"""Letters of one person that leave at one time leave as one message, and stand or fall together."""

from collections.abc import Iterator
from typing import Any

import pytest

from itb.outbox import claims, delivery
from itb.outbox.message import identity_of
from itb.outbox.models import Letter
from itb.outbox.services import supersede
from tests.cast import Cast
from tests.outbox.letters import due_now, owe, states, text_of
from tests.outbox.sink import Sink, listening

State = Letter.State


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with listening() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


def test_critical_steps_that_come_at_once_share_a_letter_and_each_is_marked(cast: Cast, sink: Sink) -> None:
    first, *_ = [owe(cast.nurse, "critical", number) for number in range(1, 4)]
    assert delivery.drain() == 3
    ((_, message),) = sink.accepted
    assert text_of(message).startswith("3 items on your clinic's worklist are same-day work.")
    assert message["X-Entity-Ref-ID"] == identity_of(first.key)
    assert set(states().values()) == {State.SENT}
    assert len(set(Letter.objects.values_list("sent_at"))) == 1
    assert set(Letter.objects.values_list("envelope", flat=True)) == {first.pk}


def test_a_letter_that_came_after_the_claim_leaves_in_the_same_message(cast: Cast, sink: Sink) -> None:
    owe(cast.nurse, "critical", 1)
    (claim,) = claims.claim()
    owe(cast.nurse, "critical", 2)
    assert delivery._send_batch([claim], until=float("inf")) == 2
    assert len(sink.accepted) == 1


def test_more_than_a_batch_for_one_person_is_still_one_message(
    cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "BATCH", 2)
    for number in range(5):
        owe(cast.nurse, "critical", number)
    assert delivery.drain() == 5
    assert len(sink.accepted) == 1


def test_each_person_has_a_message_of_their_own_and_so_has_each_tier(cast: Cast, sink: Sink) -> None:
    for number in (1, 2):
        owe(cast.nurse, "critical", number)
        owe(cast.prescriber, "critical", number)
    owe(cast.nurse, "urgent", 3)
    assert delivery.drain() == 5
    assert sorted(to for to, _ in sink.accepted) == sorted(
        [cast.nurse.user.email, cast.nurse.user.email, cast.prescriber.user.email]
    )
    assert sink.accepted[0][1]["Subject"] == "Your worklist: same-day work"


def test_what_was_taken_back_before_the_hand_over_is_not_counted(cast: Cast, sink: Sink) -> None:
    owe(cast.nurse, "critical", 1)
    owe(cast.nurse, "critical", 2)
    (claim,) = claims.claim()
    supersede(topic="alert:1")
    assert delivery._send_batch([claim], until=float("inf")) == 1
    assert text_of(sink.accepted[0][1]).startswith("1 item ")
    assert states() == {"alert:1": State.SUPERSEDED, "alert:2": State.SENT}


@pytest.mark.parametrize(("answer", "state"), [("451 later", State.PENDING), ("554 no", State.DEAD)])
def test_what_is_refused_together_stands_together(cast: Cast, sink: Sink, answer: str, state: str) -> None:
    owe(cast.nurse, "critical", 1)
    owe(cast.nurse, "critical", 2)
    sink.at_data = answer
    assert delivery.drain() == 0
    assert states() == {"alert:1": state, "alert:2": state}
    assert not Letter.objects.exclude(handed_at=None).exists(), "it is certain that nothing has left"


def test_a_broken_hand_over_goes_again_once_with_the_same_letters_and_message_id(
    cast: Cast, sink: Sink
) -> None:
    first = owe(cast.nurse, "critical", 1)
    owe(cast.nurse, "critical", 2)
    sink.at_data = "hang up"
    delivery.drain()
    assert set(states().values()) == {State.HANDING_OVER}
    sink.at_data = None
    due_now()
    assert delivery.drain() == 2
    ((_, message),) = sink.accepted
    assert message["X-Entity-Ref-ID"] == identity_of(first.key)
    assert Letter.objects.exclude(uncertain_at=None).count() == 2
    due_now()
    assert delivery.drain() == 0


def test_what_goes_again_takes_nothing_new_along(cast: Cast, sink: Sink) -> None:
    first = owe(cast.nurse, "critical", 1)
    sink.at_data = "hang up"
    delivery.drain()
    sink.at_data = None
    due_now()
    later = owe(cast.nurse, "critical", 2)
    assert delivery.drain() == 2
    said = {message["X-Entity-Ref-ID"]: text_of(message)[:6] for _, message in sink.accepted}
    assert said == {identity_of(first.key): "1 item", identity_of(later.key): "1 item"}


def test_what_goes_again_keeps_its_message_id_when_its_first_letter_has_ended(cast: Cast, sink: Sink) -> None:
    first = owe(cast.nurse, "critical", 1)
    owe(cast.nurse, "critical", 2)
    sink.at_data = "hang up"
    delivery.drain()
    sink.at_data = None
    due_now()
    claims.judge()
    supersede(topic="alert:1")
    assert delivery.drain() == 1
    assert [message["X-Entity-Ref-ID"] for _, message in sink.accepted] == [identity_of(first.key)]


def test_a_repeat_that_a_batch_cuts_in_two_is_one_message(
    cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        owe(cast.nurse, "critical", number)
    sink.at_data = "hang up"
    delivery.drain()
    sink.at_data = None
    due_now()
    monkeypatch.setattr(claims, "BATCH", 3)
    assert delivery.drain() == 4
    assert len(sink.accepted) == 1
