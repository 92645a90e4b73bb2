"""The dose itself: how a therapy starts, how far one change goes, and what a flexible day adds up to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from itb.infusion.catalogue import Constant, DoseStep, catalogue
from itb.infusion.dosing.calculator import (
    DosingError,
    Number,
    Result,
    Value,
    amount,
    calculator,
    choice,
    decimal,
    equals,
    positive,
    shown,
    yes_no,
)
from itb.infusion.dosing.solutions import dose_flow
from itb.infusion.dosing.words import WORDS

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DAY_MIN = 24 * 60


@calculator(
    title="Starting dose",
    formula="mcg/day = 2 × screening dose; 1 × where the effect lasted over 8 h or there was an adverse reaction",
    source="Boster 2016, doi 10.1111/ner.12388; CHEO parenteral drug manual",
    mark="paper",
    outputs="starting_daily_dose_mcg hourly_dose_mcg factor",
)
def starting_dose(
    *, effective_screening_dose_mcg: Number, response_duration_h: Number, adverse_reaction: bool
) -> Result:
    """The first daily dose (mcg/day) after a screening dose (mcg) that worked: twice it, or once.

    Once where the effect lasted over 8 h (8 h itself counts as twice) or there was an adverse reaction.
    Source: Boster 2016; CHEO manual; the factors stand in the catalogue. Raises `DosingError` for a dose that
    is not above 0, a negative duration, or a reaction that is neither true nor false.
    """
    screening = positive("effective_screening_dose_mcg", effective_screening_dose_mcg)
    lasted = amount("response_duration_h", response_duration_h)
    rule = catalogue().dosing
    over = lasted > rule.start_long_effect_h.value
    reduced = yes_no("adverse_reaction", adverse_reaction) or over
    factor = Fraction((rule.start_factor_reduced if reduced else rule.start_factor).value)
    daily = screening * factor
    why = "an adverse reaction" if adverse_reaction else f"an effect of {shown(lasted, 'h')}"
    bound = f"{'over' if over else 'not over'} {rule.start_long_effect_h.text}"
    return Result(
        {
            "starting_daily_dose_mcg": decimal(daily),
            "hourly_dose_mcg": decimal(daily / 24),
            "factor": decimal(factor),
        },
        (
            f"{why}{'' if adverse_reaction else f', {bound}'}: {shown(factor)} × the screening dose",
            f"{shown(factor)} × {shown(screening, 'mcg')} {equals(daily, 'mcg/day')}",
            f"{shown(daily, 'mcg/day')} ÷ 24 h {equals(daily / 24, 'mcg/h')}",
        ),
        (rule.start_factor, rule.start_factor_reduced, rule.start_long_effect_h),
    )


@calculator(
    title="Dose step",
    formula="mcg/day = dose now × (1 ± step)",
    source="Boster 2016, doi 10.1111/ner.12388 (titration); US label (maintenance and decrease, unconfirmed)",
    mark="unconfirmed-H",
    outputs="low_mcg high_mcg decrease_low_mcg decrease_high_mcg hours_between change_pct within_step",
)
def titration(
    *, current_dose_mcg: Number, phase: str, population: str, proposed_dose_mcg: Number | None = None
) -> Result:
    """How far one change of a daily dose (mcg/day) may go for this population and phase.

    Increase: dose × (1 + low or high step); decrease for side effects: dose × (1 − high or low step), so that
    `decrease_low_mcg` is the lowest dose; `hours_between` is None where the step is per refill. With
    `proposed_dose_mcg` (mcg/day) also the change in percent and whether it stays within: no change, an
    increase up to the high step, or a decrease down to the low end. Source: the catalogue's dose steps, with
    the mark of each. Raises `DosingError` for a dose that is not above 0 and for a population or phase that
    the catalogue does not know.
    """
    dose = positive("current_dose_mcg", current_dose_mcg)
    step = catalogue().dose_steps[choice("population", population)][choice("phase", phase)]
    shares = {
        "low_mcg": 1 + Fraction(step.increase_low_pct.value) / 100,
        "high_mcg": 1 + Fraction(step.increase_high_pct.value) / 100,
        "decrease_low_mcg": 1 - Fraction(step.decrease_high_pct.value) / 100,
        "decrease_high_mcg": 1 - Fraction(step.decrease_low_pct.value) / 100,
    }
    ends = {key: dose * share for key, share in shares.items()}
    lines = [
        f"{WORDS[key].label}: {shown(dose, 'mcg/day')} × {shown(shares[key])} {equals(end, 'mcg/day')}"
        for key, end in ends.items()
    ]
    values: dict[str, Value] = {key: decimal(end) for key, end in ends.items()}
    values["hours_between"] = step.between_h.value if step.between_h else None
    if proposed_dose_mcg is not None:
        proposed = positive("proposed_dose_mcg", proposed_dose_mcg)
        change = (proposed / dose - 1) * 100
        values["change_pct"] = decimal(change)
        values["within_step"] = ends["decrease_low_mcg"] <= proposed <= ends["high_mcg"]
        lines.append(
            f"({shown(proposed, 'mcg/day')} ÷ {shown(dose, 'mcg/day')} − 1) × 100 {equals(change, '%')}"
        )
    return Result(values, (*lines, f"at most one step per {step.per}"), _constants(step))


def _constants(step: DoseStep) -> tuple[Constant, ...]:
    ends = (step.increase_low_pct, step.increase_high_pct, step.decrease_low_pct, step.decrease_high_pct)
    return (*ends, step.between_h) if step.between_h else ends


@calculator(
    title="Flexible day",
    formula="mcg/day = Σ mcg/h × hours; a step holds until the next, the last through midnight to the first",
    source="Arithmetic",
    mark="derived",
    outputs="dose_mcg_per_day mean_mcg_per_h flow_ml_per_day",
)
def flex_total(
    *, steps: Sequence[Mapping[str, str | Number]], concentration_mcg_per_ml: Number | None = None
) -> Result:
    """The daily dose (mcg/day) of a day in steps, its mean by the hour, and the mean flow (mL/day).

    A step is `{"from": "HH:MM", "mcg_per_h": rate}` and holds until the next; the last holds through midnight
    to the first, so that the first need not be at 00:00. The order does not matter. Without a concentration
    (mcg/mL) there is no flow. Source: arithmetic. Raises `DosingError` for no steps, two steps at one time, a
    time that is not HH:MM, and a negative rate.
    """
    day = _day(steps)
    starts = [start for start, _ in day]
    ends = [*starts[1:], starts[0] + _DAY_MIN]
    doses = [rate * Fraction(end - start, 60) for (start, rate), end in zip(day, ends, strict=True)]
    total = sum(doses, Fraction(0))
    values: dict[str, Value] = {
        "dose_mcg_per_day": decimal(total),
        "mean_mcg_per_h": decimal(total / 24),
    }
    lines = [
        f"{_clock(start)} to {_clock(end)}: {shown(rate, 'mcg/h')} × {shown(Fraction(end - start, 60), 'h')} "
        f"{equals(dose, 'mcg')}"
        for (start, rate), end, dose in zip(day, ends, doses, strict=True)
    ]
    lines += [
        f"together {shown(total, 'mcg/day')}",
        f"{shown(total, 'mcg/day')} ÷ 24 h {equals(total / 24, 'mcg/h')}",
    ]
    if concentration_mcg_per_ml is not None:
        speed, line = dose_flow(total, positive("concentration_mcg_per_ml", concentration_mcg_per_ml))
        values["flow_ml_per_day"] = decimal(speed)
        lines.append(line)
    return Result(values, tuple(lines))


def _day(steps: Sequence[Mapping[str, str | Number]]) -> list[tuple[int, Fraction]]:
    """The steps as minutes after midnight and mcg/h, in the order of the day."""
    if not isinstance(steps, (list, tuple)) or not steps:
        raise DosingError("A flexible day needs at least one step.", "steps")
    day = sorted(_step(step) for step in steps)
    for (start, _), (following, _) in pairwise(day):
        if start == following:
            raise DosingError(f"Two steps begin at {_clock(start)}: one time, one rate.", "steps")
    return day


def _step(step: Mapping[str, str | Number]) -> tuple[int, Fraction]:
    if not isinstance(step, Mapping) or step.keys() != {"from", "mcg_per_h"}:
        raise DosingError('A step is {"from": "HH:MM", "mcg_per_h": rate} and nothing else.', "steps")
    clock = _CLOCK.fullmatch(str(step["from"]))
    if clock is None:
        raise DosingError(
            f"A step begins at HH:MM, from 00:00 to 23:59, not at {step['from']!s:.20}.", "steps"
        )
    return int(clock[1]) * 60 + int(clock[2]), amount("steps", step["mcg_per_h"])


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
