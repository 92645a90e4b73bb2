"""Celery's way to the outbox: a kick, never a letter."""

from typing import Any

from celery import shared_task

from itb import clock
from itb.outbox import delivery
from itb.outbox.heads import owe_heads


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def drain(**_later: Any) -> None:
    """Send what is due, then owe the day's heads. Unknown arguments of a newer publisher are tolerated."""
    delivery.drain()
    owe_heads(at=clock.now())
