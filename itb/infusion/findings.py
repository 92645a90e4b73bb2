"""What a person must hear of about one pump, each a code and a sentence.

Chosen readings: `residual_out_of_limits` speaks of the last cycle that was read, not of older ones;
`flow_out_of_range` of the day's mean and of every rate above 0 within the day; `concentration_mismatch` of
every concentration that went into the reservoir since it was last emptied; `no_instant` names what never
comes on a pump that runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from itb.infusion.moments import HORIZON_DAYS, Moments
from itb.infusion.plain import plain_fraction, rounded
from itb.infusion.reservoir import Walked, local
from itb.infusion.scenario import Scenario

FindingCode = Literal[
    "pump_stopped",
    "concentration_mismatch",
    "flow_out_of_range",
    "residual_out_of_limits",
    "printed_date_differs",
    "ran_empty",
    "no_instant",
    "unsigned_programme",
]


@dataclass(frozen=True, slots=True)
class Finding:
    code: FindingCode
    sentence: str


def find(scenario: Scenario, walked: Walked, moments: Moments) -> Iterator[Finding]:
    if walked.stopped:
        yield Finding("pump_stopped", "The pump is stopped: nothing flows until it is resumed.")
    yield from _concentration(walked)
    yield from _flow(scenario, walked)
    yield from _residual(scenario, walked)
    yield from _printed(moments)
    if walked.stay.left <= 0:
        yield Finding("ran_empty", "By what was programmed, nothing is left in the reservoir.")
    if not walked.stopped:
        yield from _absent(moments)


def _concentration(walked: Walked) -> Iterator[Finding]:
    told = walked.programme.concentration_mcg_per_ml
    others = sorted(walked.stay.concentrations - {told})
    if others:
        filled = " and ".join(plain_fraction(other) for other in others)
        yield Finding(
            "concentration_mismatch",
            f"The pump was told {plain_fraction(told)} mcg/mL, but {filled} mcg/mL went into its reservoir.",
        )


def _flow(scenario: Scenario, walked: Walked) -> Iterator[Finding]:
    low, high = scenario.pump.min_flow_ml_per_day, scenario.pump.max_flow_ml_per_day
    day, units = walked.scale.day, walked.scale.units
    flows = {walked.flow.a_day, *(rate * day for rate in walked.flow.rates if rate)}
    slow, fast = min(flows), max(flows)
    if low is not None and slow * low.denominator < low.numerator * units:
        yield Finding(
            "flow_out_of_range",
            f"The programme asks for {rounded(slow, units)} mL/day, less than the pump's {plain_fraction(low)}.",
        )
    if high is not None and fast * high.denominator > high.numerator * units:
        yield Finding(
            "flow_out_of_range",
            f"The programme asks for {rounded(fast, units)} mL/day, more than the pump's {plain_fraction(high)}.",
        )


def _residual(scenario: Scenario, walked: Walked) -> Iterator[Finding]:
    if not walked.cycles:
        return
    cycle = walked.cycles[-1]
    finding = cycle.finding(scenario.pump.accuracy_pct)
    if finding in ("over_delivery", "under_delivery"):
        withdrawn, expected = (rounded(volume, cycle.scale) for volume in (cycle.withdrawn, cycle.expected))
        at = local(cycle.at_us // 1_000_000, scenario)
        yield Finding(
            "residual_out_of_limits",
            f"At the fill of {at.date()} {withdrawn} mL were withdrawn where {expected} mL were expected: "
            f"{finding.replace('_', ' ')}.",
        )


def _printed(moments: Moments) -> Iterator[Finding]:
    printed, alarm_at = moments.printed_on, moments.alarm_at
    if printed is None:
        return
    if alarm_at is None:
        yield Finding("printed_date_differs", f"The programmer printed {printed}, but no alarm is forecast.")
    elif abs((printed - alarm_at.date()).days) > 1:
        yield Finding(
            "printed_date_differs",
            f"The programmer printed {printed}, but the alarm is forecast for {alarm_at.date()}.",
        )


def _absent(moments: Moments) -> Iterator[Finding]:
    instants = {
        "alarm": moments.alarm_at,
        "empty": moments.empty_at,
        "earliest empty": moments.earliest_empty_at,
        "latest empty": moments.latest_empty_at,
    }
    absent = [name for name, at in instants.items() if at is None]
    if absent:
        yield Finding(
            "no_instant",
            f"Within {HORIZON_DAYS} days of the last fill these never come: {', '.join(absent)}.",
        )
