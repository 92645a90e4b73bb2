"""Celery's way to the sweep: a kick to look at the database."""

from typing import Any

from celery import shared_task

from alerts import digests
from alerts import sweep as sweeping
from itb.outbox.doorbell import ring
from itb.outbox.tasks import drain


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def sweep(**_later: Any) -> None:
    """Look at what is due, owe the digests of the morning, then ring for the letters.

    Unknown arguments of a newer publisher are tolerated.
    """
    found = sweeping.sweep()
    if digests.owe() or found:
        ring(drain)
