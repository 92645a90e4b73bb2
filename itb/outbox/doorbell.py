"""Ringing for a task: a courtesy that may fail, since beat comes by every few seconds anyway."""

from typing import Any

import structlog
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def ring(task: Any) -> None:
    """Ask a worker to run `task` now. A broker that is away is logged and forgotten."""
    try:
        task.apply_async(retry=False, expires=15)
    except (OperationalError, OSError) as error:
        log.warning("doorbell.silent", task=task.name, kind=type(error).__name__)
