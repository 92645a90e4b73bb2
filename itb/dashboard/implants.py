"""What was and is implanted in a patient, in sequence: pumps with their records, catheters with what each holds."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from patients.catalogue import name_of
from patients.models import Catheter, Departure, Patient, Pump
from refills.records import Record, records_of

REPLACE_WITHIN: Final = timedelta(days=180)
REPLACE_SOON: Final = timedelta(days=90)
REPLACE_SOURCE: Final = (
    "Schedule a replacement at least 3 months ahead (Boster 2016, 10.1111/ner.12388); 180 days: our proposal"
)


@dataclass(frozen=True, slots=True)
class Implanted:
    """A pump in its turn. `records` are those of a pump that is over: the present one's stand among the records."""

    pump: Pump
    model: str
    why: str
    """Why it ended; empty while it is there."""
    records: list[Record]


@dataclass(frozen=True, slots=True)
class Implants:
    """All of a patient's, the newest first."""

    pumps: list[Implanted]
    catheters: list[Catheter]

    @property
    def catheter(self) -> Catheter | None:
        """The one that is there."""
        return next((each for each in self.catheters if each.explanted_on is None), None)


def implants_of(patient: Patient) -> Implants:
    """Gather them."""
    pumps = patient.pumps.select_related("patient").order_by("-implanted_on", "-pk")
    catheters = patient.catheters.select_related("recorded_by").order_by("-implanted_on", "-pk")
    return Implants([_implanted(pump) for pump in pumps], list(catheters))


def replacement_tier(pump: Pump, today: date) -> str:
    """How near the replacement is, as a page colours it; empty where it is far, or unknown."""
    if pump.replacement_on is None or pump.replacement_on - today >= REPLACE_WITHIN:
        return ""
    return "critical" if pump.replacement_on - today < REPLACE_SOON else "due"


def _implanted(pump: Pump) -> Implanted:
    if pump.explanted_on is None:
        return Implanted(pump, name_of(pump), "", [])
    left = Departure.objects.filter(pump=pump, is_confirmed=True).first()
    return Implanted(
        pump,
        name_of(pump),
        str(left.get_kind_display()) if left else "replaced by the next pump",
        _records(pump),
    )


def _records(pump: Pump) -> list[Record]:
    people = ("recorded_by", "correction__struck_by")
    kinds = (pump.refills, pump.programmes, pump.adjustments)
    return records_of(fact for kind in kinds for fact in kind.select_related(*people))
