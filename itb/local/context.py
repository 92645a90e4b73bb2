"""What every page of a demonstration says of its clock."""

from typing import Any

from django.http import HttpRequest

from itb.local import moved_clock


def demo_clock(request: HttpRequest) -> dict[str, Any]:
    """The demonstration's present, and by how many days it is ahead; nothing where its clock does not move."""
    reading = moved_clock.read()
    return {"demo_at": reading.at, "demo_days_ahead": reading.ahead.days} if reading.can_move else {}
