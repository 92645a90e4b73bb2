"""What every page of a demonstration says of its clock."""

from typing import Any

from django.http import HttpRequest

from itb import clock
from itb.local import moved_clock


def demo_clock(request: HttpRequest) -> dict[str, Any]:
    """The demonstration's present, and by how many days it is ahead."""
    return {"demo_at": clock.now(), "demo_days_ahead": moved_clock.ahead().days}
