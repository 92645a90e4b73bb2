"""What was and is implanted in a patient, in sequence: pumps with their records, catheters with what each holds."""

from dataclasses import dataclass
from datetime import date

from alerts.rules import Steps
from patients.catalogue import name_of
from patients.models import Catheter, Departure, Patient, Pump
from refills.records import Record, records_of


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


def replacement_tier(pump: Pump, steps: Steps, today: date) -> str:
    """How near the replacement is, as a page colours it; empty where it is far, or unknown."""
    if pump.replacement_on is None:
        return ""
    left = (pump.replacement_on - today).days
    if left > steps.replacement_due_days:
        return ""
    return "due" if left > steps.replacement_urgent_days else "urgent"


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
