"""Whom nobody watches, in sentences: what the database finds wrong with its own rows. Nothing may ever be found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import connection

WHY: Final[Mapping[str, str]] = {
    "no_row": "A pump has no forecast row: the sweep cannot find it.",
    "not_looked_at": "The sweep has not looked at a pump in time.",
    "danger_without_alert": "A pump may run dry, or nobody knows, and no critical alert is open.",
    "alert_of_a_departed": "An alert is open for a pump that is watched no more.",
    "owner_gone": "An alert is in the hands of someone who has left.",
    "owner_away": "An alert is in the hands of someone who is away.",
    "owner_past_the_end": "An acknowledgement or a rest is over, and the alert has not opened again.",
    "rests_too_long": "An alert rests longer than the drug in the pump lasts.",
    "untold": "An alert that nobody has taken has been told to nobody who is there.",
    "hop_overdue": "A critical alert that nobody takes has not gone further in time.",
    "too_few_told": "Fewer than two people of the clinic are told: give someone the part of nurse or prescriber.",
    "nobody_there": "Everyone who is told is away, and there is no administrator.",
}
FIND: Final = """
SELECT found.why, found.alert_id, pump.patient_id
FROM alerts_unmonitored() AS found LEFT JOIN patients_pump AS pump ON pump.id = found.pump_id
ORDER BY found.why, found.pump_id, found.alert_id LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where to look."""

    why: str
    alert_id: int | None
    patient_id: int | None

    @property
    def sentence(self) -> str:
        """For people."""
        return WHY[self.why]


def faults() -> list[Fault]:
    """All of the open clinic, a hundred at most."""
    with connection.cursor() as cursor:
        cursor.execute(FIND)
        return [Fault(*row) for row in cursor.fetchall()]
