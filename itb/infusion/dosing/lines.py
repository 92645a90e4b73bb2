"""The line from pump to tip: what it holds, what fills it, and what a change of concentration does in it."""

from __future__ import annotations

from fractions import Fraction

from itb.infusion.dosing.calculator import (
    DosingError,
    Number,
    Result,
    amount,
    calculator,
    decimal,
    equals,
    positive,
    shown,
)
from itb.infusion.dosing.solutions import dose_flow


def _line(pump_tubing_ml: Number, catheter_ml: Number) -> tuple[Fraction, str]:
    """Tubing and catheter together, with the line that adds them."""
    tubing, catheter = amount("pump_tubing_ml", pump_tubing_ml), amount("catheter_ml", catheter_ml)
    volume = tubing + catheter
    if not volume:
        raise DosingError("Tubing and catheter hold nothing: give the volume of at least one.", "catheter_ml")
    return volume, f"{shown(tubing, 'mL')} + {shown(catheter, 'mL')} {equals(volume, 'mL')}"


@calculator(
    title="Catheter volume",
    formula="mL = implanted cm × mL/cm",
    source="Arithmetic; 0.0022 mL/cm for Ascenda and InDura is unconfirmed",
    mark="unconfirmed-M",
    outputs="volume_ml",
)
def catheter_volume(*, length_cm: Number, ml_per_cm: Number) -> Result:
    """What a catheter holds (mL): its implanted length (cm, not the uncut one) × its volume by length (mL/cm).

    Source: arithmetic. Raises `DosingError` for a length or a volume by length that is not above 0.
    """
    length, per_cm = positive("length_cm", length_cm), positive("ml_per_cm", ml_per_cm)
    volume = length * per_cm
    return Result(
        {"volume_ml": decimal(volume)},
        (f"{shown(length, 'cm')} × {shown(per_cm, 'mL/cm')} {equals(volume, 'mL')}",),
    )


@calculator(
    title="Priming bolus",
    formula="mL = tubing + catheter (the catheter alone after a revision, or a prime before the implant)",
    source="Arithmetic; tubing of SynchroMed II 0.140 mL, formerly 0.199: TGA RC-2017-RN-00065-1",
    mark="derived",
    outputs="volume_ml dose_mcg",
)
def priming(*, catheter_ml: Number, concentration_mcg_per_ml: Number, pump_tubing_ml: Number = 0) -> Result:
    """The volume (mL) that fills the way to the tip, and the drug in it (mcg): (tubing + catheter) × C.

    Without tubing (0) it primes the catheter alone. Concentration in mcg/mL. Source: arithmetic. Raises
    `DosingError` where both volumes are 0, a number is negative or the concentration is 0.
    """
    volume, line = _line(pump_tubing_ml, catheter_ml)
    strength = positive("concentration_mcg_per_ml", concentration_mcg_per_ml)
    dose = volume * strength
    return Result(
        {"volume_ml": decimal(volume), "dose_mcg": decimal(dose)},
        (line, f"{shown(volume, 'mL')} × {shown(strength, 'mcg/mL')} {equals(dose, 'mcg')}"),
    )


@calculator(
    title="Bridge bolus",
    formula="hours = 24 × (tubing + catheter) ÷ (old dose ÷ old concentration)",
    source="Arithmetic; Boster 2016, doi 10.1111/ner.12388: a change of concentration needs a bridge bolus",
    mark="derived",
    outputs="volume_ml flow_ml_per_day hours dose_mcg new_flow_ml_per_day needed",
)
def bridge(  # noqa: PLR0913  the inputs of a formula
    *,
    catheter_ml: Number,
    old_concentration_mcg_per_ml: Number,
    new_concentration_mcg_per_ml: Number,
    old_dose_mcg_per_day: Number,
    new_dose_mcg_per_day: Number,
    pump_tubing_ml: Number = 0,
) -> Result:
    """How long the old drug must still run at its own flow after a change of concentration.

    Volume = tubing + catheter (mL); flow = old dose ÷ old concentration (mL/day); hours = 24 × volume ÷ flow;
    dose = volume × old concentration (mcg); then the new flow = new dose ÷ new concentration. Doses in
    mcg/day, concentrations in mcg/mL. `needed` is false where the concentrations are equal. Source:
    arithmetic. Raises `DosingError` where both volumes, the old dose or a concentration are 0, or a number is
    negative.
    """
    volume, line = _line(pump_tubing_ml, catheter_ml)
    old = positive("old_concentration_mcg_per_ml", old_concentration_mcg_per_ml)
    new = positive("new_concentration_mcg_per_ml", new_concentration_mcg_per_ml)
    speed, old_line = dose_flow(positive("old_dose_mcg_per_day", old_dose_mcg_per_day), old)
    new_speed, new_line = dose_flow(amount("new_dose_mcg_per_day", new_dose_mcg_per_day), new)
    hours = 24 * volume / speed
    return Result(
        {
            "volume_ml": decimal(volume),
            "flow_ml_per_day": decimal(speed),
            "hours": decimal(hours),
            "dose_mcg": decimal(volume * old),
            "new_flow_ml_per_day": decimal(new_speed),
            "needed": old != new,
        },
        (
            f"the line holds {line}",
            f"the old flow is {old_line}",
            f"24 h × {shown(volume, 'mL')} ÷ {shown(speed, 'mL/day')} {equals(hours, 'h')} of bridge",
            f"{shown(volume, 'mL')} × {shown(old, 'mcg/mL')} {equals(volume * old, 'mcg')} in the bridge",
            f"the new flow is {new_line}",
        ),
    )


@calculator(
    title="Bridge bolus forgotten",
    formula="dose that arrives = dose × old ÷ new concentration, for 24 × (tubing + catheter) ÷ flow hours",
    source="Arithmetic",
    mark="derived",
    outputs="actual_dose_mcg_per_day hours factor finding flow_ml_per_day volume_ml",
)
def bridge_omitted(
    *,
    catheter_ml: Number,
    old_concentration_mcg_per_ml: Number,
    new_concentration_mcg_per_ml: Number,
    dose_mcg_per_day: Number,
    pump_tubing_ml: Number = 0,
) -> Result:
    """The dose that arrives (mcg/day), and for how long, where the concentration changed without a bridge.

    The pump runs at dose ÷ new concentration (mL/day) while old drug fills tubing and catheter (mL): factor =
    old ÷ new concentration (mcg/mL), actual dose = dose × factor, hours = 24 × volume ÷ flow. Source:
    arithmetic. Raises `DosingError` where both volumes, the dose or a concentration are 0, or a number is
    negative.
    """
    volume, line = _line(pump_tubing_ml, catheter_ml)
    old = positive("old_concentration_mcg_per_ml", old_concentration_mcg_per_ml)
    new = positive("new_concentration_mcg_per_ml", new_concentration_mcg_per_ml)
    dose = positive("dose_mcg_per_day", dose_mcg_per_day)
    speed, flow_line = dose_flow(dose, new)
    factor, hours = old / new, 24 * volume / speed
    return Result(
        {
            "actual_dose_mcg_per_day": decimal(dose * factor),
            "hours": decimal(hours),
            "factor": decimal(factor),
            "finding": None if old == new else "overdose" if old > new else "underdose",
            "flow_ml_per_day": decimal(speed),
            "volume_ml": decimal(volume),
        },
        (
            f"the line holds {line}",
            f"the flow is {flow_line}",
            f"{shown(old, 'mcg/mL')} ÷ {shown(new, 'mcg/mL')} {equals(factor)} of the dose arrives",
            f"{shown(dose, 'mcg/day')} × {shown(factor)} {equals(dose * factor, 'mcg/day')}",
            f"24 h × {shown(volume, 'mL')} ÷ {shown(speed, 'mL/day')} {equals(hours, 'h')}",
        ),
    )
