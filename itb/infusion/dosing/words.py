"""What each key of a calculator is called in front of people: its label, its unit and how it is asked for.

One key means one thing in every calculator, so that a sentence about a wrong input, a form's field and a
result's row take their words from one table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

POPULATIONS = {
    "spinal_adult": "Adult, spasticity of spinal origin",
    "cerebral_adult": "Adult, spasticity of cerebral origin",
    "child": "Child",
}
PHASES = {
    "titration": "Titration (about the first 60 days)",
    "maintenance": "Maintenance (at a refill)",
}
FINDINGS = {
    "over_delivery": "More was delivered than programmed",
    "under_delivery": "Less was delivered than programmed",
    "ran_empty": "On paper the pump had run empty",
    "overdose": "Overdose until the old drug has passed",
    "underdose": "Underdose until the old drug has passed",
}

Kind = Literal["number", "date", "yes_no", "choice", "steps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A key in words. `decimals` is how many a person may type, and to how many a result is shown.

    `suggestion` is the path in the catalogue of a constant that a form may offer; it is never assumed.
    """

    label: str
    unit: str = ""
    kind: Kind = "number"
    decimals: int = 2
    choices: tuple[tuple[str, str], ...] = ()
    suggestion: str = ""


def _ml(label: str, suggestion: str = "") -> Word:
    return Word(label=label, unit="mL", decimals=3, suggestion=suggestion)


def _mcg(label: str) -> Word:
    return Word(label=label, unit="mcg")


def _mcg_per_day(label: str) -> Word:
    return Word(label=label, unit="mcg/day")


def _mcg_per_ml(label: str) -> Word:
    return Word(label=label, unit="mcg/mL")


def _day(label: str) -> Word:
    return Word(label=label, unit="days")


def _on(label: str) -> Word:
    return Word(label=label, kind="date")


def _pct(label: str, suggestion: str = "") -> Word:
    return Word(label=label, unit="%", suggestion=suggestion)


WORDS: dict[str, Word] = {
    "accuracy_pct": _pct("Accuracy, ±", "pump_models.synchromed-ii-40.accuracy_pct"),
    "actual_dose_mcg_per_day": _mcg_per_day("Dose that arrives meanwhile"),
    "actual_residual_ml": _ml("Drawn from the reservoir"),
    "adverse_reaction": Word(label="Adverse reaction to the screening dose", kind="yes_no"),
    "alarm_on": _on("Low-reservoir date"),
    "alarm_volume_ml": _ml("Low-reservoir alarm volume", "pump_models.synchromed-ii-40.alarm_ml"),
    "amount_mcg": _mcg("Amount of drug"),
    "bolus_ml": _ml("Boluses, together"),
    "catheter_ml": _ml("Catheter volume"),
    "change_pct": _pct("Change from the dose now"),
    "concentration_mcg_per_ml": _mcg_per_ml("Concentration"),
    "current_dose_mcg": _mcg_per_day("Daily dose now"),
    "daily_dose_mcg": _mcg_per_day("Daily dose"),
    "days": _day("Days"),
    "days_empty_before_alarm": _day("Earliest empty, ahead of the alarm by"),
    "decrease_high_mcg": _mcg_per_day("Decrease for side effects, to at most"),
    "decrease_low_mcg": _mcg_per_day("Decrease for side effects, to at least"),
    "delivered_ml": _ml("Delivered"),
    "delivered_ratio": Word(label="Delivered ÷ programmed", decimals=4),
    "difference_ml": _ml("Difference, drawn − expected"),
    "diluent_ml": _ml("Diluent, preservative-free 0.9 % sodium chloride"),
    "dose_mcg": _mcg("Dose"),
    "dose_mcg_per_day": _mcg_per_day("Daily dose"),
    "earliest_empty_day": _day("Earliest empty, after"),
    "earliest_empty_on": _on("Earliest empty"),
    "effective_screening_dose_mcg": _mcg("Screening dose that worked"),
    "empty_days": _day("Days until empty"),
    "empty_on": _on("Empty as programmed"),
    "expected_residual_ml": _ml("Expected residual"),
    "factor": Word(label="Factor", decimals=4),
    "fill_ml": _ml("Content after the fill"),
    "filled_on": _on("Filled on"),
    "final_volume_ml": _ml("Final volume"),
    "finding": Word(label="Finding", kind="choice", choices=tuple(FINDINGS.items())),
    "flow_ml_per_day": Word(label="Flow", unit="mL/day", decimals=4),
    "flow_ml_per_h": Word(label="Flow by the hour", unit="mL/h", decimals=6),
    "high_mcg": _mcg_per_day("Increase, to at most"),
    "hourly_dose_mcg": Word(label="Hourly dose", unit="mcg/h"),
    "hours": Word(label="Hours", unit="h"),
    "hours_between": Word(label="Between two steps, at least", unit="h"),
    "latest_empty_day": _day("Latest empty, after"),
    "latest_empty_on": _on("Latest empty"),
    "length_cm": Word(label="Implanted length", unit="cm", decimals=1),
    "low_mcg": _mcg_per_day("Increase, to at least"),
    "mean_mcg_per_h": Word(label="Mean hourly dose", unit="mcg/h", decimals=4),
    "ml_per_cm": Word(
        label="Volume by length", unit="mL/cm", decimals=5, suggestion="catheters.ascenda-8781.ml_per_cm"
    ),
    "needed": Word(label="A bridge bolus is needed", kind="yes_no"),
    "new_concentration_mcg_per_ml": _mcg_per_ml("New concentration"),
    "new_dose_mcg_per_day": _mcg_per_day("New daily dose"),
    "new_flow_ml_per_day": Word(label="Flow after the bridge", unit="mL/day", decimals=4),
    "nominal_alarm_day": _day("Alarm as programmed, after"),
    "nominal_alarm_on": _on("Alarm as programmed"),
    "nominal_empty_day": _day("Empty as programmed, after"),
    "nominal_empty_on": _on("Empty as programmed"),
    "old_concentration_mcg_per_ml": _mcg_per_ml("Old concentration"),
    "old_dose_mcg_per_day": _mcg_per_day("Old daily dose"),
    "percent_of_delivered": _pct("Difference, of what was to be delivered"),
    "percent_of_expected_residual": _pct("Difference, of the expected residual (not for the specification)"),
    "phase": Word(label="Phase", kind="choice", choices=tuple(PHASES.items())),
    "population": Word(label="Who", kind="choice", choices=tuple(POPULATIONS.items())),
    "proposed_dose_mcg": _mcg_per_day("Daily dose proposed"),
    "pump_tubing_ml": _ml("Tubing inside the pump", "pump_models.synchromed-ii-40.tubing_ml"),
    "response_duration_h": Word(label="The effect lasted", unit="h"),
    "shortfall_ml": _ml("Programmed beyond what was there"),
    "starting_daily_dose_mcg": _mcg_per_day("Starting daily dose"),
    "steps": Word(label="Steps of the day", unit="mcg/h", kind="steps"),
    "stock_mcg_per_ml": _mcg_per_ml("Stock concentration"),
    "stock_ml": _ml("Stock solution"),
    "target_mcg_per_ml": _mcg_per_ml("Wanted concentration"),
    "unusable_ml": _ml("Volume that cannot be delivered", "pump_models.synchromed-ii-40.unusable_ml"),
    "usable_ml": _ml("Volume until the alarm"),
    "volume_ml": _ml("Volume"),
    "within_step": Word(label="Within the label's step", kind="yes_no"),
}
