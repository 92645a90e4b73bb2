"""The digest of each clinic day: what alerts know of the clinic goes with it, in numbers."""

import structlog

from itb.accounts.models import Clinic
from itb.outbox.digest import owe_digest, readers
from itb.walls import clinics, inside
from patients.models import Pump
from refills.models import Projection

log = structlog.get_logger(__name__)


def owe() -> int:
    """Owe the digest in every clinic in which something waits for one; to how many people.

    A clinic in which it cannot be owed is a line in the log, and keeps it from no other.
    """
    return sum(_try(clinic_id) for clinic_id in clinics("outbox_clinics_with_digests"))


def _try(clinic_id: int) -> int:
    try:
        with inside(clinic_id) as at:
            clinic = Clinic.objects.select_related("letter_policy").get(pk=clinic_id)
            people = readers(clinic=clinic, at=at)
            if people:
                owe_digest(clinic=clinic, to=people, words=_counts(clinic), at=at)
            return len(people)
    except Exception as error:  # noqa: BLE001  whatever it is, it is this clinic's
        log.warning("digest.unowed", kind=type(error).__name__)
        return 0


def _counts(clinic: Clinic) -> dict[str, int]:
    """How many pumps are watched, and how many are not."""
    pumps = Pump.objects.filter(clinic=clinic, explanted_on=None).count()
    watched = Projection.objects.filter(clinic=clinic, is_watched=True).count()
    return {"monitored": min(pumps, watched), "unmonitored": max(pumps - watched, 0)}
