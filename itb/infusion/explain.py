"""How each figure of a forecast came about, a line each, so that a reader can check it by hand.

Volumes and flows are rounded to six decimals here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from itb.infusion.moments import HORIZON_DAYS, Moments
from itb.infusion.plain import plain_fraction, rounded
from itb.infusion.programme import DAY_US, MINUTE_US, on_ticks
from itb.infusion.ratio import OBSERVATIONS_TO_LEARN, Band, Cycle
from itb.infusion.reservoir import Walked, local
from itb.infusion.scenario import Continuous, Flex, Periodic, Programme, Scenario


def explain(scenario: Scenario, walked: Walked, band: Band, moments: Moments) -> Iterator[str]:
    units, stay, pump = walked.scale.units, walked.stay, scenario.pump
    yield (
        f"volume_ml: {rounded(stay.content, units)} mL left by the fill of {moments.filled_at.isoformat()}, less "
        f"{rounded(stay.programmed, units)} mL programmed and {rounded(stay.drawn, units)} mL drawn by needle since, "
        f"is {rounded(stay.left, units)} mL{', which counts as 0' if stay.left < 0 else ''}"
    )
    yield f"dose_mcg_per_day: {_dose(walked.programme)} = {_dose_a_day(walked)} mcg"
    yield (
        f"flow_ml_per_day: {_dose_a_day(walked)} mcg / {plain_fraction(walked.programme.concentration_mcg_per_ml)} "
        f"mcg/mL = {rounded(walked.flow.a_day, units)} mL"
    )
    at = local(scenario.at_us // 1_000_000, scenario)
    yield _crossing(_Level("alarm_at", pump.alarm_ml, moments.alarm_at), walked, at)
    yield _crossing(_Level("empty_at", pump.unusable_ml, moments.empty_at), walked, at)
    for cycle in walked.cycles:
        yield _cycle(cycle, scenario)
    yield _ratio(band, pump.accuracy_pct)
    yield _crossing(
        _Level("earliest_empty_at", pump.unusable_ml, moments.earliest_empty_at, band.high), walked, at
    )
    yield _crossing(
        _Level("latest_empty_at", pump.unusable_ml, moments.latest_empty_at, band.low), walked, at
    )
    yield (
        f"expires_on: {moments.filled_at.date()}, the date of the last fill, + "
        f"{scenario.policy.max_interval_days} days = {moments.expires_on}"
    )
    due = moments.due
    candidates = ", ".join(
        f"{candidate.binding} {candidate.since} - {candidate.days} days = {candidate.on}"
        for candidate in moments.candidates
    )
    yield f"refill_by: the earliest of {candidates}: {due.on} ({due.binding})"


class _Level(NamedTuple):
    """A level of the content, when it is reached, and the ratio at which the pump delivers until then, if not 1."""

    name: str
    ml: Fraction
    reached_at: datetime | None
    ratio: Fraction | None = None


def _crossing(level: _Level, walked: Walked, at: datetime) -> str:
    """When what has left reaches the content less the level; `at` is the scenario's instant."""
    stay, units = walked.stay, walked.scale.units
    content = rounded(stay.content, units)
    room = stay.content - walked.scale.volume(level.ml)
    told = f"{level.name}: {content} mL - {plain_fraction(level.ml)} mL = {rounded(room, units)} mL to leave"
    if room <= 0:
        return f"{told}: none, from the fill on"
    ratio = Fraction(1) if level.ratio is None else level.ratio
    times = "" if level.ratio is None else f" x {rounded(ratio.numerator, ratio.denominator)}"
    rest = (room - stay.drawn) * ratio.denominator - stay.programmed * ratio.numerator
    if level.reached_at is not None and rest <= 0:
        return f"{told}; programmed{times} and drawn by needle, it had left by {level.reached_at.isoformat()}"
    told += (
        f"; by {at.isoformat()} {rounded(stay.programmed, units)} programmed{times} + {rounded(stay.drawn, units)} "
        f"drawn by needle, so {rounded(rest, units * ratio.denominator)} to go"
    )
    if level.reached_at is None:
        return f"{told}, which does not leave within {HORIZON_DAYS} days of the fill"
    *bridges, _ = walked.ahead
    for bridge in bridges:
        rest -= (bridge.units or 0) * ratio.numerator
        told += f"; the bridge that still runs gives {rounded(bridge.units or 0, units)}{times}"
    if rest > 0:
        days = rounded(rest, walked.flow.a_day * ratio.numerator)
        told += f"; at {rounded(walked.flow.a_day, units)} mL a day{times} {days} days more"
    return f"{told}: {level.reached_at.isoformat()}"


def _dose(programme: Programme) -> str:
    mode, patient = programme.mode, programme.patient_bolus_max_mcg_per_day
    if isinstance(mode, Continuous):
        told = f"{plain_fraction(mode.dose_mcg_per_day)} mcg"
    elif isinstance(mode, Flex):
        told = " + ".join(
            f"{rounded(end - start, 60)} h x {plain_fraction(mcg_per_h)} mcg/h"
            for (start, mcg_per_h), (end, _) in pairwise(
                [*mode.steps, (mode.steps[0][0] + 24 * 60, mode.steps[0][1])]
            )
        )
    else:
        told = _periodic(mode)
    return f"{told} + up to {plain_fraction(patient)} mcg by the patient" if patient else told


def _periodic(mode: Periodic) -> str:
    every, over = (length * unit for length, unit in ((mode.every_h, 60), (mode.over_min, 1)))
    scale = every.denominator * over.denominator
    day = DAY_US // MINUTE_US
    on = Fraction(on_ticks(day * scale, (every * scale).numerator, (over * scale).numerator), scale)
    return (
        f"boluses for {rounded(*on.as_integer_ratio())} min x {plain_fraction(mode.bolus_mcg)} mcg / "
        f"{plain_fraction(mode.over_min)} min + basal {plain_fraction(mode.basal_mcg_per_day)} mcg x "
        f"{rounded(*(day - on).as_integer_ratio())} / {day} min"
    )


def _dose_a_day(walked: Walked) -> str:
    concentration = walked.programme.concentration_mcg_per_ml
    return rounded(
        walked.flow.a_day * concentration.numerator, walked.scale.units * concentration.denominator
    )


def _cycle(cycle: Cycle, scenario: Scenario) -> str:
    scale = cycle.scale
    programmed, delivered = rounded(cycle.programmed, scale), rounded(cycle.delivered, scale)
    added = f" + {rounded(cycle.added, scale)} added" if cycle.added else ""
    drawn = f" - {rounded(cycle.drawn, scale)} drawn" if cycle.drawn else ""
    on = local(cycle.at_us // 1_000_000, scenario).date()
    balance = (
        f"cycle to {on}: {rounded(cycle.start, scale)} mL{added}{drawn} - "
        f"{programmed} programmed = {rounded(cycle.expected, scale)} expected; "
        f"{rounded(cycle.withdrawn, scale)} withdrawn, difference {rounded(cycle.difference, scale)}"
    )
    if not cycle.programmed:
        return f"{balance}; nothing programmed, so no ratio"
    return f"{balance}; delivered {delivered} / {programmed} = {rounded(cycle.delivered, cycle.programmed)}"


def _ratio(band: Band, accuracy_pct: Fraction) -> str:
    low, mean, high = (
        rounded(ratio.numerator, ratio.denominator) for ratio in (band.low, band.mean, band.high)
    )
    if band.source == "learned":
        return (
            f"delivery_ratio: learned from {band.cycles} refills, mean {mean} -/+ 1.96 x sqrt(posterior variance + "
            f"0.02^2), kept around 1: {low} to {high}"
        )
    return (
        f"delivery_ratio: {band.cycles} refills teach it and {OBSERVATIONS_TO_LEARN} are needed, so the specification "
        f"holds, 1 -/+ {plain_fraction(accuracy_pct)} %, widened by what was seen beyond it: {low} to {high}"
    )
