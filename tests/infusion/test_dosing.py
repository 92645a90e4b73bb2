"""Calculations that a clinician can check by hand. The expected figures were worked out on paper."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itb.infusion.catalogue import catalogue
from itb.infusion.dosing import CALCULATORS, DosingError, Result
from itb.infusion.dosing.calculator import equals, shown
from itb.infusion.dosing.words import FINDINGS, WORDS


def run(kind: str, **inputs: Any) -> Result:
    return CALCULATORS[kind](inputs)


def value(kind: str, key: str, **inputs: Any) -> Any:
    return run(kind, **inputs).values[key]


def refusal(kind: str, **inputs: Any) -> str:
    with pytest.raises(DosingError) as refused:
        run(kind, **inputs)
    assert refused.value.key or "knows no input" in refused.value.message
    return refused.value.message


def near(number: Any, expected: str, places: str = "0.0001") -> bool:
    return bool(abs(number - Decimal(expected)) <= Decimal(places))


# -- amounts, concentrations, volumes, flows


def test_a_concentration_is_amount_over_volume() -> None:
    assert value("concentration", "concentration_mcg_per_ml", amount_mcg=10000, volume_ml=20) == 500


def test_the_volume_of_a_bolus_is_dose_over_concentration() -> None:
    assert value("bolus_volume", "volume_ml", dose_mcg=75, concentration_mcg_per_ml=50) == Decimal("1.5")


def test_the_dose_of_a_bolus_is_volume_times_concentration() -> None:
    assert value("bolus_volume", "dose_mcg", volume_ml="1.5", concentration_mcg_per_ml=50) == 75


@pytest.mark.parametrize("given_both", [{}, {"dose_mcg": 1, "volume_ml": 1}])
def test_a_bolus_is_given_as_a_dose_or_as_a_volume(given_both: dict[str, int]) -> None:
    assert "either the dose or the volume" in refusal(
        "bolus_volume", concentration_mcg_per_ml=50, **given_both
    )


@pytest.mark.parametrize(
    ("daily", "hourly"), [("300", "12.5"), ("2.4", "0.1"), ("800", "33.3333"), ("100", "4.1667")]
)
def test_an_hourly_dose_is_a_twenty_fourth_of_the_daily_one(daily: str, hourly: str) -> None:
    assert near(value("hourly_dose", "hourly_dose_mcg", daily_dose_mcg=daily), hourly)


def test_a_flow_is_dose_over_concentration() -> None:
    result = run("flow", daily_dose_mcg="157.3", concentration_mcg_per_ml=2000)
    assert result.values["flow_ml_per_day"] == Decimal("0.07865")
    assert near(result.values["flow_ml_per_h"], "0.003277", "0.000001")
    assert result.steps[0] == "157.3 mcg/day ÷ 2000 mcg/mL = 0.07865 mL/day"


def test_a_dilution_is_stock_and_the_rest() -> None:
    values = run("dilution", stock_mcg_per_ml=2000, target_mcg_per_ml=500, final_volume_ml=20).values
    assert (values["stock_ml"], values["diluent_ml"], values["amount_mcg"]) == (5, 15, 10000)


def test_a_dilution_to_the_stocks_own_strength_needs_no_diluent() -> None:
    values = run("dilution", stock_mcg_per_ml=500, target_mcg_per_ml=500, final_volume_ml="18.5").values
    assert (values["stock_ml"], values["diluent_ml"]) == (Decimal("18.5"), 0)


def test_a_diluent_never_strengthens() -> None:
    message = refusal("dilution", stock_mcg_per_ml=500, target_mcg_per_ml=2000, final_volume_ml=20)
    assert message.startswith("The wanted concentration, 2000 mcg/mL, is above that of the stock, 500 mcg/mL")


# -- the reservoir


def test_the_alarm_comes_when_the_volume_above_it_is_used() -> None:
    assert value("low_reservoir", "days", volume_ml=20, alarm_volume_ml=0, flow_ml_per_day="0.5") == 40


def test_the_alarm_date_is_the_fill_date_and_the_whole_days() -> None:
    values = run(
        "low_reservoir",
        volume_ml=40,
        alarm_volume_ml=2,
        daily_dose_mcg=400,
        concentration_mcg_per_ml=2000,
        filled_on="2025-01-06",
    ).values
    assert (values["days"], values["alarm_on"]) == (190, date(2025, 7, 15))
    assert (values["empty_days"], values["empty_on"]) == (200, date(2025, 7, 25))
    assert values["flow_ml_per_day"] == Decimal("0.2")


def test_part_days_never_move_the_alarm_date_on() -> None:
    values = run(
        "low_reservoir", volume_ml=40, alarm_volume_ml=2, flow_ml_per_day="0.21", filled_on=date(2024, 2, 1)
    ).values
    assert near(values["days"], "180.9524")
    assert values["alarm_on"] == date(2024, 7, 30)


def test_a_whole_day_is_not_lost_to_a_division_that_never_ends() -> None:
    values = run(
        "low_reservoir",
        volume_ml=20,
        alarm_volume_ml=0,
        daily_dose_mcg=100,
        concentration_mcg_per_ml=300,
        filled_on="2025-01-01",
    ).values
    assert (values["days"], values["alarm_on"]) == (60, date(2025, 3, 2))


def test_an_alarm_at_the_volume_itself_comes_at_once() -> None:
    values = run(
        "low_reservoir", volume_ml=2, alarm_volume_ml=2, flow_ml_per_day=1, filled_on="2025-01-01"
    ).values
    assert (values["days"], values["alarm_on"]) == (0, date(2025, 1, 1))


@pytest.mark.parametrize(("flow", "filled"), [("0.001", "2025-01-01"), ("0.02", "9999-12-01")])
def test_an_alarm_beyond_a_century_or_the_calendar_has_no_date(flow: str, filled: str) -> None:
    result = run("low_reservoir", volume_ml=40, alarm_volume_ml=2, flow_ml_per_day=flow, filled_on=filled)
    assert result.values["alarm_on"] is None
    assert "further than 36525 days: no date" in result.steps[-2]


def test_without_a_fill_date_there_is_no_date_at_all() -> None:
    assert "alarm_on" not in run("low_reservoir", volume_ml=2, alarm_volume_ml=1, flow_ml_per_day=1).values


def test_a_flow_may_stand_beside_the_dose_that_makes_it() -> None:
    inputs = {"volume_ml": 20, "alarm_volume_ml": 2, "daily_dose_mcg": 400, "concentration_mcg_per_ml": 2000}
    assert value("low_reservoir", "days", **inputs, flow_ml_per_day="0.2") == 90
    assert "does not agree with 400 mcg/day ÷ 2000 mcg/mL = 0.2 mL/day" in refusal(
        "low_reservoir", **inputs, flow_ml_per_day="0.25"
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "Give the flow, or the daily dose and the concentration."),
        ({"daily_dose_mcg": 400}, "A dose needs its concentration, and a concentration its dose."),
        ({"concentration_mcg_per_ml": 400}, "A dose needs its concentration, and a concentration its dose."),
        ({"flow_ml_per_day": 0}, "Flow must be more than 0."),
        ({"flow_ml_per_day": -1}, "Flow is negative (-1): it must be 0 or more."),
        (
            {"flow_ml_per_day": 1, "alarm_volume_ml": 21},
            "The alarm volume, 21 mL, is above the volume in the reservoir, 20 mL.",
        ),
        (
            {"flow_ml_per_day": 1, "filled_on": "6/1/2025"},
            "Filled on must be a date such as 2025-01-06, not 6/1/2025.",
        ),
        ({"flow_ml_per_day": 1, "filled_on": "2025-02-30"}, "Filled on must be a date such as 2025-01-06"),
        ({"flow_ml_per_day": 1, "filled_on": 20250106}, "Filled on must be a date such as 2025-01-06"),
    ],
)
def test_a_reservoir_that_makes_no_sense_is_refused(change: dict[str, Any], sentence: str) -> None:
    assert sentence in refusal("low_reservoir", **{"volume_ml": 20, "alarm_volume_ml": 2} | change)


def test_a_pump_at_the_limit_of_its_accuracy_is_empty_before_its_own_alarm() -> None:
    values = run(
        "empty_bounds",
        volume_ml=40,
        alarm_volume_ml=2,
        daily_dose_mcg=400,
        concentration_mcg_per_ml=2000,
        accuracy_pct="14.5",
        filled_on="2025-01-06",
    ).values
    assert (values["nominal_alarm_day"], values["nominal_empty_day"]) == (190, 200)
    assert near(values["earliest_empty_day"], "174.6725")
    assert near(values["latest_empty_day"], "233.9181")
    assert near(values["days_empty_before_alarm"], "15.3275")
    assert values["earliest_empty_on"] == date(2025, 6, 29)
    assert values["nominal_alarm_on"] == date(2025, 7, 15)


def test_a_volume_that_cannot_be_delivered_brings_empty_closer() -> None:
    values = run(
        "empty_bounds", volume_ml=20, alarm_volume_ml=2, flow_ml_per_day=1, accuracy_pct=0, unusable_ml="1.4"
    ).values
    assert values["earliest_empty_day"] == values["latest_empty_day"] == Decimal("18.6")
    assert values["nominal_alarm_day"] == 18


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"accuracy_pct": 100}, "must be less than 100 %"),
        ({"accuracy_pct": -1}, "is negative"),
        ({"unusable_ml": 21}, "More cannot be delivered than the reservoir holds."),
    ],
)
def test_bounds_that_make_no_sense_are_refused(change: dict[str, Any], sentence: str) -> None:
    inputs = {"volume_ml": 20, "alarm_volume_ml": 2, "flow_ml_per_day": 1, "accuracy_pct": "14.5"}
    assert sentence in refusal("empty_bounds", **inputs | change)


def test_the_expected_residual_is_what_flow_and_boluses_leave() -> None:
    inputs = {"fill_ml": 20, "flow_ml_per_day": "0.2", "days": 75}
    assert value("expected_residual", "expected_residual_ml", **inputs, bolus_ml=0) == 5
    assert value("expected_residual", "expected_residual_ml", **inputs, bolus_ml="0.75") == Decimal("4.25")


def test_the_expected_residual_is_never_below_nothing_and_says_what_was_short() -> None:
    result = run("expected_residual", fill_ml=20, flow_ml_per_day="0.2", days=110)
    assert result.values == {"expected_residual_ml": 0, "delivered_ml": 20, "shortfall_ml": 2}
    assert result.steps[-1] == "the pump had run empty, 2 mL short: 0 mL left"


def test_more_left_than_expected_is_under_delivery() -> None:
    values = run(
        "discrepancy", fill_ml=20, expected_residual_ml=5, actual_residual_ml="7.5", accuracy_pct="14.5"
    ).values
    assert values["difference_ml"] == Decimal("2.5")
    assert near(values["delivered_ratio"], "0.8333")
    assert near(values["percent_of_delivered"], "-16.6667")
    assert values["percent_of_expected_residual"] == 50
    assert values["finding"] == "under_delivery"


@pytest.mark.parametrize(
    ("fill", "expected", "actual", "finding"),
    [
        (40, 5, 3, None),  # 2 mL exactly, 5.7 % of 35 mL
        (40, 5, "2.99", "over_delivery"),  # 2.01 mL
        (40, 5, "7.01", "under_delivery"),
        (20, 15, "14", "over_delivery"),  # 1 mL of 5 mL: 20 %
        (20, 15, "14.01", None),  # 19.8 %, but below 1 mL
        (20, 15, "16", "under_delivery"),
        (20, 10, "8.55", None),  # 14.5 % exactly
        (20, 10, "8.54", "over_delivery"),
        (20, 10, 10, None),
        (20, 20, "17.9", "over_delivery"),  # nothing programmed, yet 2.1 mL gone
        (20, 20, 20, None),
        (20, 0, 3, "ran_empty"),
    ],
)
def test_a_discrepancy_is_a_finding_beyond_two_millilitres_or_the_accuracy(
    fill: Any, expected: Any, actual: Any, finding: str | None
) -> None:
    inputs = {"fill_ml": fill, "expected_residual_ml": expected, "actual_residual_ml": actual}
    assert value("discrepancy", "finding", **inputs, accuracy_pct="14.5") == finding


def test_where_nothing_was_to_be_delivered_there_is_no_ratio() -> None:
    result = run("discrepancy", fill_ml=20, expected_residual_ml=20, actual_residual_ml=19, accuracy_pct=10)
    assert result.values["delivered_ratio"] is result.values["percent_of_delivered"] is None
    assert "nothing was to be delivered: no ratio" in result.steps


def test_where_nothing_was_to_be_left_there_is_no_percentage_of_it() -> None:
    inputs = {"fill_ml": 20, "expected_residual_ml": 0, "actual_residual_ml": 0, "accuracy_pct": 10}
    assert value("discrepancy", "percent_of_expected_residual", **inputs) is None


def test_more_cannot_be_expected_than_was_filled() -> None:
    inputs = {"fill_ml": 20, "expected_residual_ml": 21, "actual_residual_ml": 0, "accuracy_pct": 10}
    assert refusal("discrepancy", **inputs) == "The expected residual, 21 mL, is more than the fill, 20 mL."


# -- the line to the tip


def test_a_catheter_holds_its_implanted_length() -> None:
    assert value("catheter_volume", "volume_ml", length_cm=80, ml_per_cm="0.0022") == Decimal("0.176")


def test_a_prime_fills_tubing_and_catheter() -> None:
    values = run("priming", pump_tubing_ml="0.14", catheter_ml="0.176", concentration_mcg_per_ml=500).values
    assert (values["volume_ml"], values["dose_mcg"]) == (Decimal("0.316"), 158)


@pytest.mark.parametrize("tubing", [{}, {"pump_tubing_ml": 0}])
def test_after_a_revision_the_catheter_alone_is_primed(tubing: dict[str, int]) -> None:
    values = run("priming", catheter_ml="0.176", concentration_mcg_per_ml=2000, **tubing).values
    assert (values["volume_ml"], values["dose_mcg"]) == (Decimal("0.176"), 352)


def test_the_old_tubing_figure_primes_118_micrograms_too_much() -> None:
    def dose(tubing: str) -> Decimal:
        found = value(
            "priming", "dose_mcg", pump_tubing_ml=tubing, catheter_ml=0, concentration_mcg_per_ml=2000
        )
        assert isinstance(found, Decimal)
        return found

    assert dose("0.199") - dose("0.140") == 118


def test_a_line_that_holds_nothing_is_refused() -> None:
    assert "hold nothing" in refusal("priming", pump_tubing_ml=0, catheter_ml=0, concentration_mcg_per_ml=1)


BRIDGE = {
    "pump_tubing_ml": "0.14",
    "catheter_ml": "0.176",
    "old_concentration_mcg_per_ml": 500,
    "new_concentration_mcg_per_ml": 2000,
    "old_dose_mcg_per_day": 400,
    "new_dose_mcg_per_day": 400,
}


def test_a_bridge_runs_the_old_drug_out_at_its_own_flow() -> None:
    values = run("bridge", **BRIDGE).values
    assert values == {
        "volume_ml": Decimal("0.316"),
        "flow_ml_per_day": Decimal("0.8"),
        "hours": Decimal("9.48"),
        "dose_mcg": 158,
        "new_flow_ml_per_day": Decimal("0.2"),
        "needed": True,
    }


def test_a_bridge_to_a_weaker_drug_takes_longer() -> None:
    values = run(
        "bridge",
        **BRIDGE
        | {
            "old_concentration_mcg_per_ml": 2000,
            "new_concentration_mcg_per_ml": 500,
            "new_dose_mcg_per_day": 360,
        },
    ).values
    assert values["hours"] == Decimal("37.92")
    assert values["dose_mcg"] == 632
    assert values["new_flow_ml_per_day"] == Decimal("0.72")


def test_equal_concentrations_need_no_bridge() -> None:
    assert value("bridge", "needed", **BRIDGE | {"new_concentration_mcg_per_ml": 500}) is False


@pytest.mark.parametrize(
    "key", ["old_concentration_mcg_per_ml", "new_concentration_mcg_per_ml", "old_dose_mcg_per_day"]
)
def test_a_bridge_from_nothing_is_refused(key: str) -> None:
    assert "must be more than 0" in refusal("bridge", **BRIDGE | {key: 0})


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            500,
            2000,
            {"actual_dose_mcg_per_day": "100", "hours": "37.92", "factor": "0.25", "finding": "underdose"},
        ),
        (
            2000,
            500,
            {"actual_dose_mcg_per_day": "1600", "hours": "9.48", "factor": "4", "finding": "overdose"},
        ),
        (500, 500, {"actual_dose_mcg_per_day": "400", "hours": "9.48", "factor": "1", "finding": None}),
    ],
)
def test_a_forgotten_bridge_gives_the_ratio_of_the_concentrations(
    old: int, new: int, expected: dict[str, str | None]
) -> None:
    values = run(
        "bridge_omitted",
        pump_tubing_ml="0.14",
        catheter_ml="0.176",
        old_concentration_mcg_per_ml=old,
        new_concentration_mcg_per_ml=new,
        dose_mcg_per_day=400,
    ).values
    assert {key: values[key] if key == "finding" else str(values[key]) for key in expected} == expected


# -- the dose


@pytest.mark.parametrize(
    ("lasted", "adverse", "daily"),
    [
        ("6", False, 100),
        ("8", False, 100),
        ("8.01", False, 50),
        ("6", True, 50),
        ("12", True, 50),
        ("0", False, 100),
    ],
)
def test_a_therapy_starts_at_twice_the_screening_dose_or_once(lasted: str, adverse: bool, daily: int) -> None:
    result = run(
        "starting_dose", effective_screening_dose_mcg=50, response_duration_h=lasted, adverse_reaction=adverse
    )
    assert result.values["starting_daily_dose_mcg"] == daily


def test_the_reason_for_the_starting_dose_stands_in_the_steps() -> None:
    def why(lasted: int, adverse: bool) -> str:
        return run(
            "starting_dose",
            effective_screening_dose_mcg=50,
            response_duration_h=lasted,
            adverse_reaction=adverse,
        ).steps[0]

    assert why(6, False) == "an effect of 6 h, not over 8 h: 2 × the screening dose"
    assert why(9, False) == "an effect of 9 h, over 8 h: 1 × the screening dose"
    assert why(6, True) == "an adverse reaction: 1 × the screening dose"


@pytest.mark.parametrize("reaction", [None, "no", 0, 1])
def test_a_reaction_is_yes_or_no_and_nothing_like_it(reaction: Any) -> None:
    assert "must be true or false" in refusal(
        "starting_dose", effective_screening_dose_mcg=50, response_duration_h=6, adverse_reaction=reaction
    )


@pytest.mark.parametrize(
    ("population", "phase", "low", "high"),
    [
        ("spinal_adult", "titration", "220", "260"),
        ("cerebral_adult", "titration", "210", "230"),
        ("child", "titration", "210", "230"),
        ("spinal_adult", "maintenance", "220", "280"),
        ("cerebral_adult", "maintenance", "210", "240"),
        ("child", "maintenance", "210", "240"),
    ],
)
def test_a_dose_step_follows_population_and_phase(population: str, phase: str, low: str, high: str) -> None:
    values = run("titration", current_dose_mcg=200, population=population, phase=phase).values
    assert (values["low_mcg"], values["high_mcg"]) == (Decimal(low), Decimal(high))
    assert (values["decrease_low_mcg"], values["decrease_high_mcg"]) == (160, 180)


@pytest.mark.parametrize(
    ("proposed", "change", "within"),
    [(560, 40, True), ("560.1", "40.025", False), (400, 0, True), (320, -20, True), (319, "-20.25", False)],
)
def test_a_proposed_dose_is_held_against_the_step(proposed: Any, change: Any, within: bool) -> None:
    values = run(
        "titration",
        current_dose_mcg=400,
        population="spinal_adult",
        phase="maintenance",
        proposed_dose_mcg=proposed,
    ).values
    assert (values["change_pct"], values["within_step"]) == (Decimal(change), within)


def test_a_titration_step_waits_a_day_and_a_maintenance_step_for_the_refill() -> None:
    def between(phase: str) -> Any:
        return value("titration", "hours_between", current_dose_mcg=1, population="child", phase=phase)

    assert between("titration") == 24
    assert between("maintenance") is None


def test_a_dose_step_carries_the_constants_it_stands_on() -> None:
    constants = run("titration", current_dose_mcg=1, population="child", phase="maintenance").constants
    assert [constant.text for constant in constants] == ["5 %", "20 %", "10 %", "20 %"]
    assert all(constant.unconfirmed for constant in constants)


@pytest.mark.parametrize(
    ("key", "word"),
    [("population", "adult"), ("phase", "start"), ("population", None), ("phase", ["titration"])],
)
def test_an_unknown_population_or_phase_is_refused(key: str, word: Any) -> None:
    inputs = {"current_dose_mcg": 400, "population": "child", "phase": "titration"}
    assert "must be one of" in refusal("titration", **inputs | {key: word})


DAY = [
    {"from": "00:00", "mcg_per_h": 20},
    {"from": "08:00", "mcg_per_h": 15},
    {"from": "20:00", "mcg_per_h": 25},
]


def test_a_flexible_day_adds_up_its_steps() -> None:
    result = run("flex_total", steps=DAY, concentration_mcg_per_ml=2000)
    assert result.values["dose_mcg_per_day"] == 440
    assert near(result.values["mean_mcg_per_h"], "18.3333")
    assert result.values["flow_ml_per_day"] == Decimal("0.22")
    assert result.steps[2] == "20:00 to 00:00: 25 mcg/h × 4 h = 100 mcg"


def test_the_order_of_the_steps_does_not_matter() -> None:
    assert run("flex_total", steps=DAY[::-1]) == run("flex_total", steps=DAY)


def test_the_last_step_holds_through_midnight_to_the_first() -> None:
    steps = [{"from": "06:00", "mcg_per_h": "10"}, {"from": "22:30", "mcg_per_h": "20"}]
    assert value("flex_total", "dose_mcg_per_day", steps=steps) == 315  # 16.5 h × 10 + 7.5 h × 20


def test_a_single_step_holds_all_day_from_whenever_it_begins() -> None:
    assert value("flex_total", "dose_mcg_per_day", steps=[{"from": "13:37", "mcg_per_h": "12.5"}]) == 300


def test_a_day_without_a_concentration_has_no_flow() -> None:
    assert "flow_ml_per_day" not in run("flex_total", steps=DAY).values


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([], "A flexible day needs at least one step."),
        (None, "A flexible day needs at least one step."),
        ("00:00", "A flexible day needs at least one step."),
        ([DAY[0], DAY[0]], "Two steps begin at 00:00: one time, one rate."),
        ([{"from": "24:00", "mcg_per_h": 1}], "A step begins at HH:MM, from 00:00 to 23:59, not at 24:00."),
        ([{"from": "8:00", "mcg_per_h": 1}], "not at 8:00"),
        ([{"from": "٠٨:00", "mcg_per_h": 1}], "A step begins at HH:MM"),
        ([{"from": "08:00", "mcg_per_h": -1}], "Steps of the day is negative"),
        ([{"from": "08:00"}], "and nothing else"),
        ([{"from": "08:00", "mcg_per_h": 1, "to": "09:00"}], "and nothing else"),
        ([7], "and nothing else"),
    ],
)
def test_a_day_that_cannot_be_added_up_is_refused(steps: Any, sentence: str) -> None:
    assert sentence in refusal("flex_total", steps=steps)


# -- all of them

EXAMPLES: dict[str, dict[str, Any]] = {
    "concentration": {"amount_mcg": 10000, "volume_ml": 20},
    "bolus_volume": {"dose_mcg": 50, "concentration_mcg_per_ml": 50},
    "hourly_dose": {"daily_dose_mcg": 100},
    "flow": {"daily_dose_mcg": 400, "concentration_mcg_per_ml": 2000},
    "dilution": {"stock_mcg_per_ml": 2000, "target_mcg_per_ml": 500, "final_volume_ml": 20},
    "starting_dose": {
        "effective_screening_dose_mcg": 50,
        "response_duration_h": 6,
        "adverse_reaction": False,
    },
    "titration": {
        "current_dose_mcg": 400,
        "phase": "titration",
        "population": "child",
        "proposed_dose_mcg": 420,
    },
    "flex_total": {"steps": DAY, "concentration_mcg_per_ml": 2000},
    "catheter_volume": {"length_cm": 80, "ml_per_cm": "0.0022"},
    "priming": {"pump_tubing_ml": "0.14", "catheter_ml": "0.176", "concentration_mcg_per_ml": 500},
    "bridge": BRIDGE,
    "bridge_omitted": {key: BRIDGE[key] for key in BRIDGE if "dose" not in key} | {"dose_mcg_per_day": 400},
    "low_reservoir": {
        "volume_ml": 40,
        "alarm_volume_ml": 2,
        "flow_ml_per_day": "0.2",
        "filled_on": "2025-01-06",
    },
    "empty_bounds": {
        "volume_ml": 40,
        "alarm_volume_ml": 2,
        "flow_ml_per_day": "0.2",
        "accuracy_pct": "14.5",
        "filled_on": "2025-01-06",
    },
    "expected_residual": {"fill_ml": 20, "flow_ml_per_day": "0.2", "days": 75, "bolus_ml": 0},
    "discrepancy": {
        "fill_ml": 20,
        "expected_residual_ml": 5,
        "actual_residual_ml": "7.5",
        "accuracy_pct": "14.5",
    },
}
EVERY = pytest.mark.parametrize("kind", list(CALCULATORS))


def test_every_calculator_has_an_example() -> None:
    assert list(EXAMPLES) == list(CALCULATORS)


@EVERY
def test_a_calculator_says_what_it_is_and_where_it_comes_from(kind: str) -> None:
    calculator = CALCULATORS[kind]
    assert calculator.kind == calculator.function.__name__ == kind
    assert calculator.title
    assert calculator.formula
    assert calculator.source
    assert calculator.mark in {"label", "paper", "site", "derived", "unconfirmed-H", "unconfirmed-M"}
    assert "Raises `DosingError`" in " ".join((calculator.function.__doc__ or "").split())


@EVERY
def test_a_page_can_label_every_input_and_every_output(kind: str) -> None:
    result = CALCULATORS[kind](EXAMPLES[kind])
    outputs = [output.key for output in CALCULATORS[kind].outputs]
    assert set(outputs) <= result.values.keys()
    assert len(set(outputs)) == len(outputs)
    assert all(output.word is WORDS[output.key] for output in CALCULATORS[kind].outputs)
    assert result.steps
    assert all(line and "E+" not in line for line in result.steps)


@EVERY
def test_a_missing_input_and_an_unknown_one_are_refused_by_name(kind: str) -> None:
    for field in CALCULATORS[kind].fields:
        if field.required:
            inputs = {key: value for key, value in EXAMPLES[kind].items() if key != field.key}
            assert f"({field.key}) is missing." in refusal(kind, **inputs)
    assert f"{kind} knows no input 'colour'" in refusal(kind, **EXAMPLES[kind], colour="blue")


NONSENSE: list[Any] = [
    None, True, "", "x", "1e3", " 1", "NaN", "-1", -1, 1.5, Decimal("NaN"), Decimal("1E+400"), Decimal("1E-400"),
    "1" + "0" * 400, Decimal("1E+99999999"), [], {},
]  # fmt: skip


@EVERY
@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value)[:20])
def test_a_number_that_is_none_is_refused_in_a_sentence(kind: str, value: Any) -> None:
    for field in CALCULATORS[kind].fields:
        if field.required and field.word.kind == "number":
            message = refusal(kind, **EXAMPLES[kind] | {field.key: value})
            assert message.startswith(field.word.label)
            assert len(message) < 150


def test_a_form_may_offer_a_constant_with_its_provenance() -> None:
    fields = {field.key: field for field in CALCULATORS["priming"].fields}
    offered = fields["pump_tubing_ml"].suggestion
    assert offered is not None
    assert (offered.text, offered.mark) == ("0.14 mL", "manual")
    assert fields["catheter_ml"].suggestion is None
    assert not fields["pump_tubing_ml"].required


@pytest.mark.parametrize("word", [word for word in WORDS.values() if word.suggestion])
def test_a_suggestion_has_the_unit_of_its_field(word: Any) -> None:
    assert catalogue().constants[word.suggestion].unit == word.unit


def test_every_finding_has_its_words() -> None:
    assert {"over_delivery", "under_delivery", "ran_empty", "overdose", "underdose"} == FINDINGS.keys()


def test_a_rounded_figure_is_shown_as_such() -> None:
    assert equals(Fraction(1, 3), "mL") == "≈ 0.3333 mL"
    assert equals(Fraction(1, 2), "mL") == "= 0.5 mL"
    assert shown(Fraction(1, 30)) == "0.033333"


amounts = st.decimals(min_value="0.01", max_value=5000, places=2)


@given(dose=amounts, strength=amounts)
def test_volume_and_dose_of_a_bolus_are_each_others_inverse(dose: Decimal, strength: Decimal) -> None:
    volume = value("bolus_volume", "volume_ml", dose_mcg=dose, concentration_mcg_per_ml=strength)
    assert abs(volume * strength - dose) < Decimal("1e-20")


@given(volume=amounts, flow=amounts, accuracy=st.integers(0, 99))
def test_earliest_nominal_and_latest_stand_in_their_order(
    volume: Decimal, flow: Decimal, accuracy: int
) -> None:
    values = run(
        "empty_bounds", volume_ml=volume, alarm_volume_ml=0, flow_ml_per_day=flow, accuracy_pct=accuracy
    ).values
    assert values["earliest_empty_day"] <= values["nominal_empty_day"] <= values["latest_empty_day"]  # type: ignore[operator]


@given(stock=amounts, share=st.integers(1, 100), final=amounts)
def test_stock_and_diluent_make_the_final_volume(stock: Decimal, share: int, final: Decimal) -> None:
    values = run(
        "dilution", stock_mcg_per_ml=stock, target_mcg_per_ml=stock * share / 100, final_volume_ml=final
    ).values
    assert abs(values["stock_ml"] + values["diluent_ml"] - final) < Decimal("1e-20")  # type: ignore[operator]
