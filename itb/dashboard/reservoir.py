"""The reservoir drawn: what was recorded as steps, now as a dot, the future as a line in its band, marks on the axis.

Geometry only, in the units of an SVG 760 wide; `templates/dashboard/reservoir.svg` writes it down. Lines differ in
weight and dash and every label stands at its mark, so that it reads in grey. The table beside it holds the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from itb.dashboard.words import quantity
from itb.infusion.curve import band_points, content_points
from itb.infusion.forecast import Forecast
from itb.infusion.scenario import Scenario
from itb.templatetags.moments import day
from patients.models import Pump

WIDTH: Final = 760
LEFT, RIGHT, TOP, FLOOR = 48, 740, 24, 236
TICK_LINE: Final = FLOOR + 18
FIRST_LABEL: Final = FLOOR + 38
LINE: Final = 16  # from one line of labels to the next
LETTER: Final = 6.4  # a letter's width at 12 px, on the wide side
GAP: Final = 12
MOST_MONTHS: Final = 9  # more ticks than this and their words would touch
MONTH_ROOM: Final = 16  # nearer than this to a mark or the corner, a month is not named
EARLIER_SHARE: Final = 0.6
"""How much of what came before the last fill is drawn, measured by what comes after it."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on the time axis; `kind` names its line and colour in the style sheet."""

    kind: str
    words: str
    x: float
    text_x: float
    text_y: float
    anchor: str
    """Which end of the words `text_x` is: they stand to the left of their line, or to its right."""

    @property
    def stem_y(self) -> float:
        """Where the line from the axis down to the words ends."""
        return self.text_y - LINE + 4


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place."""

    x: float
    y: float
    words: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line of the table behind the curve: what, when, and how much is left then."""

    words: str
    at: datetime | None
    on: date | None
    left: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ReservoirChart:
    """All that the drawing and its table hold."""

    description: str
    past: str
    future: str
    band: str
    now: Label
    now_x: float
    now_y: float
    grid: list[Label]
    ticks: list[Label]
    rules: list[tuple[str, Label]]
    fill: Label | None
    marks: list[Mark]
    rows: list[TableRow]
    height: float


@dataclass(frozen=True, slots=True)
class Frame:
    """From instants and volumes to places."""

    start: datetime
    end: datetime
    most_ml: Decimal
    zone: ZoneInfo

    def x(self, at: datetime) -> float:
        return round(LEFT + (RIGHT - LEFT) * ((at - self.start) / (self.end - self.start)), 1)

    def y(self, ml: Decimal) -> float:
        return round(FLOOR - (FLOOR - TOP) * float(ml / self.most_ml), 1)

    def places(self, points: Iterable[tuple[datetime, Decimal]]) -> list[Point]:
        return [(self.x(at), self.y(ml)) for at, ml in points]

    def holds(self, at: datetime) -> bool:
        return self.start <= at <= self.end


def reservoir_chart(pump: Pump, scenario: Scenario, forecast: Forecast, now: datetime) -> ReservoirChart:
    """Draw `forecast`, which was made from `scenario` at `now`; the zone is the scenario's."""
    filled_at = _last_fill(scenario, now)
    end = _end(forecast, filled_at, now)
    course = content_points(scenario, end)
    frame = Frame(_start(course, filled_at, end), end, pump.reservoir_ml, scenario.timezone)
    here = (now, forecast.volume_ml)
    past = frame.places(_since([*(point for point in course if point[0] < now), here], frame.start))
    marks = _marks(forecast, frame, now)
    now_label = _now_label(past[-1], past, forecast)
    return ReservoirChart(
        description=_describe(pump, forecast, filled_at, now),
        past=_path(past),
        future=_path(frame.places([here, *(point for point in course if point[0] > now)])),
        band=_band(band_points(scenario, end), frame),
        now=now_label,
        now_x=past[-1][0],
        now_y=past[-1][1],
        grid=[_grid_line(pump.reservoir_ml * quarter / 4, frame) for quarter in range(1, 5)],
        ticks=_months(frame, [mark.x for mark in marks]),
        rules=_rules(pump, frame),
        fill=_fill_label(filled_at, frame, now, now_label),
        marks=marks,
        rows=_table(pump, forecast, filled_at, now, course),
        height=max([FLOOR + 26.0, *(mark.text_y + 8 for mark in marks)]),
    )


def _last_fill(scenario: Scenario, now: datetime) -> datetime:
    """There is one: without a fill there is no forecast to draw."""
    seconds = max(
        fact.at_us for fact in scenario.facts if fact.kind == "fill" and fact.at_us <= scenario.at_us
    )
    return datetime.fromtimestamp(seconds / 1_000_000, scenario.timezone)


def _end(forecast: Forecast, filled_at: datetime, now: datetime) -> datetime:
    """A little after the last moment that matters; never so far that the near ones crowd."""
    expires_at = datetime.combine(forecast.expires_on, time(), filled_at.tzinfo)
    known = [at for at in (forecast.latest_empty_at, forecast.empty_at, forecast.alarm_at) if at is not None]
    last = max([now, *known]) if known else max(now, expires_at)
    length = max(min(last, max(expires_at, now) + timedelta(days=90)) - filled_at, timedelta(days=7))
    return filled_at + length * 1.04


def _start(course: Sequence[tuple[datetime, Decimal]], filled_at: datetime, end: datetime) -> datetime:
    """The last fill, and before it as much of the recorded past as leaves the future its room."""
    return max(min(course[0][0], filled_at), filled_at - (end - filled_at) * EARLIER_SHARE)


def _since(points: Sequence[tuple[datetime, Decimal]], start: datetime) -> list[tuple[datetime, Decimal]]:
    """The points from `start` on, the line that crosses it cut there."""
    inside = [point for point in points if point[0] >= start]
    before = [point for point in points if point[0] < start]
    if not before or not inside:
        return inside
    (at, ml), (next_at, next_ml) = before[-1], inside[0]
    share = Decimal(str((start - at) / (next_at - at)))
    return [(start, ml + (next_ml - ml) * share), *inside]


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) if points else ""


def _band(points: Sequence[tuple[datetime, Decimal, Decimal]], frame: Frame) -> str:
    least = [(frame.x(at), frame.y(low)) for at, low, _ in points]
    most = [(frame.x(at), frame.y(high)) for at, _, high in points]
    return f"{_path([*least, *reversed(most)])}Z" if points else ""


def _now_label(here: Point, past: Sequence[Point], forecast: Forecast) -> Label:
    """Right above the dot, where the line falls away; held back at the right edge, and then above the line."""
    x, y = here
    words = f"now {_tenths(forecast.volume_ml)} mL"
    right = min(x + 8 + _width(words), RIGHT)
    return Label(right, min(y - 10, _line_at(past, right - _width(words), y) - 6), words, "end")


def _line_at(points: Sequence[Point], x: float, otherwise: float) -> float:
    """How high a course runs at `x`."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 <= x < x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return otherwise


def _tenths(ml: Decimal) -> str:
    return f"{ml:.1f}"


def _grid_line(ml: Decimal, frame: Frame) -> Label:
    return Label(LEFT - 8, frame.y(ml), f"{ml.normalize():f}", "end")


def _rules(pump: Pump, frame: Frame) -> list[tuple[str, Label]]:
    """The alarm volume and, where it counts, what the pump cannot deliver; their words in one line."""
    alarm = f"alarm at {quantity(pump.alarm_ml, 'mL')}"
    rules = [("alarm", Label(LEFT + 8, frame.y(pump.alarm_ml), alarm))]
    if pump.unusable_ml:
        words = f"unusable below {quantity(pump.unusable_ml, 'mL')}"
        rules.append(("empty", Label(LEFT + 24 + len(alarm) * LETTER, frame.y(pump.unusable_ml), words)))
    return rules


def _fill_label(filled_at: datetime, frame: Frame, now: datetime, now_label: Label) -> Label | None:
    """Above the fill; not where the dot's own words stand there already."""
    label = Label(frame.x(filled_at) + 6, TOP - 8, f"filled {day(filled_at, now)}")
    is_beside = now_label.x - _width(now_label.words) > label.x + _width(label.words)
    return label if is_beside or now_label.x < label.x or now_label.y > label.y + LINE else None


def _months(frame: Frame, taken: Iterable[float]) -> list[Label]:
    """The first day of each month, or of each second, third… where there are many."""
    first = frame.start.date().replace(day=1)
    firsts = []
    while (at := datetime.combine(first, time(), frame.zone)) <= frame.end:
        firsts.append(at)
        first = (first + timedelta(days=32)).replace(day=1)
    inside = [at for at in firsts if frame.holds(at)]
    every = -(-len(inside) // MOST_MONTHS) or 1
    labels = [Label(frame.x(at), TICK_LINE, _month(at), "middle") for at in inside[::every]]
    return [label for label in labels if all(abs(label.x - x) > MONTH_ROOM for x in (LEFT, *taken))]


def _month(at: datetime) -> str:
    return f"{at:%b %Y}" if at.month == 1 else f"{at:%b}"


def _marks(forecast: Forecast, frame: Frame, now: datetime) -> list[Mark]:
    """The moments ahead, each with its words to the left of its line and below those it would touch."""
    refill_by = datetime.combine(forecast.refill_by, time(), frame.zone)
    moments = [
        ("refill-by", "refill by", refill_by),
        ("alarm", "alarm", forecast.alarm_at),
        ("empty", "earliest empty", forecast.earliest_empty_at),
        ("empty", "empty", forecast.empty_at),
    ]
    ahead = [(kind, name, at) for kind, name, at in moments if at is not None and frame.holds(at)]
    told = [(kind, f"{name} {day(at, now)}", frame.x(at)) for kind, name, at in ahead]
    told.sort(key=lambda mark: mark[2])
    if all(_width(words) <= x for _, words, x in told) or any(
        x + _width(words) > WIDTH for _, words, x in told
    ):
        return _stairs(told, "end")
    return _stairs(told[::-1], "start")


def _width(words: str) -> float:
    return len(words) * LETTER


def _stairs(told: Iterable[tuple[str, str, float]], anchor: str) -> list[Mark]:
    """Words on the side where the marks before have their lines, below those they would touch.

    All lie on one side of their lines and each further mark lies lower, so no line crosses another mark's words.
    """
    placed: list[Mark] = []
    for kind, words, x in told:
        reach = x - _width(words) - GAP if anchor == "end" else x + _width(words) + GAP
        touched = [mark.text_y for mark in placed if (mark.x > reach if anchor == "end" else mark.x < reach)]
        text_x = max(x, _width(words)) if anchor == "end" else x
        placed.append(Mark(kind, words, x, text_x, max(touched) + LINE if touched else FIRST_LABEL, anchor))
    return placed


def _describe(pump: Pump, forecast: Forecast, filled_at: datetime, now: datetime) -> str:
    told = [f"Filled {day(filled_at, now)}. {_tenths(forecast.volume_ml)} mL are left now, calculated."]
    for words, at in (
        (f"The alarm volume of {quantity(pump.alarm_ml, 'mL')} is reached", forecast.alarm_at),
        ("It is empty", forecast.empty_at),
        ("At the earliest it is empty", forecast.earliest_empty_at),
    ):
        told.append(f"{words} {day(at, now)}." if at else f"{words} never: nothing flows.")
    told.append(f"Refill by {day(forecast.refill_by, now)}.")
    return " ".join(told)


def _table(
    pump: Pump,
    forecast: Forecast,
    filled_at: datetime,
    now: datetime,
    course: Sequence[tuple[datetime, Decimal]],
) -> list[TableRow]:
    """What the marks say, in the order of time; a moment that never comes stands at the end."""
    nothing = quantity(pump.unusable_ml, "mL")
    full = max(ml for at, ml in course if abs(at - filled_at) < timedelta(seconds=1))
    instants = [
        TableRow("Now", now, None, f"{_tenths(forecast.volume_ml)} mL", "now"),
        TableRow("Last filled", filled_at, None, f"{_tenths(full)} mL"),
        TableRow("Alarm", forecast.alarm_at, None, quantity(pump.alarm_ml, "mL")),
        TableRow("Earliest empty", forecast.earliest_empty_at, None, nothing),
        TableRow("Empty", forecast.empty_at, None, nothing),
        TableRow("Latest empty", forecast.latest_empty_at, None, nothing),
        TableRow("Refill by", None, forecast.refill_by, ""),
        TableRow("Drug's longest stay ends", None, forecast.expires_on, ""),
    ]
    return sorted(instants, key=_when(filled_at))


def _when(filled_at: datetime) -> Callable[[TableRow], datetime]:
    zone = filled_at.tzinfo

    def key(row: TableRow) -> datetime:
        if row.on is not None:
            return datetime.combine(row.on, time(), zone)
        return row.at or datetime.max.replace(tzinfo=zone) - timedelta(days=2)

    return key
