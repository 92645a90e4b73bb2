"""Does the forecast help? A cohort of invented pumps over some years, refilled by four policies: `simulate`.

The policies are the learned band, the band of the specification, the plain programmed date (the alarm date
less the margin, no band), and the alarm date itself. All of them refill the same pumps, with the same jitter,
reading errors, missed visits and faults in each cycle; the band comes from `itb.infusion.ratio`, so that what is
tried out is what the clinic uses. All the assumptions stand in the catalogue; most of them have no published
figure behind them, and a result is worth no more than they are.

Plain floats and `random.Random`: the cohort is invented, so nothing here is a dose. Time is in days from the
first fill, which like every visit is at 10 in the morning. Volumes are mL.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, inf
from random import Random
from statistics import fmean

from itb.infusion.catalogue import Constant, Simulation, catalogue
from itb.infusion.ratio import Cycle, learn

MORNING = 10 / 24
DAYS_A_YEAR = 365.25
SCALE = 1_000_000
"""Units of a cycle's balance in a millilitre."""


@dataclass(frozen=True, slots=True)
class World:
    """The assumptions as plain numbers: the pump model and policy of the catalogue, and its simulation."""

    given: Simulation
    alarm_ml: float
    accuracy_pct: Fraction
    margin_days: int
    accuracy_days: int
    longest_stay_days: int

    @classmethod
    def of_the_catalogue(cls) -> World:
        known = catalogue()
        model = known.pump_models["synchromed-ii-40"]
        return cls(
            given=known.simulation,
            alarm_ml=_float(model.alarm_ml),
            accuracy_pct=Fraction(model.accuracy_pct.value),
            margin_days=int(known.refill.margin_days.value),
            accuracy_days=int(known.refill.accuracy_days.value),
            longest_stay_days=int(known.refill.longest_stay_days.value),
        )

    @property
    def lowest(self) -> float:
        return float(1 - self.accuracy_pct / 100)

    @property
    def highest(self) -> float:
        return float(1 + self.accuracy_pct / 100)


def _float(constant: Constant) -> float:
    return float(constant.value)


@dataclass(frozen=True, slots=True)
class Luck:
    """What chance holds for one cycle of a pump, the same under every policy."""

    jitter: float
    reading_ml: float
    left_ml: float
    late_days: int


@dataclass(frozen=True, slots=True)
class Pump:
    """An invented pump: what it holds, how fast it runs, what it really delivers, and what will go wrong."""

    reservoir_ml: float
    flow_ml_per_day: float
    ratio: float
    spare_ratio: float
    drift_day: float
    drift_ratio: float
    stall_day: float
    catheter_day: float
    luck: Callable[[int], Luck]


def invent(world: World, seed: int, number: int) -> Pump:
    """The pump of this number in the cohort of this seed."""
    chance = _chance(f"{seed}/{number}")
    given = world.given
    dose = _within(chance, _float(given.dose_mean_mcg_per_day), _float(given.dose_sd_mcg_per_day), 50, 2000)
    return Pump(
        reservoir_ml=chance.choice((20.0, 40.0)),
        flow_ml_per_day=dose / _concentration(dose),
        ratio=_own_ratio(world, chance),
        spare_ratio=_own_ratio(world, chance),
        drift_day=_float(given.drift_onset_least_days) + _first(chance, given.drift_faults_per_year),
        drift_ratio=chance.uniform(_float(given.drift_low_ratio), _float(given.drift_high_ratio)),
        stall_day=_first(chance, given.stalls_per_year),
        catheter_day=_first(chance, given.catheter_faults_per_year),
        luck=lambda cycle: _luck(world, _chance(f"{seed}/{number}/{cycle}")),
    )


def _chance(seed: str) -> Random:
    return Random(seed)  # noqa: S311  nothing here is a secret


def _concentration(dose: float) -> int:
    """The presentation that keeps a pump going for some months without ending far beyond the longest stay."""
    return next((strength for below, strength in ((150, 500), (350, 1000)) if dose < below), 2000)


def _luck(world: World, chance: Random) -> Luck:
    given = world.given
    spike, missed = chance.random() < given.spike_share.value, chance.random() < given.missed_share.value
    return Luck(
        jitter=chance.gauss(0, _float(given.refill_sd)),
        reading_ml=chance.gauss(0, _float(given.reading_sd_ml)),
        left_ml=chance.uniform(0, _float(given.spike_most_ml)) if spike else 0.0,
        late_days=chance.randint(1, int(given.missed_most_days.value)) if missed else 0,
    )


def _own_ratio(world: World, chance: Random) -> float:
    given = world.given
    return _within(chance, _float(given.ratio_mean), _float(given.ratio_sd), world.lowest, world.highest)


def _within(chance: Random, mean: float, sd: float, low: float, high: float) -> float:
    """A normal figure, drawn again until it lies between the two ends."""
    while not low <= (figure := chance.gauss(mean, sd)) <= high:
        pass
    return figure


def _first(chance: Random, per_year: Constant) -> float:
    """The day of the first event of a steady rate."""
    return chance.expovariate(_float(per_year)) * DAYS_A_YEAR


Bounds = tuple[float, float, bool]
"""The lowest and the highest ratio that a pump may have, and whether the claim of the band is made already."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a clinic decides when to refill: with a band of ratios from the cycles so far, or with none."""

    name: str
    band: Callable[[Sequence[Cycle], Fraction], Bounds] | None
    margin: bool = True


def _learned(cycles: Sequence[Cycle], accuracy_pct: Fraction) -> Bounds:
    band = learn(cycles, accuracy_pct)
    return float(band.low), float(band.high), band.source == "learned"


def _specified(_: Sequence[Cycle], accuracy_pct: Fraction) -> Bounds:
    band = learn((), accuracy_pct)
    return float(band.low), float(band.high), True


POLICIES = (
    Policy("learned band", _learned),
    Policy("±14.5 % band", _specified),
    Policy("programmed date", None),
    Policy("alarm date itself", None, margin=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One cycle, as it went. Days count from its fill; `dry_day` is when it would be empty if nobody came."""

    ratio: float
    bounds: Bounds
    earliest_day: float
    refill_by_day: int
    band_binds: bool
    visit_day: int
    dry_day: float
    finding: bool
    fault: str

    @property
    def within(self) -> bool:
        """Whether the pump delivered within its specification throughout."""
        return self.fault in ("", "catheter")

    @property
    def covered(self) -> bool:
        """Whether the band held the true ratio."""
        low, high, _ = self.bounds
        return low <= self.ratio <= high

    @property
    def dry(self) -> bool:
        """Whether it ran dry before somebody came."""
        return self.dry_day < self.visit_day

    @property
    def unwarned(self) -> bool:
        """Whether it would run dry before `refill_by`, which is when the clinic's first alert opens."""
        return self.dry_day < self.refill_by_day

    @property
    def false_empty(self) -> bool:
        """Whether an alert said it may be empty, with nobody there yet, while it still delivered."""
        return self.earliest_day < min(self.visit_day, self.dry_day)


@dataclass(frozen=True, slots=True)
class _State:
    """Where a pump stands at a fill: the day, what was left behind, what is wrong, and the cycles so far."""

    number: int = 0
    day: int = 0
    left_ml: float = 0.0
    drifting: bool = False
    replaced: bool = False
    past: tuple[Cycle, ...] = ()


def live(world: World, pump: Pump, policy: Policy, days: float) -> Iterator[Outcome]:
    """The cycles of one pump under one policy that end within so many days.

    What an aspiration leaves behind stays in the reservoir and is delivered in the next cycle. A pump that stalled,
    or that drifted and was found out, is replaced by a sound one about which nothing is known.
    """
    state = _State()
    while True:
        outcome, state = _turn(world, pump, policy, state)
        if state.day > days:
            return
        yield outcome


def _turn(world: World, pump: Pump, policy: Policy, state: _State) -> tuple[Outcome, _State]:
    """One cycle, and where the pump stands at its end."""
    luck = pump.luck(state.number)
    bounds = policy.band(state.past, world.accuracy_pct) if policy.band else (1.0, 1.0, False)
    earliest = pump.reservoir_ml / (pump.flow_ml_per_day * bounds[1])
    programmed, by_band = _dates(world, pump, policy, earliest)
    refill_by = max(min(programmed, programmed if by_band is None else by_band), 1)
    visit = refill_by + luck.late_days
    ratio = _inside(world, (pump.spare_ratio if state.replaced else pump.ratio) + luck.jitter)
    at, fault = _fault(pump, state, visit)
    course = _Course(
        pump.reservoir_ml + state.left_ml, pump.flow_ml_per_day, ratio, at, _after(pump, fault, ratio)
    )
    true_ml = course.left_on(visit)
    left = min(luck.left_ml, true_ml)
    cycle = _cycle(pump, visit, max(true_ml - left + luck.reading_ml, 0.0))
    outcome = Outcome(
        ratio=ratio,
        bounds=bounds,
        earliest_day=earliest,
        refill_by_day=refill_by,
        band_binds=by_band is not None and by_band < programmed,
        visit_day=visit,
        dry_day=course.dry_day,
        finding=cycle.finding(world.accuracy_pct) in ("over_delivery", "under_delivery"),
        fault=fault,
    )
    number, day = state.number + 1, state.day + visit
    if fault == "stall" or (fault == "drift" and (outcome.finding or outcome.dry)):
        return outcome, _State(number, day, replaced=True)
    return outcome, _State(number, day, left, fault == "drift", state.replaced, (*state.past, cycle))


def _dates(world: World, pump: Pump, policy: Policy, earliest_day: float) -> tuple[int, int | None]:
    """Days from the fill to the morning by which to refill: by the programme and the longest stay, and by the band."""
    alarm_day = (pump.reservoir_ml - world.alarm_ml) / pump.flow_ml_per_day
    margin = world.margin_days if policy.margin else 0
    programmed = min(floor(MORNING + alarm_day) - margin, world.longest_stay_days)
    return programmed, floor(MORNING + earliest_day) - world.accuracy_days if policy.band else None


def _inside(world: World, ratio: float) -> float:
    """The ratio of one cycle, thrown back from the limits of the specification."""
    return max(min(ratio, 2 * world.highest - ratio), 2 * world.lowest - ratio)


def _fault(pump: Pump, state: _State, visit: int) -> tuple[float, str]:
    """From which day of the cycle something is wrong, and what: a drift goes on until it is found out."""
    if state.drifting:
        return 0.0, "drift"
    events = ((pump.drift_day, "drift"), (pump.stall_day, "stall"), (pump.catheter_day, "catheter"))
    begun = [event for event in events if state.day <= event[0] < state.day + visit and not state.replaced]
    day, kind = min(begun, default=(inf, ""))
    return day - state.day, kind


def _after(pump: Pump, fault: str, ratio: float) -> float:
    """What is delivered for what is programmed once the fault is there; a catheter's leaves that as it is."""
    return {"drift": pump.drift_ratio, "stall": 0.0}.get(fault, ratio)


@dataclass(frozen=True, slots=True)
class _Course:
    """The true content over one cycle: one ratio until `at`, another after it."""

    content_ml: float
    flow: float
    ratio: float
    at: float
    after: float

    def left_on(self, day: float) -> float:
        before, behind = min(day, self.at), max(day - self.at, 0.0)
        return max(self.content_ml - self.flow * (self.ratio * before + self.after * behind), 0.0)

    @property
    def dry_day(self) -> float:
        steady = self.content_ml / (self.flow * self.ratio)
        if steady <= self.at:
            return steady
        rest = self.content_ml - self.flow * self.ratio * self.at
        return self.at + rest / (self.flow * self.after) if self.after else inf


def _cycle(pump: Pump, day: float, withdrawn_ml: float) -> Cycle:
    """The balance of the cycle as the clinic sees it."""
    programmed = round(pump.flow_ml_per_day * day * SCALE)
    content = round(pump.reservoir_ml * SCALE)
    return Cycle(
        at_us=0,
        start=content,
        added=0,
        drawn=0,
        programmed=programmed,
        expected=content - programmed,
        withdrawn=round(withdrawn_ml * SCALE),
        ran_empty=content <= programmed,
        scale=SCALE,
    )


def simulate(*, seed: int, pumps: int, years: int) -> dict[str, object]:
    """What each policy did with the same cohort, keyed as the JSON of the command."""
    world = World.of_the_catalogue()
    cohort = [invent(world, seed, number) for number in range(pumps)]
    return {
        "seed": seed,
        "pumps": pumps,
        "years": years,
        "policies": [
            {"name": policy.name}
            | figures([list(live(world, pump, policy, years * DAYS_A_YEAR)) for pump in cohort])
            for policy in POLICIES
        ],
    }


def figures(lives: Sequence[Sequence[Outcome]]) -> dict[str, float | int | None]:
    """The figures of one policy. Shares are of 1; a figure over nothing is None.

    Those from `interval_days` up to `covered` are over cycles within specification; `dry_*_pumps` over all
    pumps.
    """
    every = [cycle for life in lives for cycle in life]
    sound = [cycle for cycle in every if cycle.within]
    years = sum(cycle.visit_day for cycle in every) / DAYS_A_YEAR
    return {
        "cycles": len(every),
        "pump_years": round(years, 1),
        "interval_days": _mean(cycle.visit_day for cycle in sound),
        "band_binds": _share(cycle.band_binds for cycle in sound),
        "days_given_up": _mean(max(cycle.dry_day - cycle.refill_by_day, 0.0) for cycle in sound),
        "dry_before_earliest_cycles": _share(cycle.dry_day < cycle.earliest_day for cycle in sound),
        "dry_before_earliest_pumps": _share(
            any(cycle.within and cycle.dry_day < cycle.earliest_day for cycle in life) for life in lives
        ),
        "dry_before_refill_by_cycles": _share(cycle.unwarned for cycle in sound),
        "dry_before_refill_by_pumps": _share(
            any(cycle.within and cycle.unwarned for cycle in life) for life in lives
        ),
        "covered": _share(cycle.covered for cycle in sound if cycle.bounds[2]),
        "dry_unwarned_pumps": _share(any(cycle.unwarned for cycle in life) for life in lives),
        "dry_warned_pumps": _share(any(cycle.dry and not cycle.unwarned for cycle in life) for life in lives),
        "false_residual_findings_per_year": _rate(sum(cycle.finding for cycle in sound), years),
        "false_empty_alerts_per_year": _rate(sum(cycle.false_empty for cycle in sound), years),
        "drifts": sum(cycle.fault == "drift" for cycle in every),
        "drifts_dry_unwarned": sum(cycle.fault == "drift" and cycle.unwarned for cycle in every),
        "stalls": sum(cycle.fault == "stall" for cycle in every),
        "stalls_found": sum(cycle.fault == "stall" and cycle.finding for cycle in every),
        "catheter_faults": sum(cycle.fault == "catheter" for cycle in every),
    }


def _mean(figures: Iterable[float]) -> float | None:
    found = list(figures)
    return round(fmean(found), 2) if found else None


def _share(truths: Iterable[bool]) -> float | None:
    found = list(truths)
    return round(sum(found) / len(found), 5) if found else None


def _rate(events: int, years: float) -> float | None:
    return round(events / years, 4) if years else None


ROWS = (
    ("", "All pumps", ""),
    ("cycles", "cycles", ""),
    ("pump_years", "pump-years", ""),
    ("dry_unwarned_pumps", "pumps dry without a prior alert", "%"),
    ("dry_warned_pumps", "pumps dry after an alert, the visit missed", "%"),
    ("drifts", "cycles with a drift beyond specification", ""),
    ("drifts_dry_unwarned", "of these, dry without a prior alert", ""),
    ("stalls", "stalls", ""),
    ("stalls_found", "of these, found by the residual", ""),
    ("catheter_faults", "catheter faults, which no residual shows", ""),
    ("", "Within specification", ""),
    ("interval_days", "days from fill to refill, mean", ""),
    ("band_binds", "cycles whose date the band set", "%"),
    ("days_given_up", "days of drug given up at refill_by, mean", ""),
    ("dry_before_earliest_cycles", "cycles dry before earliest_empty_at", "%"),
    ("dry_before_earliest_pumps", "pumps ever dry before earliest_empty_at", "%"),
    ("dry_before_refill_by_cycles", "cycles dry before refill_by", "%"),
    ("dry_before_refill_by_pumps", "pumps ever dry before refill_by", "%"),
    ("covered", "cycles whose true ratio the band held", "%"),
    ("false_residual_findings_per_year", "false residual findings a pump-year", ""),
    ("false_empty_alerts_per_year", "false “may be empty” alerts a pump-year", ""),
)


def table(found: dict[str, object]) -> str:
    """The figures for people: a row a figure, a column a policy."""
    policies = found["policies"]
    assert isinstance(policies, list)
    lines = [f"{found['pumps']} pumps, {found['years']} years, seed {found['seed']}", ""]
    lines.append(_row("", [policy["name"] for policy in policies]))
    for key, label, unit in ROWS:
        lines.append(_row(f"  {label}", [_cell(policy[key], unit) for policy in policies]) if key else label)
    return "\n".join(lines)


def _row(label: str, cells: Iterable[str]) -> str:
    return f"{label:<46}" + "".join(f"{cell:>18}" for cell in cells)


def _cell(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{value * 100:.3f} %" if unit else f"{value:,}"


def main(argv: list[str]) -> int:
    """Simulate and write a table, or with `--json` one JSON object. A wrong option ends with code 2 and says why."""
    parser = argparse.ArgumentParser(prog="python -m itb.infusion simulate", description=_first_paragraph())
    parser.add_argument(
        "--seed", type=int, default=1, help="of the random numbers; the same seed, the same figures"
    )
    parser.add_argument("--pumps", type=_whole(100_000), default=1000, help="in the cohort, at most 100,000")
    parser.add_argument("--years", type=_whole(50), default=5, help="that each is followed, at most 50")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    chosen = parser.parse_args(argv)
    found = simulate(seed=chosen.seed, pumps=chosen.pumps, years=chosen.years)
    sys.stdout.write(f"{json.dumps(found) if chosen.json else table(found)}\n")
    return 0


def _first_paragraph() -> str:
    return (__doc__ or "").partition("\n\n")[0]


def _whole(most: int) -> Callable[[str], int]:
    """A reader of whole numbers from 1 to `most`."""

    def read(text: str) -> int:
        number = int(text) if text.isdecimal() and len(text) <= len(str(most)) else 0
        if not 1 <= number <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {most:,}")
        return number

    return read
