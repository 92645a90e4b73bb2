"""How a moment reads beside the present."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from itb.templatetags.moments import day, distance

NOW = datetime(2026, 11, 24, 7, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (date(2026, 11, 24), "today"),
        (date(2026, 11, 25), "tomorrow"),
        (date(2026, 11, 23), "yesterday"),
        (date(2026, 12, 6), "in 12 days"),
        (date(2026, 11, 21), "3 days ago"),
        (datetime(2026, 11, 24, 23, 59, tzinfo=UTC), "today"),
        (None, ""),
    ],
)
def test_a_moment_is_so_many_calendar_days_away(value: date | None, said: str) -> None:
    assert distance(value, NOW) == said


def test_the_year_stands_only_where_it_is_another() -> None:
    assert day(date(2026, 11, 24), NOW) == "Tue 24 Nov"
    assert day(date(2027, 1, 4), NOW) == "Mon 4 Jan 2027"


def test_an_instant_falls_on_the_day_of_the_active_zone() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert day(late, NOW) == "Wed 25 Nov"
        assert distance(late, NOW) == "tomorrow"
