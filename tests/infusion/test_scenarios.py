"""Every scenario file is answered as it says: expectations come from hand arithmetic or from the oracle."""

import json
import re
from pathlib import Path

import pytest

from itb.infusion.forecast import forecast_json
from tests.infusion.compare import differences
from tests.infusion.oracle import forecast as oracle_forecast

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.json"))
SCENARIOS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_answered_as_its_file_says(name: str) -> None:
    case = SCENARIOS[name]
    answer = forecast_json(case["scenario"])
    assert differences(case["expected"], answer, case["tolerance"]) == [], case["obtained"]


def test_the_oracle_agrees_with_every_file() -> None:
    for case in SCENARIOS.values():
        answer = oracle_forecast(case["scenario"])
        assert differences(case["expected"], answer, case["tolerance"]) == [], case["id"]


def test_there_are_at_least_two_hundred_scenarios() -> None:
    assert len(SCENARIOS) >= 200


def test_at_least_sixty_scenarios_show_their_arithmetic() -> None:
    by_hand = [case for case in SCENARIOS.values() if case["obtained"].startswith("By hand: ")]
    assert len(by_hand) >= 60


def test_a_file_says_what_it_is_about_and_how_its_expectation_was_obtained() -> None:
    for name, case in SCENARIOS.items():
        assert list(case) == ["id", "about", "obtained", "scenario", "expected", "tolerance"], name
        assert case["id"] == name
        assert case["about"].endswith("."), name
        assert case["expected"], name
        assert re.match(r"By (hand|the text|the second method)[:,. ]", case["obtained"]), name


@pytest.mark.parametrize(
    "code", ["invalid", "no_fill", "no_programme", "contradictory_facts", "volume_exceeds_reservoir"]
)
def test_each_error_has_a_scenario(code: str) -> None:
    assert any(case["expected"].get("error") == code for case in SCENARIOS.values())
