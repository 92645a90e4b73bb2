"""Celery's way to the outbox: a kick, never a letter."""

from typing import Any

from celery import shared_task

from itb.outbox import delivery


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def drain(**_later: Any) -> None:
    """Send what is due. Unknown arguments of a newer publisher are tolerated."""
    delivery.drain()
