"""Nobody is unmonitored: each night, and whenever it is asked, every pump is counted against what watches it.

Pumps that are implanted = pumps looked at when they should be = pumps with a forecast or an open alert. It is counted
in SQL from the tables alone, by nothing that the sweep itself relies on.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from alerts.proof_models import Proof
from itb.accounts.models import Clinic
from itb.rounds import in_each_clinic

PATIENCE: Final = "3 minutes"
"""How long a pump whose moment has come may wait for the sweep."""
MOST_NAMED: Final = 200

LATE: Final = f"""
row.review_at <= clock_timestamp() - interval '{PATIENCE}' OR row.review_at > clock_timestamp() + interval '25 hours'
"""
BARE: Final = """
row.danger_at IS NULL
AND NOT EXISTS (SELECT FROM alerts_alert AS alert WHERE alert.pump_id = pump.id AND alert.state <> 'closed')
"""
LOST: Final = "row.pump_id IS NULL OR NOT row.is_watched"
COUNT: Final = f"""
WITH counted AS (
    SELECT pump.id, {LOST} AS is_lost, ({LOST}) OR ({LATE}) AS is_late, ({LOST}) OR ({BARE}) AS is_bare
    FROM patients_pump AS pump LEFT JOIN refills_projection AS row ON row.pump_id = pump.id
    WHERE pump.clinic_id = %s AND pump.explanted_on IS NULL
)
SELECT count(*), count(*) FILTER (WHERE NOT is_late), count(*) FILTER (WHERE NOT is_bare),
       (SELECT coalesce(json_agg(json_build_object('pump', id, 'why',
                   CASE WHEN is_lost THEN 'lost' WHEN is_bare THEN 'bare' ELSE 'late' END)), '[]')
        FROM (SELECT * FROM counted WHERE is_late OR is_bare ORDER BY id LIMIT {MOST_NAMED}) AS out)
FROM counted
"""  # noqa: S608  only what is written above
WORDS: Final = {
    "lost": "It has no row for a forecast: nobody watches it.",
    "late": "Its moment to be looked at has passed.",
    "bare": "It has neither a forecast nor an open alert.",
}


@dataclass(frozen=True, slots=True)
class Count:
    """What is so now."""

    monitored: int
    evaluated: int
    covered: int
    differences: list[dict[str, Any]]

    @property
    def is_whole(self) -> bool:
        """Whether nothing fell out."""
        return self.monitored == self.evaluated == self.covered


def count(clinic_id: int) -> Count:
    """Count the open clinic's pumps."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [clinic_id])
        return Count(*cursor.fetchone())


def prove(*, at: datetime) -> int:
    """Keep tonight's proof in every clinic whose day has begun without one; how many clinics.

    A clinic in which it cannot be kept is a line in the log, and keeps it from no other.
    """
    return in_each_clinic(_prove, at, failure="proof.unkept")


@transaction.atomic
def _prove(clinic: Clinic, at: datetime) -> bool:
    on = at.astimezone(clinic.tz).date()
    if Proof.objects.filter(clinic=clinic, on=on).exists():
        return False
    found = count(clinic.pk)
    proof = Proof(
        clinic=clinic,
        on=on,
        at=at,
        monitored=found.monitored,
        evaluated=found.evaluated,
        covered=found.covered,
        differences=found.differences,
    )
    return bool(Proof.objects.bulk_create([proof], ignore_conflicts=True))
