"""Celery's way to what is forgotten by itself."""

from typing import Any

from celery import shared_task

from itb import clock
from itb.accounts import retention


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def forget_sessions(**_later: Any) -> None:
    """Delete ended sessions and old sign-ins. Unknown arguments of a newer publisher are tolerated."""
    retention.forget(at=clock.now())
