"""What the reservoir holds: when its alarm comes, when it may be empty, what is left, and what the gap means."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from itb.infusion.catalogue import catalogue
from itb.infusion.dosing.calculator import (
    LONGEST_DAYS,
    DosingError,
    Number,
    Result,
    Value,
    amount,
    calculator,
    day,
    decimal,
    equals,
    later,
    percentage,
    positive,
    shown,
)
from itb.infusion.dosing.solutions import dose_flow


def _flow(
    flow_ml_per_day: Number | None, daily_dose_mcg: Number | None, concentration_mcg_per_ml: Number | None
) -> tuple[Fraction, tuple[str, ...]]:
    """The flow, given as such or as dose and concentration; where all three are given they must agree."""
    if (daily_dose_mcg is None) != (concentration_mcg_per_ml is None):
        raise DosingError("A dose needs its concentration, and a concentration its dose.", "daily_dose_mcg")
    if daily_dose_mcg is None or concentration_mcg_per_ml is None:
        if flow_ml_per_day is None:
            raise DosingError("Give the flow, or the daily dose and the concentration.", "flow_ml_per_day")
        return positive("flow_ml_per_day", flow_ml_per_day), ()
    daily = positive("daily_dose_mcg", daily_dose_mcg)
    value, line = dose_flow(daily, positive("concentration_mcg_per_ml", concentration_mcg_per_ml))
    if flow_ml_per_day is not None and amount("flow_ml_per_day", flow_ml_per_day) != value:
        raise DosingError(f"The flow given does not agree with {line}.", "flow_ml_per_day")
    return value, (line,)


def _above_alarm(volume_ml: Number, alarm_volume_ml: Number) -> tuple[Fraction, Fraction]:
    volume, alarm = positive("volume_ml", volume_ml), amount("alarm_volume_ml", alarm_volume_ml)
    if alarm > volume:
        raise DosingError(
            f"The alarm volume, {shown(alarm, 'mL')}, is above the volume in the reservoir, {shown(volume, 'mL')}.",
            "alarm_volume_ml",
        )
    return volume, alarm


def _dates(
    filled_on: date | str | None, days: dict[str, Fraction]
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Each span as a date after the fill, part days dropped, with a line for each."""
    if filled_on is None:
        return {}, ()
    start = day("filled_on", filled_on)
    dates = {key: later(start, span) for key, span in days.items()}
    far = f"further than {LONGEST_DAYS} days: no date"
    lines = (f"{start} + {span.__floor__()} whole days = {dates[key] or far}" for key, span in days.items())
    return dict(dates), tuple(lines)


@calculator(
    title="Low-reservoir alarm",
    formula="days = (volume − alarm volume) ÷ flow; date = fill date + whole days",
    source="Arithmetic, as the pump itself calculates it (Medtronic FA596, 2016: calculated, not measured)",
    mark="derived",
    outputs="days alarm_on empty_days empty_on usable_ml flow_ml_per_day",
)
def low_reservoir(  # noqa: PLR0913  the inputs of a formula
    *,
    volume_ml: Number,
    alarm_volume_ml: Number,
    flow_ml_per_day: Number | None = None,
    daily_dose_mcg: Number | None = None,
    concentration_mcg_per_ml: Number | None = None,
    filled_on: date | str | None = None,
) -> Result:
    """Days until a reservoir (mL) reaches its alarm volume (mL) at a flow, T = (V − Va) ÷ Q, and the date.

    The flow is given in mL/day, or as a dose (mcg/day) and a concentration (mcg/mL). With `filled_on` the
    date is that day + the whole days in T; one that lies over 36,525 days ahead is None. Also until empty, V
    ÷ Q. Source: arithmetic. Raises `DosingError` for an alarm above the volume, a flow of 0, a flow that
    contradicts dose ÷ concentration, and whatever is negative.
    """
    volume, alarm = _above_alarm(volume_ml, alarm_volume_ml)
    speed, lines = _flow(flow_ml_per_day, daily_dose_mcg, concentration_mcg_per_ml)
    days, empty = (volume - alarm) / speed, volume / speed
    dates, date_lines = _dates(filled_on, {"alarm_on": days, "empty_on": empty})
    return Result(
        {
            "days": decimal(days),
            "empty_days": decimal(empty),
            "usable_ml": decimal(volume - alarm),
            "flow_ml_per_day": decimal(speed),
            **dates,
        },
        (
            *lines,
            f"{shown(volume, 'mL')} − {shown(alarm, 'mL')} {equals(volume - alarm, 'mL')} until the alarm",
            f"{shown(volume - alarm, 'mL')} ÷ {shown(speed, 'mL/day')} {equals(days, 'days')} until the alarm",
            f"{shown(volume, 'mL')} ÷ {shown(speed, 'mL/day')} {equals(empty, 'days')} until empty",
            *date_lines,
        ),
    )


@calculator(
    title="When it may be empty",
    formula="days = volume ÷ (flow × (1 ± accuracy))",
    source="Arithmetic; specification ±14.5 %: ECRI alert, 26 Mar 2014",
    mark="derived",
    outputs="earliest_empty_day earliest_empty_on nominal_alarm_day nominal_alarm_on nominal_empty_day "
    "nominal_empty_on latest_empty_day latest_empty_on days_empty_before_alarm",
)
def empty_bounds(  # noqa: PLR0913  the inputs of a formula
    *,
    volume_ml: Number,
    alarm_volume_ml: Number,
    accuracy_pct: Number,
    flow_ml_per_day: Number | None = None,
    daily_dose_mcg: Number | None = None,
    concentration_mcg_per_ml: Number | None = None,
    unusable_ml: Number = 0,
    filled_on: date | str | None = None,
) -> Result:
    """The earliest and the latest day on which a pump within its accuracy (%) is empty, and its alarm's day.

    Alarm = (V − Va) ÷ Q; empty = (V − unusable) ÷ (Q × (1 ± accuracy)), the earliest with +. Volumes in mL,
    flow in mL/day or as dose (mcg/day) and concentration (mcg/mL); `days_empty_before_alarm` is above 0 where
    the pump may be empty before its own alarm. Source: arithmetic. Raises `DosingError` for an alarm or an
    unusable volume above the volume, a flow of 0, an accuracy of 100 % or more, and whatever is negative.
    """
    volume, alarm = _above_alarm(volume_ml, alarm_volume_ml)
    share, unusable = percentage("accuracy_pct", accuracy_pct), amount("unusable_ml", unusable_ml)
    if unusable > volume:
        raise DosingError("More cannot be delivered than the reservoir holds.", "unusable_ml")
    speed, lines = _flow(flow_ml_per_day, daily_dose_mcg, concentration_mcg_per_ml)
    usable = volume - unusable
    days = {
        "earliest_empty": usable / (speed * (1 + share)),
        "nominal_alarm": (volume - alarm) / speed,
        "nominal_empty": usable / speed,
        "latest_empty": usable / (speed * (1 - share)),
    }
    dates, date_lines = _dates(filled_on, {f"{key}_on": span for key, span in days.items()})
    ahead = days["nominal_alarm"] - days["earliest_empty"]
    return Result(
        {
            **{f"{key}_day": decimal(span) for key, span in days.items()},
            "days_empty_before_alarm": decimal(ahead),
            "flow_ml_per_day": decimal(speed),
            **dates,
        },
        (
            *lines,
            (
                f"alarm: ({shown(volume, 'mL')} − {shown(alarm, 'mL')}) ÷ {shown(speed, 'mL/day')} "
                f"{equals(days['nominal_alarm'], 'days')}"
            ),
            *(
                f"{name}: {shown(usable, 'mL')} ÷ ({shown(speed, 'mL/day')} × {shown(factor)}) "
                f"{equals(days[f'{name}_empty'], 'days')}"
                for name, factor in (("earliest", 1 + share), ("nominal", Fraction(1)), ("latest", 1 - share))
            ),
            *date_lines,
        ),
    )


@calculator(
    title="Expected residual",
    formula="mL = content − flow × days − boluses, never below 0",
    source="Arithmetic; needs every programme since the fill",
    mark="derived",
    outputs="expected_residual_ml delivered_ml shortfall_ml",
)
def expected_residual(  # noqa: PLR0913  the inputs of a formula
    *,
    fill_ml: Number,
    days: Number,
    flow_ml_per_day: Number | None = None,
    daily_dose_mcg: Number | None = None,
    concentration_mcg_per_ml: Number | None = None,
    bolus_ml: Number = 0,
) -> Result:
    """What should be left (mL) so many days after a fill at one flow: V − Q × days − boluses, never below 0.

    Volumes in mL, flow in mL/day or as dose (mcg/day) and concentration (mcg/mL). `shortfall_ml` is what was
    programmed beyond what was there: above 0 the pump had run empty. Source: arithmetic. Raises
    `DosingError` for a fill or a flow of 0, and whatever is negative.
    """
    content, span = positive("fill_ml", fill_ml), amount("days", days)
    bolus = amount("bolus_ml", bolus_ml)
    speed, lines = _flow(flow_ml_per_day, daily_dose_mcg, concentration_mcg_per_ml)
    programmed = speed * span + bolus
    left = max(content - programmed, Fraction(0))
    short = max(programmed - content, Fraction(0))
    steps = [
        *lines,
        f"{shown(speed, 'mL/day')} × {shown(span, 'days')} + {shown(bolus, 'mL')} {equals(programmed, 'mL')}",
        f"{shown(content, 'mL')} − {shown(programmed, 'mL')} {equals(content - programmed, 'mL')}",
    ]
    if short:
        steps.append(f"the pump had run empty, {shown(short, 'mL')} short: 0 mL left")
    return Result(
        {
            "expected_residual_ml": decimal(left),
            "delivered_ml": decimal(programmed - short),
            "shortfall_ml": decimal(short),
        },
        tuple(steps),
    )


@calculator(
    title="Discrepancy at a refill",
    formula="difference = drawn − expected; ratio = (content − drawn) ÷ (content − expected)",
    source="ASRA Fall 2017, poster 1139: over 2 mL, or outside the specification of what was delivered",
    mark="site",
    outputs="difference_ml delivered_ratio percent_of_delivered percent_of_expected_residual finding",
)
def discrepancy(
    *, fill_ml: Number, expected_residual_ml: Number, actual_residual_ml: Number, accuracy_pct: Number
) -> Result:
    """The gap (mL) between drawn and expected residual, the ratio delivered ÷ programmed, and what it means.

    Difference = actual − expected; ratio = (fill − actual) ÷ (fill − expected), None where nothing was
    programmed; percent of delivered = (ratio − 1) × 100. A finding where |difference| > 2 mL, or where |ratio
    − 1| is beyond the accuracy (%) and |difference| is at least 1 mL: `under_delivery` where more was left,
    `over_delivery` where less, `ran_empty` where nothing was expected to be left, None otherwise. Source:
    arithmetic; thresholds from the catalogue. Raises `DosingError` where more is expected than was filled,
    and for whatever is negative.
    """
    content = positive("fill_ml", fill_ml)
    expected = amount("expected_residual_ml", expected_residual_ml)
    actual = amount("actual_residual_ml", actual_residual_ml)
    share = percentage("accuracy_pct", accuracy_pct)
    if expected > content:
        raise DosingError(
            f"The expected residual, {shown(expected, 'mL')}, is more than the fill, {shown(content, 'mL')}.",
            "expected_residual_ml",
        )
    gap, programmed = actual - expected, content - expected
    ratio = (content - actual) / programmed if programmed else None
    of_residual = gap / expected * 100 if expected else None
    limits = catalogue().discrepancy
    return Result(
        {
            "difference_ml": decimal(gap),
            "delivered_ratio": None if ratio is None else decimal(ratio),
            "percent_of_delivered": None if ratio is None else decimal((ratio - 1) * 100),
            "percent_of_expected_residual": None if of_residual is None else decimal(of_residual),
            "finding": "ran_empty" if not expected else _finding(gap, ratio, share),
        },
        (
            f"{shown(actual, 'mL')} − {shown(expected, 'mL')} {equals(gap, 'mL')}",
            *_ratio_lines(content, actual, expected, ratio),
            (
                f"a finding is a difference of over {limits.difference_ml.text}; or of at least "
                f"{limits.least_difference_ml.text} with a ratio off by over {shown(share * 100, '%')}"
            ),
        ),
        (limits.difference_ml, limits.least_difference_ml),
    )


def _finding(gap: Fraction, ratio: Fraction | None, share: Fraction) -> str | None:
    limits = catalogue().discrepancy
    beyond = ratio is not None and abs(ratio - 1) > share and abs(gap) >= limits.least_difference_ml.value
    if not beyond and abs(gap) <= limits.difference_ml.value:
        return None
    return "under_delivery" if gap > 0 else "over_delivery"


def _ratio_lines(
    content: Fraction, actual: Fraction, expected: Fraction, ratio: Fraction | None
) -> tuple[str, ...]:
    if ratio is None:
        return ("nothing was to be delivered: no ratio",)
    return (
        (
            f"({shown(content, 'mL')} − {shown(actual, 'mL')}) ÷ ({shown(content, 'mL')} − {shown(expected, 'mL')}) "
            f"{equals(ratio)}"
        ),
        f"({shown(ratio)} − 1) × 100 {equals((ratio - 1) * 100, '%')} of what was to be delivered",
    )
