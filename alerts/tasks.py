"""Celery's way to the sweep: a kick to look at the database."""

from typing import Any

from celery import shared_task

from alerts import digests
from alerts import sweep as sweeping
from alerts.canary import owe_canaries
from alerts.proof import prove
from itb import clock
from itb.outbox.doorbell import ring
from itb.outbox.tasks import drain


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def sweep(**_later: Any) -> None:
    """Look at what is due, keep the night's proof, owe the morning's letters, then ring for them.

    Unknown arguments of a newer publisher are tolerated.
    """
    found = sweeping.sweep()
    prove(at=clock.now())
    if digests.owe() + owe_canaries(at=clock.now()) + found:
        ring(drain)
