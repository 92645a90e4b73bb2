"""One digest a person and clinic day, two letters a day at most for what is not critical, and nothing lost over it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse

from alerts import digests
from alerts.tasks import sweep as sweep_task
from itb import clock
from itb.accounts.models import Clinic, Membership
from itb.outbox import claims, delivery
from itb.outbox.digest import owe_digest, readers
from itb.outbox.models import Letter
from itb.outbox.mornings import last_morning
from itb.outbox.policy import Pacing
from itb.outbox.services import change_pacing, supersede
from itb.outbox.statements import DIGEST
from patients.models import Pump
from tests.cast import Cast
from tests.outbox.letters import ago, due_now, owe, states, text_of
from tests.outbox.sink import Sink, listening
from tests.pages import FormPage

State, Pace = Letter.State, Letter.Pace
COUNTS = {"monitored": 41, "unmonitored": 0}


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with listening() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


def morning(cast: Cast, days: int = 1) -> datetime:
    """A quarter of an hour after the clinic's morning so many days ahead."""
    _, last = last_morning(cast.at, 7, cast.clinic.tz)
    return last + timedelta(days=days, minutes=15)


def owe_all(cast: Cast, at: datetime) -> list[Membership]:
    """What a worker does at `at`: whom it owes a digest."""
    people = readers(clinic=cast.clinic, at=at)
    owe_digest(clinic=cast.clinic, to=people, words=COUNTS, at=at)
    Letter.objects.filter(topic=DIGEST, state=State.PENDING).update(
        due_at=clock.now(), created_at=clock.now()
    )
    return people


def test_what_is_routine_or_due_waits_for_the_digest_which_counts_it(cast: Cast, sink: Sink) -> None:
    owe(cast.nurse, "routine", 1)
    owe(cast.nurse, "due", 2)
    owe(cast.nurse, "due", 3)
    assert delivery.drain() == 0
    assert owe_all(cast, morning(cast)) == [cast.nurse]
    assert delivery.drain() == 4
    ((to, message),) = sink.accepted
    assert (to, message["Subject"]) == (cast.nurse.user.email, "Your worklist: what waits today")
    assert text_of(message).startswith("3 items on your clinic's worklist need you.\n\n41 monitored, 0 unm")
    assert set(states().values()) == {State.SENT}
    digest = Letter.objects.get(topic=DIGEST)
    assert set(Letter.objects.values_list("envelope", flat=True)) == {digest.pk}


def test_of_many_workers_and_looks_one_digest_a_day_comes(cast: Cast, sink: Sink) -> None:
    owe(cast.nurse, "due", 1)
    for _ in range(3):
        owe_all(cast, morning(cast))
    delivery.drain()
    owe(cast.nurse, "due", 2)
    assert owe_all(cast, morning(cast)) == []
    assert len(sink.accepted) == 1
    assert owe_all(cast, morning(cast, 2)) == [cast.nurse]
    delivery.drain()
    assert len(sink.accepted) == 2


def test_what_came_up_since_the_morning_waits_for_the_next_one(cast: Cast) -> None:
    owe(cast.nurse, "due", 1)
    assert readers(clinic=cast.clinic, at=clock.now()) == []
    assert readers(clinic=cast.clinic, at=morning(cast)) == [cast.nurse]


def test_a_morning_that_every_worker_slept_over_is_made_up_for(cast: Cast, sink: Sink) -> None:
    owe(cast.nurse, "due", 1)
    ago(days=1)
    assert digests.owe() == 1
    assert delivery.drain() == 2


def test_a_digest_whose_matters_have_all_ended_is_not_sent(cast: Cast, sink: Sink) -> None:
    owe(cast.nurse, "due", 1)
    owe_all(cast, morning(cast))
    supersede(topic="alert:1")
    assert delivery.drain() == 0
    assert set(states().values()) == {State.SUPERSEDED}
    assert not sink.accepted


def test_nothing_to_say_is_no_letter(cast: Cast, pump: Pump) -> None:
    assert readers(clinic=cast.clinic, at=morning(cast)) == []


@pytest.fixture
def afternoon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clinic's morning is over."""
    monkeypatch.setattr(delivery, "morning_of", lambda *_: datetime(2000, 1, 1, tzinfo=UTC))


def test_urgent_letters_leave_at_once_until_the_days_are_used_up(
    cast: Cast, sink: Sink, afternoon: None
) -> None:
    for number in range(4):
        owe(cast.nurse, "urgent", number)
        delivery.drain()
    assert len(sink.accepted) == 2
    over = Letter.objects.filter(state=State.PENDING)
    assert set(over.values_list("pace", flat=True)) == {Pace.DIGEST}
    assert delivery.drain() == 0
    owe_all(cast, morning(cast))
    ago(hours=24)
    assert delivery.drain() == 3
    assert text_of(sink.accepted[-1][1]).startswith("2 items")
    assert not Letter.objects.exclude(state=State.SENT).exists()


def test_a_critical_letter_leaves_however_many_have_left_and_uses_nothing_up(
    cast: Cast, sink: Sink, afternoon: None
) -> None:
    for number in range(5):
        owe(cast.nurse, "critical", number)
        assert delivery.drain() == 1
    for number in range(5, 7):
        owe(cast.nurse, "urgent", number)
        assert delivery.drain() == 1
    owe(cast.nurse, "critical", 9)
    assert delivery.drain() == 1


def test_before_the_morning_a_place_is_kept_for_the_digest(
    cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "morning_of", lambda *_: datetime(2100, 1, 1, tzinfo=UTC))
    for number in range(2):
        owe(cast.nurse, "urgent", number)
        delivery.drain()
    assert len(sink.accepted) == 1


def test_the_digest_is_one_of_the_days_letters(cast: Cast, sink: Sink, afternoon: None) -> None:
    owe(cast.nurse, "due", 1)
    owe_all(cast, morning(cast))
    delivery.drain()
    for number in (2, 3):
        owe(cast.nurse, "urgent", number)
        delivery.drain()
    assert len(sink.accepted) == 2


def test_the_budget_is_each_persons_own_and_each_clinic_sets_it(
    cast: Cast, sink: Sink, afternoon: None
) -> None:
    change_pacing(pacing=Pacing(letters_a_day=3), by=cast.administrator, at=cast.at)
    for number in range(5):
        owe(cast.nurse, "urgent", number)
        owe(cast.prescriber, "urgent", number)
        delivery.drain()
    assert len(sink.accepted) == 6


@pytest.mark.django_db(transaction=True)
def test_of_two_senders_one_at_a_time_counts_a_persons_day(cast: Cast) -> None:
    """Else both would find the last letter of the day free, and take it."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            key = "hashtextextended('letters a day', %s)"
            cursor.execute(f"SELECT pg_advisory_xact_lock({key})", [cast.nurse.pk])
        assert claims.used(cast.prescriber.pk, cast.at) == (0, False)
        with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
            claims.used(cast.nurse.pk, cast.at)
    finally:
        other.rollback()
        other.close()


def test_a_new_clinic_day_has_letters_of_its_own(cast: Cast, sink: Sink, afternoon: None) -> None:
    for number in range(2):
        owe(cast.nurse, "urgent", number)
        delivery.drain()
    ago(hours=24)
    owe(cast.nurse, "urgent", 7)
    assert delivery.drain() == 1


@pytest.mark.parametrize("tier", ["urgent", "due"])
def test_what_is_not_critical_and_uncertain_is_not_sent_again_and_the_next_digest_carries_it(
    cast: Cast, sink: Sink, afternoon: None, tier: str
) -> None:
    owe(cast.nurse, tier, 1)
    if tier == "due":
        owe_all(cast, morning(cast))
    sink.at_data = "hang up"
    delivery.drain()
    sink.at_data = None
    due_now()
    assert delivery.drain() == 0
    assert states()["alert:1"] == State.UNCERTAIN
    assert Letter.objects.get(topic="alert:1").uncertain_at is not None
    ago(hours=24)
    assert owe_all(cast, morning(cast, 2 if tier == "due" else 1)) == [cast.nurse]
    delivery.drain()
    ((_, message),) = sink.accepted
    assert "1 item on your clinic's worklist needs you. 1 of them was in a letter that may not" in text_of(
        message
    )
    assert set(states().values()) == {State.SENT}


def test_a_critical_letter_that_is_uncertain_twice_is_in_the_next_digest_too(cast: Cast, sink: Sink) -> None:
    owe(cast.nurse, "critical", 1)
    sink.at_data = "hang up"
    for _ in range(3):
        delivery.drain()
        due_now()
    assert states() == {"alert:1": State.UNCERTAIN}
    sink.at_data = None
    ago(hours=24)
    owe_all(cast, morning(cast))
    assert delivery.drain() == 2


def test_a_letter_about_ones_own_account_waits_for_no_digest_and_uses_nothing_up(
    cast: Cast, sink: Sink, afternoon: None
) -> None:
    for number in range(3):
        letter = owe(cast.nurse, "urgent", number)
        Letter.objects.filter(pk=letter.pk).update(
            template="accounts/password", pace=Pace.ALONE, topic=f"notice:{number}"
        )
        assert delivery.drain() == 1


@pytest.mark.parametrize("way", [sweep_task, lambda: call_command("tick")], ids=["worker", "tick"])
def test_the_worker_and_the_tick_owe_the_digest(
    cast: Cast, pump: Pump, sink: Sink, way: Callable[[], None]
) -> None:
    owe(cast.nurse, "due", 1)
    ago(days=2)
    way()
    digest = Letter.objects.get(topic=DIGEST)
    assert digest.words == {"monitored": 1, "unmonitored": 0}


def test_a_clinic_in_which_no_digest_can_be_owed_keeps_it_from_no_other(cast: Cast) -> None:
    owe(cast.nurse, "due", 1)
    ago(days=2)
    Clinic.objects.filter(pk=cast.clinic.pk).update(zone="Atlantis/Nowhere")
    assert digests.owe() == 0


def test_a_digest_that_nobody_owes_is_late_when_the_clinics_day_has_gone_by(cast: Cast) -> None:
    owe(cast.nurse, "due", 1)

    def is_late() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT outbox_letter_is_late('5 minutes')")
            (late,) = cursor.fetchone()
        return bool(late)

    ago(hours=25)
    assert not is_late()
    ago(minutes=6)
    assert is_late()


def test_patience_of_an_hour_is_no_clock_that_jumped(cast: Cast, sink: Sink) -> None:
    owe(cast.nurse, "critical", 1, at=clock.now() + timedelta(hours=1))
    assert delivery.drain() == 0


@pytest.fixture
def page(client: Client, cast: Cast) -> FormPage:
    return FormPage(client, cast.administrator, reverse("alerts:letters_policy"))


def test_the_clinic_sets_its_morning_and_sees_when_the_next_digest_leaves(page: FormPage, cast: Cast) -> None:
    typed = {"morning_hour": "6", "letters_a_day": "4", "changed_because": "Rounds begin at seven"}
    page.press(typed)
    assert any("at 06:00." in effect for effect in page.answer.context["effects"])
    assert page.keep(typed).status_code == 302
    assert last_morning(clock.now(), 6, cast.clinic.tz)[0] in (
        date.today() + timedelta(days=days)  # noqa: DTZ011
        for days in (-1, 0, 1)
    )
    assert (page.client.get(reverse("dashboard:policy"))).status_code == 200


@pytest.mark.parametrize(
    ("name", "slip", "words"),
    [
        ("morning_hour", "3", "at least 4"),
        ("morning_hour", "13", "at most 12"),
        ("letters_a_day", "1", "at least 2"),
    ],
)
def test_a_slip_is_said_at_its_field(page: FormPage, name: str, slip: str, words: str) -> None:
    typed = {"morning_hour": "7", "letters_a_day": "2", "changed_because": "x"}
    assert words in page.errors({**typed, name: slip})[name]
