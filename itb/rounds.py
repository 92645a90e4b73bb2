"""A round through the clinics: each for itself, so that what goes wrong in one keeps nothing from another."""

from collections.abc import Callable
from datetime import datetime

import structlog
from django.utils import timezone

from itb.accounts.models import Clinic
from itb.walls import inside

log = structlog.get_logger(__name__)


def in_each_clinic(deed: Callable[[Clinic, datetime], int], at: datetime, *, failure: str) -> int:
    """Do it within the walls and the zone of each; the sum of what it returns. What it raises is a line in the log."""
    return sum(_in_one(clinic, deed, at, failure) for clinic in Clinic.objects.order_by("pk"))


def _in_one(clinic: Clinic, deed: Callable[[Clinic, datetime], int], at: datetime, failure: str) -> int:
    try:
        with inside(clinic.pk), timezone.override(clinic.tz):
            return deed(clinic, at)
    except Exception as error:  # noqa: BLE001  whatever it is, it is this clinic's
        log.warning("round.broken", task=failure, kind=type(error).__name__)
        return 0
