"""R7: in every zone, over every change of clocks until 2035, a clinic day has one morning, and so one digest."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from itb.outbox.mornings import begin_of, last_morning, morning_of

ZONES = sorted(available_timezones())
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


def transitions(zone: ZoneInfo) -> list[datetime]:
    """The days, in UTC, in which the zone's clocks are changed."""
    found, day = [], FIRST
    offset = day.astimezone(zone).utcoffset()
    while day < LAST:
        day += timedelta(days=1)
        after = day.astimezone(zone).utcoffset()
        if after != offset:
            found.append(day - timedelta(days=1))
        offset = after
    return found


def test_there_are_as_many_zones_as_anywhere() -> None:
    assert len(ZONES) > 550


@pytest.mark.parametrize("hour", [0, 2, 7, 23])
def test_around_every_change_of_clocks_each_clinic_day_has_one_digest(hour: int) -> None:
    looked_at = 0
    for name in ZONES:
        zone = ZoneInfo(name)
        for change in transitions(zone):
            looked_at += 1
            begin, end = change - timedelta(days=1), change + timedelta(days=2)
            step, at, days = timedelta(minutes=30), begin, []
            while at < end:
                day, morning = last_morning(at, hour, zone)
                assert morning <= at
                assert not days or day >= days[-1], (name, at)
                if not days or day != days[-1]:
                    days.append(day)
                at += step
            assert days == [days[0] + timedelta(days=n) for n in range(len(days))], (name, change)
    assert looked_at > 3000


def test_a_day_begins_before_its_morning_and_the_next_day_after_it() -> None:
    for name in ZONES:
        zone = ZoneInfo(name)
        for change in transitions(zone):
            day = change.astimezone(zone).date()
            morning = morning_of(day, 7, zone)
            assert begin_of(morning, zone) <= morning < morning_of(day + timedelta(days=1), 0, zone), (
                name,
                day,
            )


def test_an_hour_that_clocks_leave_out_and_one_that_strikes_twice() -> None:
    zone = ZoneInfo("Europe/London")
    assert morning_of(date(2026, 3, 29), 1, zone) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert morning_of(date(2026, 10, 25), 1, zone) == datetime(2026, 10, 25, 0, tzinfo=UTC)
