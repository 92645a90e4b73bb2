"""The forecast agrees with the oracle: all dates, instants within a second, volumes within 0.000001 mL.

`ITB_EXAMPLES=20000` makes the search as long as one likes; without it, it is short enough for every commit.
"""

import os
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings

from itb.infusion.forecast import forecast_json
from tests.infusion import strategies
from tests.infusion.compare import codes, number
from tests.infusion.oracle import forecast as oracle_forecast

EXAMPLES = int(os.environ.get("ITB_EXAMPLES", "300"))
searching = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

DATES = ("expires_on", "refill_by", "binding")
INSTANTS = ("alarm_at", "empty_at", "earliest_empty_at", "latest_empty_at")
NUMBERS = ("volume_ml", "dose_mcg_per_day", "flow_ml_per_day")
OF_A_CYCLE = ("programmed_ml", "expected_ml", "withdrawn_ml", "difference_ml", "delivered_ratio")
FINDINGS = {
    "pump_stopped",
    "concentration_mismatch",
    "flow_out_of_range",
    "residual_out_of_limits",
    "printed_date_differs",
    "ran_empty",
}


def near(one: Any, other: Any, within: str = "0.000001") -> bool:
    """Two numbers closer than `within`, or two nulls."""
    first, second, limit = number(one), number(other), number(within)
    if first is None or second is None or limit is None:
        return one is None and other is None
    return abs(first - second) <= limit


def a_second_apart(one: str | None, other: str | None) -> bool:
    """At most a second apart, on one local date and in one offset; or two nulls."""
    if one is None or other is None:
        return one is other
    first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
    same_day = (first.date(), first.utcoffset()) == (second.date(), second.utcoffset())
    return same_day and abs((first - second).total_seconds()) <= 1


def disagreements(exact: dict[str, Any], got: dict[str, Any]) -> list[str]:
    """The keys in which the two answers to one scenario differ."""
    if "error" in exact or "error" in got:
        return [] if exact.get("error") == got.get("error") else ["error"]
    differ = [key for key in DATES if exact[key] != got[key]]
    differ += [key for key in INSTANTS if not a_second_apart(exact[key], got[key])]
    differ += [key for key in NUMBERS if not near(exact[key], got[key])]
    differ += [
        f"delivery_ratio.{key}" for key in ratio_disagreements(exact["delivery_ratio"], got["delivery_ratio"])
    ]
    differ += [f"cycles.{key}" for key in cycle_disagreements(exact["cycles"], got["cycles"])]
    return differ + sorted((exact["findings"] ^ codes(got)) & FINDINGS)


def ratio_disagreements(exact: dict[str, Any], got: dict[str, Any]) -> list[str]:
    differ = [key for key in ("source", "cycles") if exact[key] != got[key]]
    differ += [key for key in ("low", "high") if not near(exact[key], got[key])]
    if exact["source"] == "learned" and not near(exact["mean"], got["mean"]):
        differ.append("mean")
    return differ


def cycle_disagreements(exact: list[dict[str, Any]], got: list[dict[str, Any]]) -> list[str]:
    if len(exact) != len(got):
        return ["count"]
    differ = [
        key for one, two in zip(exact, got, strict=True) for key in ("at", "finding") if one[key] != two[key]
    ]
    differ += [
        key for one, two in zip(exact, got, strict=True) for key in OF_A_CYCLE if not near(one[key], two[key])
    ]
    return differ


@searching
@given(strategies.scenarios())
def test_the_forecast_agrees_with_the_oracle(scenario: strategies.Scenario) -> None:
    assert disagreements(oracle_forecast(scenario), forecast_json(scenario)) == []


@searching
@given(strategies.impossible())
def test_what_cannot_have_been_is_refused_for_the_same_reason(scenario: strategies.Scenario) -> None:
    assert disagreements(oracle_forecast(scenario), forecast_json(scenario)) == []
