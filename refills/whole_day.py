"""A pump's day: what a programme gives in each hour of it, in spans of one rate, in words, and drawn 24 h wide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

from itb.infusion.dosing.calculator import decimal, shown
from refills.models import Programme
from refills.scenario import Json, pattern_of

DAY_MIN: Final = 24 * 60
PATIENT: Final = "patient_bolus_max_mcg_per_day"
MOST_SPANS: Final = 49  # 24 steps or boluses; a finer day is told in words alone

LEFT, RIGHT, TOP, FLOOR = 48, 740, 20, 100
LETTER: Final = 6.4  # a letter's width at 12 px, on the wide side


@dataclass(frozen=True, slots=True)
class Span:
    """One rate (mcg/h), from one minute after the pump's midnight to another."""

    start: Fraction
    end: Fraction
    mcg_per_h: Fraction

    @property
    def mcg(self) -> Fraction:
        """What it gives."""
        return self.mcg_per_h * (self.end - self.start) / 60

    @property
    def hours(self) -> str:
        """`07:00 to 22:00`; seconds only where there are any."""
        return f"{_clock(self.start)} to {_clock(self.end)}"


@dataclass(frozen=True, slots=True)
class Bar:
    """A span drawn: its place, its rate, and what it says when asked."""

    x: float
    y: float
    width: float
    height: float
    rate: str
    words: str

    @property
    def middle(self) -> float:
        """Where the rate stands over the bar."""
        return round(self.x + self.width / 2, 1)

    @property
    def has_room(self) -> bool:
        """Whether the rate can stand over the bar without touching its neighbour's."""
        return self.width > len(self.rate) * LETTER


@dataclass(frozen=True, slots=True)
class DayDrawing:
    """All that the bar of 24 h and the table behind it hold."""

    bars: list[Bar]
    ticks: list[tuple[float, str]]
    description: str
    rows: list[tuple[str, str, str]]
    """Hours, rate and amount of each span, as read."""


def spans(mode: str, pattern: Json) -> list[Span]:
    """The day of `pattern`, which has the keys of its mode in a scenario; the patient's boluses left out."""
    if mode == Programme.Mode.FLEX:
        return _flex(pattern["steps"])
    if mode == Programme.Mode.PERIODIC:
        return list(_periodic(*(Fraction(pattern[key]) for key in _PERIODIC)))
    return [Span(Fraction(0), Fraction(DAY_MIN), Fraction(pattern["dose_mcg_per_day"]) / 24)]


_PERIODIC = ("basal_mcg_per_day", "bolus_mcg", "every_h", "over_min")


def _flex(steps: Sequence[Json]) -> list[Span]:
    starts = [Fraction(_minute(step["from"])) for step in steps]
    rates = [Fraction(step["mcg_per_h"]) for step in steps]
    if starts[0]:  # the last step holds through midnight
        starts, rates = [Fraction(0), *starts], [rates[-1], *rates]
    ends = [*starts[1:], Fraction(DAY_MIN)]
    return [Span(*span) for span in zip(starts, ends, rates, strict=True)]


def _periodic(basal: Fraction, bolus: Fraction, every_h: Fraction, over: Fraction) -> Iterator[Span]:
    """A bolus from midnight on and every so often, in place of the basal, the last one cut at midnight."""
    every, start = every_h * 60, Fraction(0)
    while start < DAY_MIN:
        end = min(start + over, Fraction(DAY_MIN))
        yield Span(start, end, bolus * 60 / over)
        start = min(start + every, Fraction(DAY_MIN))
        if end < start:
            yield Span(end, start, basal / 24)


def own_dose(mode: str, pattern: Json) -> Fraction:
    """What the programme itself gives in a whole day, in mcg."""
    return sum((span.mcg for span in spans(mode, pattern)), Fraction(0))


def patient_dose(pattern: Json) -> Fraction:
    """The most that the patient may add in a day, in mcg."""
    return Fraction(pattern.get(PATIENT, 0))


def day_dose(mode: str, pattern: Json) -> Decimal:
    """A whole day's dose in mcg, the patient's boluses counted in full, as the column keeps it."""
    return decimal(own_dose(mode, pattern) + patient_dose(pattern)).quantize(Decimal("0.001"))


def words_of(programme: Programme) -> str:
    """How the dose is spread over the day, with what the patient may add; empty for a plain continuous one."""
    pattern = pattern_of(programme)
    return "; ".join(filter(None, [_pattern_words(programme.mode, pattern), _patient_words(pattern)]))


def _pattern_words(mode: str, pattern: Json) -> str:
    if mode == Programme.Mode.FLEX:
        return ", ".join(f"{step['from']} {_figure(step['mcg_per_h'])} mcg/h" for step in pattern["steps"])
    if mode == Programme.Mode.PERIODIC:
        basal, bolus, every, over = (_figure(pattern[key]) for key in _PERIODIC)
        return f"basal {basal} mcg/day, {bolus} mcg every {every} h over {over} min"
    return ""


def _patient_words(pattern: Json) -> str:
    most = pattern.get(PATIENT)
    return f"up to {_figure(most)} mcg/day by the patient" if most else ""


def _figure(number: str) -> str:
    return shown(Fraction(number))


def draw_day(mode: str, pattern: Json) -> DayDrawing | None:
    """The bar of a day in steps or boluses; None for a continuous one, and where nothing could be told apart."""
    day = spans(mode, pattern)
    if mode == Programme.Mode.CONTINUOUS or len(day) > MOST_SPANS:
        return None
    most = max(span.mcg_per_h for span in day) or Fraction(1)
    rows = [(span.hours, shown(span.mcg_per_h, "mcg/h"), shown(span.mcg, "mcg")) for span in day]
    return DayDrawing(
        bars=[_bar(span, most) for span in day],
        ticks=[(_x(Fraction(hour * 60)), f"{hour:02}:00") for hour in range(0, 25, 6)],
        description=f"{_changes(day)} Together {shown(sum((span.mcg for span in day), Fraction(0)), 'mcg')} a day.",
        rows=rows,
    )


def _changes(day: Sequence[Span]) -> str:
    told = [f"From {_clock(day[0].start)} {shown(day[0].mcg_per_h, 'mcg/h')}"]
    told += [
        f"from {_clock(later.start)} {shown(later.mcg_per_h, 'mcg/h')}"
        for earlier, later in pairwise(day)
        if earlier.mcg_per_h != later.mcg_per_h
    ]
    return f"{', '.join(told)}."


def _bar(span: Span, most: Fraction) -> Bar:
    x, end, height = _x(span.start), _x(span.end), round(float((FLOOR - TOP) * span.mcg_per_h / most), 1)
    words = f"{span.hours}: {shown(span.mcg_per_h, 'mcg/h')}"
    return Bar(x, FLOOR - height, round(end - x, 1), height, shown(span.mcg_per_h), words)


def _x(minute: Fraction) -> float:
    return round(LEFT + (RIGHT - LEFT) * float(minute / DAY_MIN), 1)


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _clock(minute: Fraction) -> str:
    minutes, rest = divmod(minute, 1)
    seconds = f":{round(rest * 60):02}" if rest else ""
    return f"{int(minutes) // 60:02}:{int(minutes) % 60:02}{seconds}"
