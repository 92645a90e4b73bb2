"""The pictures in README and docs: of which page each is, and what must stand on it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent.parent.parent / "docs" / "images"
OF_A_FULL_CHART: Final = """
SELECT pump.patient_id FROM patients_pump AS pump JOIN refills_refill AS refill ON refill.pump_id = pump.id
WHERE pump.clinic_id = (SELECT min(id) FROM accounts_clinic) GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page of the demonstration. `{}` in its address is the number that `query` finds."""

    address: str
    words: tuple[str, ...]
    width: int = 1280
    height: int = 900
    query: str = ""


PICTURES: Final = {
    "worklist.png": Picture("/", ("Worklist", "Critical", "Margin", "Refill by")),
    "chart.png": Picture(
        "/patients/{}/",
        ("What now", "Reservoir", "Refill by", "Timeline"),
        height=1000,
        query=OF_A_FULL_CHART,
    ),
    "phone.png": Picture("/", ("Worklist", "Critical"), width=360, height=800),
}
