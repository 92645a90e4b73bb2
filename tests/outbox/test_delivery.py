"""Letters over real SMTP: none lost, none twice, and what is uncertain is said."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from itb import clock
from itb.accounts.models import User
from itb.outbox import claims, delivery
from itb.outbox.message import identity_of
from itb.outbox.models import Heartbeat, Letter
from itb.outbox.services import Owed, enqueue, supersede
from tests.cast import Cast
from tests.outbox.sink import Sink, listening


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with listening() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


def owe(cast: Cast, *, critical: bool = False, key: str = "alert:1:4", topic: str = "alert:1") -> Letter:
    enqueue(
        Owed(
            key=key,
            recipients=[cast.nurse],
            topic=topic,
            template="alerts/urgent",
            is_critical=critical,
            at=clock.now(),
        )
    )
    return Letter.objects.get(key=f"{key}:{cast.nurse.pk}")


def due_now() -> None:
    """Time passes: back-off and lease run out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox_letter SET due_at = clock_timestamp(), lease_until = clock_timestamp()"
            " WHERE lease_until IS NOT NULL OR state = 'pending'"
        )


def state(letter: Letter) -> str:
    letter.refresh_from_db()
    return letter.state


def test_a_letter_arrives_once_and_is_marked_sent(cast: Cast, sink: Sink) -> None:
    letter = owe(cast)
    owe(cast)
    assert delivery.drain() == 1
    assert delivery.drain() == 0
    assert state(letter) == Letter.State.SENT
    ((to, message),) = sink.accepted
    assert to == cast.nurse.user.email
    assert message["Subject"] == "Your worklist: something needs you today"
    assert {part.get_content_type() for part in message.walk()} >= {"text/plain", "text/html"}
    assert Heartbeat.objects.filter(name="drain").exists()


def test_the_message_id_comes_from_the_obligation(cast: Cast, sink: Sink) -> None:
    first, second = owe(cast), owe(cast, key="alert:2:4", critical=True)
    delivery.drain()
    assert {each.split("@")[0] for each in sink.identities} == {
        f"<{identity_of(letter.key)}" for letter in (first, second)
    }
    assert first.key == f"alert:1:4:{cast.nurse.pk}"


def test_a_server_that_is_away_loses_nothing(cast: Cast, settings: Any) -> None:
    letter = owe(cast)
    with listening() as gone:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", gone.port
    assert delivery.drain() == 0
    assert state(letter) == Letter.State.PENDING
    assert letter.due_at > clock.now() - timedelta(seconds=5)
    with listening() as back:
        settings.EMAIL_PORT = back.port
        due_now()
        assert delivery.drain() == 1
        assert len(back.accepted) == 1


@pytest.mark.parametrize("where", ["at_rcpt", "at_data"])
def test_a_server_that_asks_for_later_is_tried_later_without_a_limit(
    cast: Cast, sink: Sink, where: str
) -> None:
    letter = owe(cast)
    setattr(sink, where, "451 later")
    for _ in range(9):
        due_now()
        assert delivery.drain() == 0
    assert state(letter) == Letter.State.PENDING
    assert letter.attempt == 9
    setattr(sink, where, None)
    due_now()
    assert delivery.drain() == 1


@pytest.mark.parametrize("where", ["at_rcpt", "at_data"])
def test_a_refused_letter_is_dead_and_quotes_no_address(cast: Cast, sink: Sink, where: str) -> None:
    letter = owe(cast)
    setattr(sink, where, f"550 no such person {cast.nurse.user.email}")
    assert delivery.drain() == 0
    assert state(letter) == Letter.State.DEAD
    assert "550" in letter.trouble
    assert cast.nurse.user.email not in letter.trouble


@pytest.mark.parametrize(("critical", "times"), [(True, 2), (False, 1)])
def test_a_hand_over_that_broke_off_is_repeated_once_and_only_if_critical(
    cast: Cast, sink: Sink, critical: bool, times: int
) -> None:
    letter = owe(cast, critical=critical)
    sink.at_data = "hang up"
    tries = 0
    for _ in range(4):
        delivery.drain()
        letter.refresh_from_db()
        tries = letter.attempt
        due_now()
    assert tries == times
    assert state(letter) == Letter.State.UNCERTAIN


def test_a_critical_repeat_carries_the_same_message_id(cast: Cast, sink: Sink) -> None:
    letter = owe(cast, critical=True)
    sink.at_data = "hang up"
    delivery.drain()
    assert state(letter) == Letter.State.HANDING_OVER
    sink.at_data = None
    due_now()
    assert delivery.drain() == 1
    assert [each.split("@")[0] for each in sink.identities] == [f"<{identity_of(letter.key)}"]


def test_a_sender_that_slept_past_its_lease_hands_nothing_over(cast: Cast, sink: Sink) -> None:
    letter = owe(cast)
    (slow,) = claims.claim()
    due_now()
    (quick,) = claims.claim()
    with delivery.server() as server:
        assert not delivery._send(slow, server)
        assert delivery._send(quick, server)
    assert len(sink.accepted) == 1
    assert state(letter) == Letter.State.SENT


def test_a_letter_that_is_no_longer_needed_is_not_sent(cast: Cast, sink: Sink) -> None:
    letter = owe(cast)
    (claim,) = claims.claim()
    supersede(topic="alert:1")
    with delivery.server() as server:
        assert not delivery._send(claim, server)
    assert not sink.accepted
    assert state(letter) == Letter.State.SUPERSEDED


def test_whoever_has_left_is_not_written_to(cast: Cast, sink: Sink) -> None:
    letter = owe(cast)
    cast.nurse.user.is_active = False
    cast.nurse.user.save()
    assert delivery.drain() == 0
    assert not sink.accepted
    assert state(letter) == Letter.State.SUPERSEDED


def test_critical_letters_leave_first(cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    owe(cast, key="a")
    critical = owe(cast, key="b", critical=True)
    monkeypatch.setattr(claims, "BATCH", 1)
    assert [claim.lead.id for claim in claims.claim()] == [critical.pk]


def test_a_letter_that_cannot_be_written_is_dead_and_stops_nobody(cast: Cast, sink: Sink) -> None:
    odd = owe(cast, key="a", critical=True)
    User.objects.filter(pk=cast.prescriber.user_id).update(email="nurse@kr\u00e4nkenhaus.example")
    Letter.objects.filter(pk=odd.pk).update(recipient=cast.prescriber)
    owe(cast, key="b")
    assert delivery.drain() == 2, "the other one, and to the nurse what it was about"
    assert state(odd) == Letter.State.DEAD
    assert Heartbeat.objects.filter(name="drain").exists()


def test_a_due_moment_that_a_jumping_clock_set_too_far_ahead_counts_as_come(cast: Cast, sink: Sink) -> None:
    letter = owe(cast)
    Letter.objects.update(due_at=clock.now() + timedelta(days=400))
    assert delivery.drain() == 1
    assert state(letter) == Letter.State.SENT


def test_the_hand_over_renews_the_lease_so_that_a_slow_server_is_not_asked_twice(
    cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(cast, critical=True)
    (claim,) = claims.claim()
    Letter.objects.update(lease_until=clock.now() + timedelta(seconds=2))
    with delivery.server() as server:
        accept = server.data

        def slow(content: Any) -> Any:
            answered = accept(content)
            assert Letter.objects.get().lease_until > clock.now() + timedelta(seconds=30)  # type: ignore[operator]
            return answered

        monkeypatch.setattr(server, "data", slow)
        assert delivery._send(claim, server)
    assert len(sink.accepted) == 1


def test_a_slow_server_gives_the_rest_of_a_batch_back(cast: Cast, sink: Sink) -> None:
    owe(cast, key="a")
    owe(cast, key="b", critical=True)
    assert delivery._send_batch(claims.claim(), until=time.monotonic() - 1) == 0
    assert set(Letter.objects.values_list("state", flat=True)) == {Letter.State.PENDING}
    assert delivery.drain() == 2


def test_a_need_that_ended_settles_even_a_refused_letter(cast: Cast, sink: Sink) -> None:
    letter = owe(cast)
    sink.at_rcpt = "550 no"
    delivery.drain()
    supersede(topic="alert:1")
    assert state(letter) == Letter.State.SUPERSEDED


def test_a_letter_under_a_lease_is_nobody_elses(cast: Cast) -> None:
    owe(cast)
    assert len(claims.claim()) == 1
    assert not claims.claim()
