"""The forecast: when a pump's alarm sounds on paper, when it is empty, by when it must be refilled, and why.

Pure: it depends on the scenario alone. The low-reservoir alarm is calculated from the programmed delivery,
not measured (Medtronic FA596, 2016), so the forecast follows the programme, and beside it the band of ratios
that the pump may have.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Literal

from itb.infusion.explain import explain
from itb.infusion.findings import Finding, find
from itb.infusion.moments import Binding, find_moments
from itb.infusion.plain import plain
from itb.infusion.ratio import Band, Cycle, CycleFinding, learn
from itb.infusion.reservoir import local, walk
from itb.infusion.scenario import Fact, Refusal, RefusalError, Scenario, read_scenario

UNSIGNED = Finding(
    "unsigned_programme",
    "A programme that no second person has signed may run: of each moment the earlier one counts, with it and without.",
)


@dataclass(frozen=True, slots=True)
class DeliveryRatio:
    """Delivered ÷ programmed, as far as this pump is known; `cycles` is how many refills taught it."""

    source: Literal["specification", "learned"]
    cycles: int
    mean: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class CycleRead:
    """One cycle that ended with a volume withdrawn; `delivered_ratio` None where nothing was programmed."""

    at: datetime
    programmed_ml: Decimal
    expected_ml: Decimal
    withdrawn_ml: Decimal
    difference_ml: Decimal
    delivered_ratio: Decimal | None
    finding: CycleFinding | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """All moments of one pump at one instant; instants in the scenario's time zone, to the second, rounded down."""

    volume_ml: Decimal
    dose_mcg_per_day: Decimal
    flow_ml_per_day: Decimal
    alarm_at: datetime | None
    empty_at: datetime | None
    earliest_empty_at: datetime | None
    latest_empty_at: datetime | None
    expires_on: date
    refill_by: date
    binding: Binding
    delivery_ratio: DeliveryRatio
    cycles: tuple[CycleRead, ...]
    findings: tuple[Finding, ...]
    steps: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The forecast with the keys of the scenario form: numbers as text in plain decimal notation."""
        ratio = self.delivery_ratio
        return {
            "volume_ml": format(self.volume_ml, "f"),
            "dose_mcg_per_day": format(self.dose_mcg_per_day, "f"),
            "flow_ml_per_day": format(self.flow_ml_per_day, "f"),
            "alarm_at": _iso(self.alarm_at),
            "empty_at": _iso(self.empty_at),
            "earliest_empty_at": _iso(self.earliest_empty_at),
            "latest_empty_at": _iso(self.latest_empty_at),
            "expires_on": self.expires_on.isoformat(),
            "refill_by": self.refill_by.isoformat(),
            "binding": self.binding,
            "delivery_ratio": {
                "source": ratio.source,
                "cycles": ratio.cycles,
                "mean": format(ratio.mean, "f"),
                "low": format(ratio.low, "f"),
                "high": format(ratio.high, "f"),
            },
            "cycles": [_cycle_json(cycle) for cycle in self.cycles],
            "findings": [{"code": finding.code, "sentence": finding.sentence} for finding in self.findings],
            "steps": list(self.steps),
        }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _cycle_json(cycle: CycleRead) -> dict[str, object]:
    return {
        "at": cycle.at.isoformat(),
        "programmed_ml": format(cycle.programmed_ml, "f"),
        "expected_ml": format(cycle.expected_ml, "f"),
        "withdrawn_ml": format(cycle.withdrawn_ml, "f"),
        "difference_ml": format(cycle.difference_ml, "f"),
        "delivered_ratio": None if cycle.delivered_ratio is None else format(cycle.delivered_ratio, "f"),
        "finding": cycle.finding,
    }


def forecast_json(data: object) -> dict[str, object]:
    """What the command line prints for `data`: a forecast, or an error object."""
    scenario = read_scenario(data)
    outcome = scenario if isinstance(scenario, Refusal) else forecast(scenario)
    return outcome.as_json()


def forecast(scenario: Scenario) -> Forecast | Refusal:
    """The forecast of `scenario`, or why the facts known at its instant allow none.

    What is unsigned counts for the worse: every reading of it must allow a forecast, and the earlier moment holds.
    """
    found = [_forecast(reading) for reading in readings(scenario)]
    known = [each for each in found if isinstance(each, Forecast)]
    if len(known) < len(found):
        return next(each for each in found if isinstance(each, Refusal))
    return _more_dangerous(known) if len(known) > 1 else known[0]


def ruling_reading(scenario: Scenario) -> Scenario:
    """The reading of `scenario` by which the pump runs empty first: the one to draw. Those without a forecast aside."""
    found = [(reading, _forecast(reading)) for reading in readings(scenario)]
    ends = [
        (each.earliest_empty_at, number)
        for number, (_, each) in enumerate(found)
        if isinstance(each, Forecast) and each.earliest_empty_at is not None
    ]
    return found[min(ends)[1] if ends else -1][0]


def readings(scenario: Scenario) -> list[Scenario]:
    """What may be so: nothing unsigned was told to the pump, each of it alone, or all of it (the last of the list)."""
    told = [tuple(group) for _, group in groupby(scenario.unsigned, lambda fact: fact.at_us)]
    some = [[each] for each in told] if len(told) > 1 else []
    every = [[], *some, told] if told else [[]]
    return [_with(scenario, [fact for group in chosen for fact in group]) for chosen in every]


def _with(scenario: Scenario, unsigned: Iterable[Fact]) -> Scenario:
    facts = sorted((*scenario.facts, *unsigned), key=lambda fact: (fact.at_us, fact.order))
    return replace(scenario, facts=tuple(facts), unsigned=())


def _more_dangerous(known: Sequence[Forecast]) -> Forecast:
    """The last reading, in which all was told, with the earliest of each moment and the least volume of any."""
    told, due = known[-1], min(known, key=lambda each: each.refill_by)
    latest = [each.latest_empty_at for each in known]
    return replace(
        told,
        volume_ml=min(each.volume_ml for each in known),
        alarm_at=_earliest(each.alarm_at for each in known),
        empty_at=_earliest(each.empty_at for each in known),
        earliest_empty_at=_earliest(each.earliest_empty_at for each in known),
        latest_empty_at=None if None in latest else max(at for at in latest if at is not None),
        expires_on=min(each.expires_on for each in known),
        refill_by=due.refill_by,
        binding=due.binding,
        findings=(*told.findings, UNSIGNED),
        steps=(*due.steps, UNSIGNED.sentence),
    )


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in moments if at is not None), default=None)


def _forecast(scenario: Scenario) -> Forecast | Refusal:
    try:
        walked = walk(scenario)
    except RefusalError as refused:
        return refused.refusal
    band = learn(walked.cycles, scenario.pump.accuracy_pct)
    moments = find_moments(scenario, walked, band)
    due, units = moments.due, walked.scale.units
    concentration = walked.programme.concentration_mcg_per_ml
    return Forecast(
        volume_ml=_number(max(0, walked.stay.left), units),
        dose_mcg_per_day=_number(
            walked.flow.a_day * concentration.numerator, units * concentration.denominator
        ),
        flow_ml_per_day=_number(walked.flow.a_day, units),
        alarm_at=moments.alarm_at,
        empty_at=moments.empty_at,
        earliest_empty_at=moments.earliest_empty_at,
        latest_empty_at=moments.latest_empty_at,
        expires_on=moments.expires_on,
        refill_by=due.on,
        binding=due.binding,
        delivery_ratio=_ratio(band),
        cycles=tuple(_read(cycle, scenario) for cycle in walked.cycles),
        findings=tuple(find(scenario, walked, moments)),
        steps=tuple(explain(scenario, walked, band, moments)),
    )


def _number(numerator: int, denominator: int) -> Decimal:
    return Decimal(plain(numerator, denominator))


def _ratio(band: Band) -> DeliveryRatio:
    mean, low, high = (
        _number(ratio.numerator, ratio.denominator) for ratio in (band.mean, band.low, band.high)
    )
    return DeliveryRatio(band.source, band.cycles, mean, low, high)


def _read(cycle: Cycle, scenario: Scenario) -> CycleRead:
    return CycleRead(
        local(cycle.at_us // 1_000_000, scenario),
        _number(cycle.programmed, cycle.scale),
        _number(cycle.expected, cycle.scale),
        _number(cycle.withdrawn, cycle.scale),
        _number(cycle.difference, cycle.scale),
        _number(cycle.delivered, cycle.programmed) if cycle.programmed else None,
        cycle.finding(scenario.pump.accuracy_pct),
    )
