"""Celery's way to the morning's list: a kick to look whether it is there."""

from typing import Any

from celery import shared_task

from itb import clock
from itb.morning import lists


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def make_lists(**_later: Any) -> None:
    """Make what is missing. Unknown arguments of a newer publisher are tolerated."""
    lists.make_lists(at=clock.now())
