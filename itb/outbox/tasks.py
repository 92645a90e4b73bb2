"""Celery's way to the outbox: a kick, never a letter."""

from typing import Any

from celery import shared_task

from itb import clock
from itb.outbox import delivery
from itb.outbox.heads import owe_heads
from itb.outbox.probe import probe
from itb.outbox.watch import tell_watch


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def drain(**_later: Any) -> None:
    """Send what is due, owe the day's heads, and say that a cycle has ended. Unknown arguments are tolerated."""
    delivery.drain()
    owe_heads(at=clock.now())
    probe()
    tell_watch()
