"""The letter of each morning: two people, also when nothing is due, by the whole way, and about nobody."""

from datetime import UTC, datetime, timedelta
from typing import Any

from alerts import canary
from alerts.canary import owe_canaries, two_of
from alerts.sweep import sweep
from itb.accounts.models import Membership
from itb.outbox import delivery
from itb.outbox.models import Letter
from patients.models import Pump
from tests.cast import Cast
from tests.outbox.test_delivery import sink

__all__ = ["sink"]
MORNINGS = Letter.objects.filter(template=canary.TEMPLATE)


def morning(cast: Cast, hour: int = 6) -> datetime:
    return cast.at.astimezone(cast.clinic.tz).replace(hour=hour, minute=0)


def test_two_people_hear_each_morning_how_many_are_watched_also_when_nothing_is_due(
    cast: Cast, pump: Pump, sink: Any
) -> None:
    sweep()
    owe_canaries(at=morning(cast) - timedelta(days=1))  # the test may run before six: today's is not due yet
    assert delivery.drain() >= 2
    mine = [mail for to, mail in sink.accepted if to in (cast.nurse.user.email, cast.prescriber.user.email)]
    assert [mail["Subject"] for mail in mine] == [
        "Your worklist this morning: 0 due, 1 monitored, 0 unmonitored"
    ] * 2


def test_what_is_due_and_what_nobody_watches_is_counted(cast: Cast) -> None:
    cast.running_pump(filled_days_ago=189)
    sweep()
    cast.bare_pump()
    owe_canaries(at=morning(cast))
    words = MORNINGS.filter(clinic=cast.clinic).earliest("pk").words
    assert words == {"due": 1, "monitored": 2, "unmonitored": 1}


def test_it_is_owed_once_a_morning_of_the_clinics_own_calendar_whatever_the_clocks_do(cast: Cast) -> None:
    spring = datetime(
        2026, 3, 28, 0, 0, tzinfo=UTC
    )  # in the night that follows the clocks go forward in London
    for quarter in range(4 * 24 * 3):
        owe_canaries(at=spring + timedelta(minutes=15 * quarter))
    mine = MORNINGS.filter(clinic=cast.clinic).order_by("pk")
    assert sorted(set(mine.values_list("topic", flat=True))) == [
        "canary:2026-03-28",
        "canary:2026-03-29",
        "canary:2026-03-30",
    ]
    for letter in mine:
        local = letter.created_at.astimezone(cast.clinic.tz)
        assert (local.hour, local.minute) == (5, 0)


def test_before_the_morning_nothing_is_owed(cast: Cast) -> None:
    owe_canaries(at=morning(cast, hour=4))
    assert not MORNINGS.filter(clinic=cast.clinic).exists()


def test_where_fewer_than_two_are_told_others_of_the_clinic_miss_it(cast: Cast) -> None:
    assert two_of(cast.clinic) == [cast.nurse, cast.prescriber]
    Membership.objects.filter(pk=cast.nurse.pk).update(ended_at=cast.at)
    assert [each.pk for each in two_of(cast.clinic)] == [cast.prescriber.pk, cast.coordinator.pk]
