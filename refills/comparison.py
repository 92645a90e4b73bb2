"""Old beside new: a programme line by line against the one that runs, and how far the label lets one step go."""

from dataclasses import dataclass, replace
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
from refills.programming import phase_of
from refills.projection import forecast_of
from refills.whole_day import words_of

GROWN_UP = (
    18  # our reading of "child" in the dose steps, which name no age; the children's are the smaller ones
)
MANY_TIMES = 2
FEWER = 4  # a quarter of the usual least is still a dose that runs; a tenth of a usual one is not


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: `old` and `new` as read, empty where there is none; `change` in words."""

    name: str
    old: str
    new: str
    unit: str = ""
    change: str = ""
    is_beyond: bool = False
    is_text: bool = False

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
    return [
        _dose(pump, old, new, timezone.localdate(now)),
        *_days(old, new),
        _figure("Concentration", "mcg/mL", _strength(old), _strength(new), 2),
        _figure("By the hour", "mcg/h", _by_hour(old), _by_hour(new), 2),
        _figure("Flow", "mL/day", _flow(old), _flow(new), 4),
        *dates(pump, after, now),
    ]


def dates(pump: Pump, after: Forecast | None, now: datetime) -> list[Line]:
    """The dates that follow from what is kept, beside those that would follow by `after`."""
    found = forecast_of(pump, now)
    before = None if isinstance(found, Refusal) else found
    named = [("Refill by", "refill_by"), ("Alarm", "alarm_at"), ("Earliest empty", "earliest_empty_at")]
    return [_date(words, _when(before, name), _when(after, name)) for words, name in named]


def content(pump: Pump, after: Forecast | None, now: datetime) -> Line:
    """What the reservoir holds on paper by what is kept, beside what it would hold by `after`."""
    found = forecast_of(pump, now)
    before = None if isinstance(found, Refusal) else found
    was, becomes = before.volume_ml if before else None, after.volume_ml if after else None
    line = _figure("In the reservoir", "mL", was, becomes, 3)
    if was is None or becomes is None or was == becomes:
        return line
    return replace(line, change=f"{plain(round(becomes - was, 3))} mL".replace("-", "−"))


def _when(found: Forecast | None, name: str) -> date | str | None:
    """The instant or date of that name; a word where it never comes."""
    return None if found is None else getattr(found, name) or "never"


def _days(old: Programme | None, new: Programme | None) -> list[Line]:
    """How each spreads its dose over the day; nothing where both run at one rate."""
    modes = [each.get_mode_display() if each else "" for each in (old, new)]
    told = [words_of(each) if each else "" for each in (old, new)]
    lines = [_text("Mode", *modes)]
    if any(told):
        was, becomes = (words or (mode and "one rate") for words, mode in zip(told, modes, strict=True))
        lines.append(_text("Over the day", was, becomes))
    return lines


def _text(name: str, old: str, new: str) -> Line:
    return Line(name, old, new, "", "same" if old and old == new else "", is_text=True)


def step_of(patient: Patient, phase: str, today: date) -> DoseStep:
    """The catalogue's dose step for this patient's age and origin; `phase` is "titration" or "maintenance"."""
    return catalogue().dose_steps[_population(patient, today)][phase]


def usual_doses(pump: Pump, today: date) -> tuple[Decimal, Decimal]:
    """The least and the most that a first programme usually gives a day: after a screening test, or well on."""
    books = catalogue()
    if phase_of(pump, today) == "titration":
        factors, doses = books.dosing, books.screening
        least = doses.reduced_first_mcg.value * factors.start_factor_reduced.value
        return least, doses.third_mcg.value * factors.start_factor.value
    seen = books.dose_ranges[_population(pump.patient, today)]
    least_seen = seen.usual_low_mcg_per_day or seen.seen_low_mcg_per_day
    return least_seen.value / FEWER, (seen.usual_high_mcg_per_day or seen.seen_high_mcg_per_day).value


def _population(patient: Patient, today: date) -> str:
    return "child" if _is_child(patient, today) else f"{patient.origin}_adult"


def step_now(pump: Pump, today: date) -> DoseStep:
    """The catalogue's dose step for this patient's age and origin in the phase of the therapy."""
    return step_of(pump.patient, phase_of(pump, today), today)


def _is_child(patient: Patient, today: date) -> bool:
    born = patient.birth_date
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < GROWN_UP


def step_notes(patient: Patient, today: date) -> str:
    """How far one step of the dose goes by the label, at a refill and in the titration, with what is unconfirmed."""
    whom = (
        f"a child (under {GROWN_UP})" if _is_child(patient, today) else f"an adult, {patient.origin} origin"
    )
    steps = (_step_words(step_of(patient, phase, today)) for phase in ("maintenance", "titration"))
    return f"One step by the label for {whom}: {'; '.join(steps)}."


def _dose(pump: Pump, old: Programme | None, new: Programme | None, today: date) -> Line:
    was, becomes = old.dose_mcg_per_day if old else None, new.dose_mcg_per_day if new else None
    line = _figure("Dose", "mcg/day", was, becomes, 3)
    if not was or becomes is None or was == becomes:
        return line
    percent = (becomes / was - 1) * 100
    beyond = is_beyond_step(step_now(pump, today), percent)
    return replace(line, change=f"{percent:+.1f} %".replace("-", "−"), is_beyond=beyond)


def goes_past_step(pump: Pump, old: Decimal, new: Decimal, today: date) -> bool:
    """Whether a dose lies further from the one before than the label's step for this patient (both in mcg/day)."""
    return bool(old) and is_beyond_step(step_now(pump, today), (new / old - 1) * 100)


def is_beyond_step(step: DoseStep, percent: Decimal) -> bool:
    """Whether a change of dose by `percent`, up or down, goes further than the label's step."""
    return percent > step.increase_high_pct.value or -percent > step.decrease_high_pct.value


def _step_words(step: DoseStep) -> str:
    up = _range(step.increase_low_pct, step.increase_high_pct)
    down = _range(step.decrease_low_pct, step.decrease_high_pct)
    return f"per {step.per} up {up}, down {down}"


def _range(low: Constant, high: Constant) -> str:
    unconfirmed = " (unconfirmed)" if low.unconfirmed or high.unconfirmed else ""
    return f"{plain(low.value)} to {plain(high.value)} %{unconfirmed}"


def _figure(name: str, unit: str, old: Decimal | None, new: Decimal | None, places: int) -> Line:
    same = "same" if old is not None and old == new else ""
    return Line(name, _shown(old, places), _shown(new, places), unit, same)


def _shown(value: Decimal | None, places: int) -> str:
    return "" if value is None else plain(round(value, places))


def _date(name: str, old: date | str | None, new: date | str | None) -> Line:
    was, becomes = _local(old), _local(new)
    change = ""
    if isinstance(was, date) and isinstance(becomes, date):
        days = (becomes - was).days
        words = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
        change = f"{words} {'later' if days > 0 else 'earlier'}" if days else "same"
    return Line(name, _told(was), _told(becomes), "", change)


def _told(value: date | str | None) -> str:
    return value if isinstance(value, str) else day(value)


def _local(value: date | str | None) -> date | str | None:
    return timezone.localdate(value) if isinstance(value, datetime) else value


def _strength(programme: Programme | None) -> Decimal | None:
    return programme.concentration_mcg_per_ml if programme else None


def _by_hour(programme: Programme | None) -> Decimal | None:
    return programme.dose_mcg_per_day / 24 if programme else None


def _flow(programme: Programme | None) -> Decimal | None:
    if programme is None or not programme.concentration_mcg_per_ml:
        return None
    return programme.dose_mcg_per_day / programme.concentration_mcg_per_ml
