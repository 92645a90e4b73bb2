"""How days and instants are written: with their weekday, and how far away they are.

A filter gets the present handed in (`now`, an aware instant); nothing here reads a clock. Instants are read in the
zone that is active, which is the clinic's.
"""

from datetime import date, datetime

from django import template
from django.utils import timezone

register = template.Library()


@register.filter
def day(value: date | None, now: datetime | None = None) -> str:
    """`Tue 24 Nov`; the year stands too where it is not the present one, or where `now` is not given."""
    if value is None:
        return ""
    local = _local_day(value)
    year = "" if now and local.year == _local_day(now).year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year}"


@register.filter
def distance(value: date | None, now: datetime | None) -> str:
    """`today`, `tomorrow`, `in 12 days`, `3 days ago`: whole days of the calendar between `now` and `value`."""
    if value is None or not now:
        return ""
    days = (_local_day(value) - _local_day(now)).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    return near.get(days) or (f"in {days} days" if days > 0 else f"{-days} days ago")


def _local_day(value: date) -> date:
    """The calendar day of an instant in the active zone; a date is its own."""
    if not isinstance(value, datetime):
        return value
    return (timezone.localtime(value) if timezone.is_aware(value) else value).date()
