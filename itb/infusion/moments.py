"""The moments of a pump: alarm, empty, earliest and latest empty, expiry, and the date by which it must be refilled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Literal

from itb.infusion.ratio import Band
from itb.infusion.reservoir import Walked, first_at, local
from itb.infusion.scenario import Scenario

Binding = Literal["alarm", "printed", "accuracy", "expiry"]

HORIZON_DAYS = 36_525  # a level reached later than this after the last fill is never reached, for any clinic


@dataclass(frozen=True, slots=True)
class Candidate:
    """A date by which a refill may be due: `on`, `days` before `since`."""

    on: date
    binding: Binding
    since: date
    days: int


@dataclass(frozen=True, slots=True)
class Moments:
    """Instants to the second, rounded down; None where one never comes."""

    alarm_at: datetime | None
    empty_at: datetime | None
    earliest_empty_at: datetime | None
    latest_empty_at: datetime | None
    filled_at: datetime
    expires_on: date
    printed_on: date | None
    candidates: tuple[Candidate, ...]

    @property
    def due(self) -> Candidate:
        return min(self.candidates, key=lambda candidate: candidate.on)


def find_moments(scenario: Scenario, walked: Walked, band: Band) -> Moments:
    pump, fill = scenario.pump, walked.stay.fill
    alarm_at = _reach(scenario, walked, pump.alarm_ml, Fraction(1))
    earliest_at = _reach(scenario, walked, pump.unusable_ml, band.high)
    filled_at = local(fill.at_us // 1_000_000, scenario)
    expires_on = filled_at.date() + timedelta(days=scenario.policy.max_interval_days)
    printed_on = min(
        (fact.printed_alarm_on for fact in walked.printed if fact.printed_alarm_on is not None), default=None
    )
    return Moments(
        alarm_at,
        _reach(scenario, walked, pump.unusable_ml, Fraction(1)),
        earliest_at,
        _reach(scenario, walked, pump.unusable_ml, band.low),
        filled_at,
        expires_on,
        printed_on,
        tuple(_candidates(scenario, alarm_at, printed_on, earliest_at, expires_on)),
    )


def _candidates(
    scenario: Scenario,
    alarm_at: datetime | None,
    printed_on: date | None,
    earliest_at: datetime | None,
    expires_on: date,
) -> list[Candidate]:
    """In the order in which a tie is decided."""
    policy = scenario.policy
    found: list[Candidate] = []
    if alarm_at is not None:
        found.append(_before(alarm_at.date(), policy.margin_days, "alarm"))
    if printed_on is not None:
        found.append(_before(printed_on, policy.margin_days, "printed"))
    if earliest_at is not None and policy.accuracy_days is not None:
        found.append(_before(earliest_at.date(), policy.accuracy_days, "accuracy"))
    return [*found, _before(expires_on, 0, "expiry")]


def _before(since: date, days: int, binding: Binding) -> Candidate:
    return Candidate(since - timedelta(days=days), binding, since, days)


def _reach(scenario: Scenario, walked: Walked, level_ml: Fraction, ratio: Fraction) -> datetime | None:
    """When the content, delivered at `ratio`, first reaches `level_ml`."""
    stay, scale = walked.stay, walked.scale
    found = first_at(stay, walked.ahead, stay.content - scale.volume(level_ml), ratio)
    if found is None:
        return None
    tick, share = found
    if tick > (stay.start + HORIZON_DAYS * scale.day) * share:
        return None
    return local(tick // (share * scale.ticks * 1_000_000), scenario)
