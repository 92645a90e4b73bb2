"""A second, independent forecast: it walks one pump through its time, piece by piece, in exact fractions.

It shares no line with `itb.infusion`, and is of another shape. Every stretch of constant flow (a step of a
flex day, a periodic bolus, the basal between two of them, a bridge, the time between two facts) is a piece
with a beginning, an end and a flow, and a level is found by walking over the pieces until it is reached. Only
runs of whole, identical pump days are not walked one by one: their volume is multiplied, and the day in which
a level falls is walked. It is meant to be read beside the contract and compared with it sentence by sentence,
not to be quick. Instants are fractions of seconds since 1970, volumes mL, flows mL per second.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400
HORIZON = 36_525 * DAY
ORDER = ("stop", "resume", "withdraw", "fill", "programme", "bridge", "bolus", "prime")

PRIOR_MEAN = Fraction("1.01")
PRIOR_VARIANCE = Fraction("0.04") ** 2
JITTER_VARIANCE = Fraction("0.02") ** 2
READING_ML = Fraction("0.4")


class RefusedError(Exception):
    """There is no forecast. `code` is one of the contract's errors, `path` the key of an invalid one."""

    def __init__(self, code: str, path: str = "") -> None:
        super().__init__(code, path)
        self.code = code
        self.path = path


# --- Reading ---


def number(value: object, path: str, *, positive: bool = False) -> Fraction:
    """A decimal that is not negative, or where asked above 0, exactly as it is written."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        raise RefusedError("invalid", path)
    read = Fraction(value)
    if read < 0 or (positive and read == 0):
        raise RefusedError("invalid", path)
    return read


def whole(value: object, path: str) -> int:
    read = number(value, path)
    if read.denominator != 1:
        raise RefusedError("invalid", path)
    return int(read)


def instant(value: object, path: str) -> Fraction:
    """Seconds since 1970 of an ISO 8601 text with an offset."""
    try:
        read = datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise RefusedError("invalid", path) from None
    if read.tzinfo is None:
        raise RefusedError("invalid", path)
    since = read - EPOCH
    return Fraction(since.days * DAY + since.seconds) + Fraction(since.microseconds, 1_000_000)


def day_of(value: object, path: str) -> date:
    try:
        return date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise RefusedError("invalid", path) from None


def keys(value: object, path: str, needed: str, optional: str = "") -> dict[str, Any]:
    """The object at `path`, which has all the keys it needs and none that is unknown."""
    if not isinstance(value, dict):
        raise RefusedError("invalid", path)
    dot = f"{path}." if path else ""
    for key in value:
        if key not in {*needed.split(), *optional.split()}:
            raise RefusedError("invalid", f"{dot}{key}")
    for key in needed.split():
        if key not in value:
            raise RefusedError("invalid", f"{dot}{key}")
    return value


# --- The programme's day ---


@dataclass(frozen=True)
class Programme:
    """What the pump repeats each day: `day` holds (from, to, flow) in seconds after its midnight."""

    concentration: Fraction
    day: tuple[tuple[Fraction, Fraction, Fraction], ...]
    offset: int

    @property
    def day_ml(self) -> Fraction:
        return sum(((to - start) * flow for start, to, flow in self.day), Fraction(0))


def flex_day(steps: list[tuple[int, Fraction]]) -> list[tuple[Fraction, Fraction, Fraction]]:
    """(from, to, mcg per second) of a day whose last step holds through midnight to the first."""
    bounds = [start for start, _ in steps] + [DAY]
    pieces = [(Fraction(0), Fraction(bounds[0]), steps[-1][1] / 3600)] if bounds[0] else []
    for (start, rate), to in zip(steps, bounds[1:], strict=True):
        pieces.append((Fraction(start), Fraction(to), rate / 3600))
    return pieces


def periodic_day(
    basal: Fraction, bolus: Fraction, every: Fraction, over: Fraction
) -> list[tuple[Fraction, Fraction, Fraction]]:
    """(from, to, mcg per second): a bolus at midnight and every `every` s, for `over` s, cut at midnight."""
    pieces = []
    start = Fraction(0)
    while start < DAY:
        ends = min(start + over, Fraction(DAY))
        following = min(start + every, Fraction(DAY))
        pieces.append((start, ends, bolus / over))
        if ends < following:
            pieces.append((ends, following, basal / DAY))
        start += every
    return pieces


def read_flex(fact: dict[str, Any], path: str) -> list[tuple[Fraction, Fraction, Fraction]]:
    listed = fact["steps"]
    if not isinstance(listed, list) or not listed:
        raise RefusedError("invalid", f"{path}.steps")
    steps: list[tuple[int, Fraction]] = []
    for i, step in enumerate(listed):
        where = f"{path}.steps[{i}]"
        keys(step, where, "from mcg_per_h")
        if not isinstance(step["from"], str) or not re.fullmatch(
            r"([01][0-9]|2[0-3]):[0-5][0-9]", step["from"]
        ):
            raise RefusedError("invalid", f"{where}.from")
        start = int(step["from"][:2]) * 3600 + int(step["from"][3:]) * 60
        if steps and start <= steps[-1][0]:
            raise RefusedError("invalid", f"{where}.from")
        steps.append((start, number(step["mcg_per_h"], f"{where}.mcg_per_h")))
    return flex_day(steps)


MODES = {
    "continuous": "dose_mcg_per_day",
    "flex": "steps",
    "periodic": "basal_mcg_per_day bolus_mcg every_h over_min",
}


def read_programme(fact: dict[str, Any], path: str, at: Fraction, zone: ZoneInfo) -> Programme:
    mode = fact.get("mode")
    if mode not in MODES:
        raise RefusedError("invalid", f"{path}.mode")
    optional = "patient_bolus_max_mcg_per_day printed_alarm_on"
    keys(fact, path, f"kind at mode concentration_mcg_per_ml {MODES[mode]}", optional)
    concentration = number(
        fact["concentration_mcg_per_ml"], f"{path}.concentration_mcg_per_ml", positive=True
    )
    if mode == "continuous":
        rate = number(fact["dose_mcg_per_day"], f"{path}.dose_mcg_per_day") / DAY
        day = [(Fraction(0), Fraction(DAY), rate)]
    elif mode == "flex":
        day = read_flex(fact, path)
    else:
        basal = number(fact["basal_mcg_per_day"], f"{path}.basal_mcg_per_day")
        bolus = number(fact["bolus_mcg"], f"{path}.bolus_mcg")
        every = number(fact["every_h"], f"{path}.every_h", positive=True) * 3600
        over = number(fact["over_min"], f"{path}.over_min", positive=True) * 60
        if over >= every:
            raise RefusedError("invalid", f"{path}.over_min")
        day = periodic_day(basal, bolus, every, over)
    extra = (
        number(fact.get("patient_bolus_max_mcg_per_day", 0), f"{path}.patient_bolus_max_mcg_per_day") / DAY
    )
    offset = (EPOCH + timedelta(seconds=floor(at))).astimezone(zone).utcoffset() or timedelta(0)
    flows = tuple((start, to, (rate + extra) / concentration) for start, to, rate in day)
    return Programme(concentration, flows, round(offset.total_seconds()))


# --- Facts ---


@dataclass(frozen=True)
class Fact:
    kind: str
    at: Fraction
    volume: Fraction = Fraction(0)
    hours: Fraction = Fraction(0)
    mcg: Fraction = Fraction(0)
    withdrawn: Fraction | None = None
    emptied: bool = True
    concentration: Fraction = Fraction(0)
    programme: Programme | None = None
    printed: date | None = None


NEEDED = {
    "fill": "withdrawn_ml filled_ml concentration_mcg_per_ml",
    "bolus": "mcg",
    "prime": "volume_ml",
    "withdraw": "volume_ml",
    "bridge": "volume_ml hours",
    "stop": "",
    "resume": "",
}


def read_fact(fact: object, path: str, zone: ZoneInfo) -> Fact:
    if not isinstance(fact, dict):
        raise RefusedError("invalid", path)
    kind = fact.get("kind")
    if kind not in ORDER:
        raise RefusedError("invalid", f"{path}.kind")
    at = instant(fact.get("at"), f"{path}.at")
    printed = (
        day_of(fact["printed_alarm_on"], f"{path}.printed_alarm_on") if "printed_alarm_on" in fact else None
    )
    if kind == "programme":
        return Fact(kind, at, programme=read_programme(fact, path, at, zone), printed=printed)
    keys(fact, path, f"kind at {NEEDED[kind]}", "emptied printed_alarm_on" if kind == "fill" else "")
    if kind == "fill":
        return read_fill(fact, path, at, printed)
    volume = number(fact.get("volume_ml", 0), f"{path}.volume_ml")
    hours = number(fact.get("hours", 1), f"{path}.hours", positive=True)
    return Fact(kind, at, volume, hours, number(fact.get("mcg", 0), f"{path}.mcg"))


def read_fill(fact: dict[str, Any], path: str, at: Fraction, printed: date | None) -> Fact:
    withdrawn = fact["withdrawn_ml"]
    emptied = fact.get("emptied", True)
    if not isinstance(emptied, bool):
        raise RefusedError("invalid", f"{path}.emptied")
    return Fact(
        "fill",
        at,
        volume=number(fact["filled_ml"], f"{path}.filled_ml"),
        withdrawn=None if withdrawn is None else number(withdrawn, f"{path}.withdrawn_ml"),
        emptied=emptied,
        concentration=number(
            fact["concentration_mcg_per_ml"], f"{path}.concentration_mcg_per_ml", positive=True
        ),
        printed=printed,
    )


def refuse_contradictions(facts: list[Fact]) -> None:
    """`facts` are in their order: two of one kind at once, or a dose that the pump could not have given."""
    for one, two in itertools.combinations(facts, 2):
        if one.at == two.at and (one.kind == two.kind or {one.kind, two.kind} == {"stop", "resume"}):
            raise RefusedError("contradictory_facts")
    programmed, running = False, True
    for fact in facts:
        if fact.kind == "programme":
            programmed = True
        elif fact.kind in ("stop", "resume"):
            running = fact.kind == "resume"
        elif fact.kind in ("bridge", "bolus", "prime") and not (programmed and running):
            raise RefusedError("contradictory_facts")


# --- Walking ---


@dataclass(frozen=True)
class Flow:
    """One flow from `start` to `end`."""

    start: Fraction
    end: Fraction
    per_second: Fraction

    @property
    def ml(self) -> Fraction:
        return (self.end - self.start) * self.per_second


@dataclass(frozen=True)
class Days:
    """`count` whole days of one programme, from a midnight of the pump."""

    start: Fraction
    count: int
    programme: Programme

    @property
    def ml(self) -> Fraction:
        return self.count * self.programme.day_ml

    def one(self, i: int) -> Iterator[Flow]:
        for start, to, flow in self.programme.day:
            yield Flow(self.start + i * DAY + start, self.start + i * DAY + to, flow)


@dataclass(frozen=True)
class Taken:
    """Leaves at once: a bolus or prime by the pump, or a draw by needle."""

    start: Fraction
    ml: Fraction
    by_needle: bool


Piece = Flow | Days | Taken


@dataclass
class Pump:
    """Where the walk stands."""

    now: Fraction
    running: bool = True
    programme: Programme | None = None
    bridge_ends: Fraction | None = None
    bridge_flow: Fraction = Fraction(0)

    def walk(self, until: Fraction) -> Iterator[Piece]:
        """The pieces from now to `until`; the walk then stands there."""
        while self.now < until:
            piece = self._piece(until)
            if piece is None:
                self.now = until
            else:
                self.now = piece.start + piece.count * DAY if isinstance(piece, Days) else piece.end
                yield piece

    def _piece(self, until: Fraction) -> Flow | Days | None:
        if not self.running or self.programme is None:
            return None
        if self.bridge_ends is not None and self.now < self.bridge_ends:
            return Flow(self.now, min(until, self.bridge_ends), self.bridge_flow)
        clock = (self.now + self.programme.offset) % DAY
        days = (until - self.now) // DAY
        if clock == 0 and days:
            return Days(self.now, days, self.programme)
        for start, to, flow in self.programme.day:
            if start <= clock < to:
                return Flow(self.now, min(until, self.now + to - clock), flow)
        raise AssertionError("a day has no gap")

    def heed(self, fact: Fact) -> None:
        if fact.kind in ("stop", "resume"):
            self.running = fact.kind == "resume"
        elif fact.kind == "programme":
            self.programme = fact.programme
            self.bridge_ends = None
        elif fact.kind == "bridge":
            self.bridge_ends = fact.at + fact.hours * 3600
            self.bridge_flow = fact.volume / (fact.hours * 3600)

    def taken(self, fact: Fact) -> Taken | None:
        if fact.kind == "bolus" and self.programme is not None:
            return Taken(fact.at, fact.mcg / self.programme.concentration, by_needle=False)
        if fact.kind in ("prime", "withdraw"):
            return Taken(fact.at, fact.volume, by_needle=fact.kind == "withdraw")
        return None


def first_instant(pieces: Iterable[Piece], room: Fraction, ratio: Fraction) -> Fraction | None:
    """When what left (programmed × ratio, and draws) first reaches `room`, which is above 0."""
    left = room
    for piece in pieces:
        used = piece.ml * (1 if isinstance(piece, Taken) and piece.by_needle else ratio)
        if used < left:
            left -= used
        elif isinstance(piece, Taken):
            return piece.start
        elif isinstance(piece, Flow):
            return piece.start + left / (piece.per_second * ratio)
        else:
            per_day = piece.programme.day_ml * ratio
            # The whole days that end before the level is reached; it falls within the next one.
            before = -(-left // per_day) - 1
            return first_instant(piece.one(before), left - before * per_day, ratio)
    return None


# --- What the refills teach ---


@dataclass
class Cycle:
    start: Fraction
    added: Fraction = Fraction(0)
    drawn: Fraction = Fraction(0)
    programmed: Fraction = Fraction(0)
    dry: bool = False

    @property
    def expected(self) -> Fraction:
        return self.start + self.added - self.drawn - self.programmed


@dataclass
class Learned:
    accuracy: Fraction
    mean: Fraction = PRIOR_MEAN
    variance: Fraction = PRIOR_VARIANCE
    observations: int = 0
    beyond: list[Fraction] = field(default_factory=list)

    def observe(self, ratio: Fraction, programmed: Fraction) -> None:
        noise = JITTER_VARIANCE + (READING_ML / programmed) ** 2
        weight = self.variance / (self.variance + noise)
        self.mean += weight * (ratio - self.mean)
        self.variance *= 1 - weight
        self.observations += 1
        self.beyond = []

    def forget(self, ratio: Fraction) -> None:
        self.mean, self.variance, self.observations = PRIOR_MEAN, PRIOR_VARIANCE, 0
        self.beyond.append(ratio)

    def band(self) -> dict[str, Any]:
        known = self.observations >= 2
        reach = Fraction("1.96") * root(self.variance + JITTER_VARIANCE) if known else self.accuracy
        middle = self.mean if known else Fraction(1)
        low, high = min(middle - reach, Fraction(1)), max(middle + reach, Fraction(1))
        return {
            "source": "learned" if known else "specification",
            "cycles": self.observations,
            "mean": self.mean if known else None,
            "low": max(Fraction(0), min([low, *self.beyond])),
            "high": max([high, *self.beyond]),
        }


def root(value: Fraction) -> Fraction:
    with localcontext(prec=60):
        return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).sqrt())


def judge(cycle: Cycle, withdrawn: Fraction, learned: Learned) -> dict[str, Any]:
    """One ended cycle, and what it teaches."""
    expected = cycle.expected
    difference = withdrawn - expected
    ratio = (cycle.programmed - difference) / cycle.programmed if cycle.programmed else None
    beyond = ratio is not None and abs(ratio - 1) > learned.accuracy and abs(difference) >= 1
    finding = None
    if cycle.dry:
        finding = "ran_empty"
    elif beyond or abs(difference) > 2:
        finding = "under_delivery" if difference > 0 else "over_delivery"
    if ratio is not None and not cycle.dry:
        if beyond:
            learned.forget(ratio)
        elif cycle.programmed >= 2:
            learned.observe(ratio, cycle.programmed)
    return {
        "programmed_ml": cycle.programmed,
        "expected_ml": expected,
        "withdrawn_ml": withdrawn,
        "difference_ml": difference,
        "delivered_ratio": ratio,
        "finding": finding,
    }


# --- The forecast ---


@dataclass
class History:
    """The walk up to `at`: what is in the reservoir on paper, and the pieces since the last fill."""

    pump: Pump
    reservoir: Fraction
    learned: Learned
    content: Fraction = Fraction(0)
    filled: Fact | None = None
    filled_to: Fraction = Fraction(0)
    concentrations: set[Fraction] = field(default_factory=set)
    cycle: Cycle | None = None
    cycles: list[tuple[Fraction, dict[str, Any]]] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    def take(self, piece: Piece) -> None:
        if self.filled is None:
            return
        self.content -= piece.ml
        self.pieces.append(piece)
        if self.cycle is not None and isinstance(piece, Taken) and piece.by_needle:
            self.cycle.drawn += piece.ml
        elif self.cycle is not None:
            self.cycle.programmed += piece.ml

    def fill(self, fact: Fact) -> None:
        if self.cycle is not None and self.content <= 0:
            self.cycle.dry = True
        drawn = fact.withdrawn or Fraction(0)
        kept = Fraction(0) if fact.emptied else max(Fraction(0), self.content - drawn)
        self.concentrations = {fact.concentration} | (self.concentrations if kept else set())
        if fact.emptied:
            if self.cycle is not None and fact.withdrawn is not None:
                self.cycles.append((fact.at, judge(self.cycle, fact.withdrawn, self.learned)))
            self.cycle = Cycle(fact.volume)
        elif self.cycle is not None:
            self.cycle.added += fact.volume
            self.cycle.drawn += drawn
        self.content = kept + fact.volume
        if self.content > self.reservoir:
            raise RefusedError("volume_exceeds_reservoir")
        self.filled, self.filled_to, self.pieces = fact, self.content, []

    def live(self, facts: list[Fact], at: Fraction) -> None:
        for fact in facts:
            for piece in self.pump.walk(fact.at):
                self.take(piece)
            if fact.kind == "fill":
                self.fill(fact)
            self.pump.heed(fact)
            taken = self.pump.taken(fact)
            if taken is not None:
                self.take(taken)
        for piece in self.pump.walk(at):
            self.take(piece)

    def reaches(self, room: Fraction, ratio: Fraction) -> Fraction | None:
        """When what left since the last fill reaches `room`, within the years that a forecast looks ahead."""
        assert self.filled is not None
        limit = self.filled.at + HORIZON
        if room <= 0:
            return self.filled.at
        future = copy(self.pump).walk(max(limit, self.pump.now))
        when = first_instant(itertools.chain(self.pieces, future), room, ratio)
        return when if when is not None and when <= limit else None


def printed_date(facts: list[Fact]) -> date | None:
    """The earliest date printed at the latest instant that has a fill or a programme."""
    told = [fact for fact in facts if fact.kind in ("fill", "programme")]
    latest = max(fact.at for fact in told)
    return min((fact.printed for fact in told if fact.at == latest and fact.printed), default=None)


@dataclass(frozen=True)
class Scenario:
    at: Fraction
    zone: ZoneInfo
    pump: dict[str, Any]
    policy: dict[str, Any]
    facts: list[Fact]


def read(data: object) -> Scenario:
    """The scenario with its facts up to `at` in their order."""
    top = keys(data, "", "format at timezone pump policy facts")
    if whole(top["format"], "format") != 1:
        raise RefusedError("invalid", "format")
    at = instant(top["at"], "at")
    try:
        zone = ZoneInfo(top["timezone"])
    except (KeyError, ValueError, TypeError, OSError, AttributeError):
        raise RefusedError("invalid", "timezone") from None
    given = keys(
        top["pump"],
        "pump",
        "reservoir_ml alarm_ml accuracy_pct",
        "unusable_ml min_flow_ml_per_day max_flow_ml_per_day",
    )
    pump = {key: number(value, f"pump.{key}", positive=key == "reservoir_ml") for key, value in given.items()}
    rules = keys(top["policy"], "policy", "margin_days max_interval_days", "accuracy_days")
    policy = {
        key: None if key == "accuracy_days" and value is None else whole(value, f"policy.{key}")
        for key, value in rules.items()
    }
    if not isinstance(top["facts"], list):
        raise RefusedError("invalid", "facts")
    facts = [read_fact(fact, f"facts[{i}]", zone) for i, fact in enumerate(top["facts"])]
    known = sorted((f for f in facts if f.at <= at), key=lambda f: (f.at, ORDER.index(f.kind)))
    return Scenario(at, zone, pump, policy, known)


def forecast(data: object) -> dict[str, Any]:
    """The forecast of one scenario, or an error object; numbers are fractions, findings a set of codes."""
    try:
        return answer(read(data))
    except RefusedError as refused:
        return {"error": refused.code, "path": refused.path}


def answer(s: Scenario) -> dict[str, Any]:
    kinds = {fact.kind for fact in s.facts}
    for kind in ("fill", "programme"):
        if kind not in kinds:
            raise RefusedError(f"no_{kind}")
    refuse_contradictions(s.facts)
    learned = Learned(s.pump["accuracy_pct"] / 100)
    history = History(Pump(s.facts[0].at), s.pump["reservoir_ml"], learned)
    history.live(s.facts, s.at)
    return tell(s, history)


def tell(s: Scenario, history: History) -> dict[str, Any]:
    programme, filled = history.pump.programme, history.filled
    assert programme is not None
    assert filled is not None
    band = history.learned.band()
    usable = history.filled_to - s.pump.get("unusable_ml", Fraction(0))
    alarm = history.reaches(history.filled_to - s.pump["alarm_ml"], Fraction(1))
    earliest = history.reaches(usable, band["high"])
    expires = local(filled.at, s.zone).date() + timedelta(days=s.policy["max_interval_days"])
    printed = printed_date(s.facts)
    refill_by, binding = earliest_date(s, alarm, printed, earliest, expires)
    return {
        "volume_ml": max(Fraction(0), history.content),
        "dose_mcg_per_day": programme.day_ml * programme.concentration,
        "flow_ml_per_day": programme.day_ml,
        "alarm_at": text(alarm, s.zone),
        "empty_at": text(history.reaches(usable, Fraction(1)), s.zone),
        "earliest_empty_at": text(earliest, s.zone),
        "latest_empty_at": text(history.reaches(usable, band["low"]), s.zone),
        "expires_on": expires.isoformat(),
        "refill_by": refill_by.isoformat(),
        "binding": binding,
        "delivery_ratio": band,
        "cycles": [{"at": text(at, s.zone), **cycle} for at, cycle in history.cycles],
        "findings": findings(s, history, alarm, printed),
    }


def earliest_date(
    s: Scenario, alarm: Fraction | None, printed: date | None, earliest: Fraction | None, expires: date
) -> tuple[date, str]:
    margin = timedelta(days=s.policy["margin_days"])
    accuracy = s.policy.get("accuracy_days", 2)
    dates = []
    if alarm is not None:
        dates.append((local(alarm, s.zone).date() - margin, "alarm"))
    if printed is not None:
        dates.append((printed - margin, "printed"))
    if earliest is not None and accuracy is not None:
        dates.append((local(earliest, s.zone).date() - timedelta(days=accuracy), "accuracy"))
    dates.append((expires, "expiry"))
    return min(dates, key=lambda dated: dated[0])


def findings(s: Scenario, history: History, alarm: Fraction | None, printed: date | None) -> set[str]:
    programme = history.pump.programme
    assert programme is not None
    # A pause is no flow; each step that flows, and the whole day, must be what the pump can give.
    flows = [programme.day_ml, *(flow * DAY for _, _, flow in programme.day if flow)]
    found = {
        "pump_stopped": not history.pump.running,
        "concentration_mismatch": history.concentrations != {programme.concentration},
        "flow_out_of_range": min(flows) < s.pump.get("min_flow_ml_per_day", 0)
        or max(flows) > s.pump.get("max_flow_ml_per_day", max(flows)),
        "residual_out_of_limits": bool(history.cycles)
        and history.cycles[-1][1]["finding"] in ("over_delivery", "under_delivery"),
        "printed_date_differs": printed is not None
        and (alarm is None or abs((local(alarm, s.zone).date() - printed).days) > 1),
        "ran_empty": history.content <= 0,
    }
    return {code for code, holds in found.items() if holds}


def local(at: Fraction, zone: ZoneInfo) -> datetime:
    return (EPOCH + timedelta(seconds=floor(at))).astimezone(zone)


def text(at: Fraction | None, zone: ZoneInfo) -> str | None:
    return None if at is None else local(at, zone).isoformat()
