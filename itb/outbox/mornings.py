"""The clinic's mornings, pure: a day has one, whatever its clocks do. Instants are compared in UTC alone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def morning_of(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """When `hour` strikes on that day: where it strikes twice the first, where it is left out the same wait later."""
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def last_morning(at: datetime, hour: int, zone: ZoneInfo) -> tuple[date, datetime]:
    """The clinic day whose morning came last, and that morning. As time goes on it never goes back."""
    today = at.astimezone(zone).date()
    days = (today + timedelta(days=days) for days in (1, 0, -1))
    return next((day, come) for day in days if (come := morning_of(day, hour, zone)) <= at)


def begin_of(at: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the clinic day that `at` lies in."""
    return morning_of(at.astimezone(zone).date(), 0, zone)
