"""Old beside new: a programme line by line against the one that runs, and how far the label lets one step go."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from itb.infusion.catalogue import Constant, DoseStep, catalogue
from itb.infusion.forecast import Forecast
from itb.infusion.quantities import plain
from itb.infusion.scenario import Refusal
from itb.templatetags.moments import day
from patients.models import Patient, Pump
from refills.models import Programme
from refills.projection import forecast_of

GROWN_UP = 18  # our reading of "child" in the dose steps, which name no age; the children's are the smaller ones
MANY_TIMES = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: `old` and `new` as read, empty where there is none; `change` in words."""

    name: str
    old: str
    new: str
    unit: str = ""
    change: str = ""
    notes: tuple[str, ...] = ()
    is_beyond: bool = False

    @property
    def changed(self) -> bool:
        """Whether both stand there, and differ."""
        return bool(self.old and self.new and self.old != self.new)


def needs_reason(old: Decimal, new: Decimal) -> bool:
    """Whether a dose is more than double or less than half of the one before (both in mcg/day)."""
    return new > MANY_TIMES * old or new * MANY_TIMES < old


def compare(
    pump: Pump, old: Programme | None, new: Programme | None, after: Forecast | None, now: datetime
) -> list[Line]:
    """The lines of `old` beside `new`, and the dates that follow now beside those that would follow `after`."""
    found = forecast_of(pump, now)
    before = None if isinstance(found, Refusal) else found
    return [
        _dose(pump.patient, old, new, timezone.localdate(now)),
        _figure("Concentration", "mcg/mL", _strength(old), _strength(new), 2),
        _figure("By the hour", "mcg/h", _by_hour(old), _by_hour(new), 2),
        _figure("Flow", "mL/day", _flow(old), _flow(new), 4),
        _date("Refill by", before and before.refill_by, after and after.refill_by),
        _date("Alarm", before and before.alarm_at, after and after.alarm_at),
        _date("Earliest empty", before and before.earliest_empty_at, after and after.earliest_empty_at),
    ]


def step_of(patient: Patient, phase: str, today: date) -> DoseStep:
    """The catalogue's dose step for this patient's age and origin; `phase` is "titration" or "maintenance"."""
    born = patient.birth_date
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    population = "child" if age < GROWN_UP else f"{patient.origin}_adult"
    return catalogue().dose_steps[population][phase]


def _dose(patient: Patient, old: Programme | None, new: Programme | None, today: date) -> Line:
    was, becomes = old and old.dose_mcg_per_day, new and new.dose_mcg_per_day
    line = _figure("Dose", "mcg/day", was, becomes, 3)
    phases = {phase: step_of(patient, phase, today) for phase in ("maintenance", "titration")}
    notes = tuple(_step_words(step) for step in phases.values())
    if not was or becomes is None or was == becomes:
        return Line(line.name, line.old, line.new, line.unit, line.change, notes)
    percent = (becomes / was - 1) * 100
    step = phases["maintenance"]
    beyond = percent > step.increase_high_pct.value or -percent > step.decrease_high_pct.value
    return Line(line.name, line.old, line.new, line.unit, f"{percent:+.1f} %".replace("-", "−"), notes, beyond)


def _step_words(step: DoseStep) -> str:
    up = _range(step.increase_low_pct, step.increase_high_pct)
    down = _range(step.decrease_low_pct, step.decrease_high_pct)
    return f"Label step per {step.per}: up {up}, down {down}."


def _range(low: Constant, high: Constant) -> str:
    unconfirmed = " (unconfirmed)" if low.unconfirmed or high.unconfirmed else ""
    return f"{plain(low.value)} to {plain(high.value)} %{unconfirmed}"


def _figure(name: str, unit: str, old: Decimal | None, new: Decimal | None, places: int) -> Line:
    same = "same" if old is not None and old == new else ""
    return Line(name, _shown(old, places), _shown(new, places), unit, same)


def _shown(value: Decimal | None, places: int) -> str:
    return "" if value is None else plain(round(value, places))


def _date(name: str, old: date | None, new: date | None) -> Line:
    was, becomes = _local(old), _local(new)
    change = ""
    if was and becomes:
        days = (becomes - was).days
        words = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
        change = f"{words} {'later' if days > 0 else 'earlier'}" if days else "same"
    return Line(name, day(was), day(becomes), "", change)


def _local(value: date | None) -> date | None:
    return timezone.localdate(value) if isinstance(value, datetime) else value


def _strength(programme: Programme | None) -> Decimal | None:
    return programme.concentration_mcg_per_ml if programme else None


def _by_hour(programme: Programme | None) -> Decimal | None:
    return programme.dose_mcg_per_day / 24 if programme else None


def _flow(programme: Programme | None) -> Decimal | None:
    if programme is None or not programme.concentration_mcg_per_ml:
        return None
    return programme.dose_mcg_per_day / programme.concentration_mcg_per_ml
