"""Amounts, concentrations, volumes and flows: one division each, with its unit."""

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


@calculator(
    title="Concentration",
    formula="mcg/mL = mcg ÷ mL",
    source="Arithmetic; Gablofen US label, section 16; Lioresal Intrathecal ampules page",
    mark="label",
    outputs="concentration_mcg_per_ml",
)
def concentration(*, amount_mcg: Number, volume_ml: Number) -> Result:
    """The concentration of an amount of drug (mcg) in a volume (mL): C = amount ÷ volume, in mcg/mL.

    Source: arithmetic, as on the labels. Raises `DosingError` for an amount or a volume that is not above 0.
    """
    drug, volume = positive("amount_mcg", amount_mcg), positive("volume_ml", volume_ml)
    value = drug / volume
    return Result(
        {"concentration_mcg_per_ml": decimal(value)},
        (f"{shown(drug, 'mcg')} ÷ {shown(volume, 'mL')} {equals(value, 'mcg/mL')}",),
    )


@calculator(
    title="Bolus: dose and volume",
    formula="mL = mcg ÷ mcg/mL, or mcg = mL × mcg/mL",
    source="Arithmetic; screening protocol of the US label",
    mark="label",
    outputs="volume_ml dose_mcg",
)
def bolus_volume(
    *, concentration_mcg_per_ml: Number, dose_mcg: Number | None = None, volume_ml: Number | None = None
) -> Result:
    """The volume (mL) of a dose (mcg) at a concentration (mcg/mL), V = dose ÷ C; or the dose of a volume.

    Source: arithmetic. Raises `DosingError` unless exactly one of dose and volume is given,
    or where the concentration is 0 or a number is negative.
    """
    strength = positive("concentration_mcg_per_ml", concentration_mcg_per_ml)
    if dose_mcg is not None and volume_ml is None:
        dose = amount("dose_mcg", dose_mcg)
        volume = dose / strength
        line = f"{shown(dose, 'mcg')} ÷ {shown(strength, 'mcg/mL')} {equals(volume, 'mL')}"
    elif volume_ml is not None and dose_mcg is None:
        volume = amount("volume_ml", volume_ml)
        dose = volume * strength
        line = f"{shown(volume, 'mL')} × {shown(strength, 'mcg/mL')} {equals(dose, 'mcg')}"
    else:
        raise DosingError("Give either the dose or the volume, and not both.", "dose_mcg")
    return Result({"volume_ml": decimal(volume), "dose_mcg": decimal(dose)}, (line,))


@calculator(
    title="Hourly dose",
    formula="mcg/h = mcg/day ÷ 24",
    source="CHEO parenteral drug manual, outreach.cheo.on.ca/node/1490",
    mark="site",
    outputs="hourly_dose_mcg daily_dose_mcg",
)
def hourly_dose(*, daily_dose_mcg: Number) -> Result:
    """The hourly dose (mcg/h) of a daily dose (mcg/day): a twenty-fourth, unrounded.

    Source: CHEO drug manual. Raises `DosingError` for a negative dose.
    """
    daily = amount("daily_dose_mcg", daily_dose_mcg)
    hourly = daily / 24
    return Result(
        {"hourly_dose_mcg": decimal(hourly), "daily_dose_mcg": decimal(daily)},
        (f"{shown(daily, 'mcg/day')} ÷ 24 h {equals(hourly, 'mcg/h')}",),
    )


@calculator(
    title="Flow",
    formula="mL/day = mcg/day ÷ mcg/mL",
    source="Arithmetic",
    mark="derived",
    outputs="flow_ml_per_day flow_ml_per_h hourly_dose_mcg",
)
def flow(*, daily_dose_mcg: Number, concentration_mcg_per_ml: Number) -> Result:
    """The flow (mL/day) that gives a daily dose (mcg/day) at a concentration (mcg/mL): Q = D ÷ C.

    Source: arithmetic. Raises `DosingError` for a negative dose or a concentration of 0.
    """
    daily = amount("daily_dose_mcg", daily_dose_mcg)
    value, line = dose_flow(daily, positive("concentration_mcg_per_ml", concentration_mcg_per_ml))
    return Result(
        {
            "flow_ml_per_day": decimal(value),
            "flow_ml_per_h": decimal(value / 24),
            "hourly_dose_mcg": decimal(daily / 24),
        },
        (line, f"{shown(value, 'mL/day')} ÷ 24 h {equals(value / 24, 'mL/h')}"),
    )


def dose_flow(daily: Fraction, strength: Fraction) -> tuple[Fraction, str]:
    """Flow in mL/day of a dose in mcg/day at mcg/mL, with its line."""
    value = daily / strength
    return value, f"{shown(daily, 'mcg/day')} ÷ {shown(strength, 'mcg/mL')} {equals(value, 'mL/day')}"


@calculator(
    title="Dilution",
    formula="stock mL = wanted mcg/mL × final mL ÷ stock mcg/mL; diluent is the rest",
    source="Arithmetic; Codman AS-10, appendix B",
    mark="derived",
    outputs="stock_ml diluent_ml amount_mcg",
)
def dilution(*, stock_mcg_per_ml: Number, target_mcg_per_ml: Number, final_volume_ml: Number) -> Result:
    """How much stock solution and how much diluent (mL) give a final volume (mL) at a wanted concentration.

    Stock = target × final ÷ stock concentration (both mcg/mL), diluent = final − stock. Source: arithmetic.
    Raises `DosingError` where a number is not above 0 or the target is above the stock.
    """
    stock = positive("stock_mcg_per_ml", stock_mcg_per_ml)
    target = positive("target_mcg_per_ml", target_mcg_per_ml)
    final = positive("final_volume_ml", final_volume_ml)
    if target > stock:
        raise DosingError(
            f"The wanted concentration, {shown(target, 'mcg/mL')}, is above that of the stock, "
            f"{shown(stock, 'mcg/mL')}: a diluent only weakens.",
            "target_mcg_per_ml",
        )
    drug = target * final
    return Result(
        {
            "stock_ml": decimal(drug / stock),
            "diluent_ml": decimal(final - drug / stock),
            "amount_mcg": decimal(drug),
        },
        (
            f"{shown(target, 'mcg/mL')} × {shown(final, 'mL')} {equals(drug, 'mcg')}",
            f"{shown(drug, 'mcg')} ÷ {shown(stock, 'mcg/mL')} {equals(drug / stock, 'mL')} of stock",
            f"{shown(final, 'mL')} − {shown(drug / stock, 'mL')} {equals(final - drug / stock, 'mL')} of diluent",
        ),
    )
