"""The `cases` command says which case failed and why, and never falls over a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from itb.infusion.cases import failure, main

REFERENCE = Path(__file__).parents[2].parent / "shared" / "clinical" / "cases.json"
FLOW = {
    "id": "F",
    "kind": "flow",
    "inputs": {"daily_dose_mcg": 400, "concentration_mcg_per_ml": 2000},
    "expected": {"flow_ml_per_day": 0.2},
}
SCENARIO = {
    "format": 1,
    "at": "2026-03-01T09:00:00-05:00",
    "timezone": "America/New_York",
    "pump": {"reservoir_ml": "40", "alarm_ml": "2", "accuracy_pct": "14.5"},
    "policy": {"margin_days": 7, "max_interval_days": 180},
    "facts": [
        {
            "kind": "fill",
            "at": "2026-01-05T10:00:00-05:00",
            "withdrawn_ml": None,
            "filled_ml": 40,
            "concentration_mcg_per_ml": 2000.0,
        },
        {
            "kind": "programme",
            "at": "2026-01-05T10:00:00-05:00",
            "mode": "continuous",
            "concentration_mcg_per_ml": "2000",
            "dose_mcg_per_day": "400",
        },
    ],
}


def file(folder: Path, content: Any) -> str:
    path = folder / "cases.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


@pytest.mark.skipif(not REFERENCE.exists(), reason="the worked examples are not at hand")
def test_every_worked_example_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(REFERENCE)]) == 0
    assert capsys.readouterr().out.endswith(" passed, 0 failed\n")


def test_the_tally_counts_over_all_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file(tmp_path, [FLOW, FLOW])
    assert main([path, path]) == 0
    assert capsys.readouterr().out == "4 passed, 0 failed\n"


def test_a_failing_case_is_one_line_with_its_id_key_expected_and_got(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = FLOW | {
        "expected": {"flow_ml_per_day": 0.3, "hourly_dose_mcg": "17", "nonsense": 1},
        "tolerance": 0.01,
    }
    assert main([file(tmp_path, [wrong, FLOW])]) == 1
    assert capsys.readouterr().out.splitlines() == [
        (
            "F: flow_ml_per_day: expected 0.3, got 0.2; "
            "hourly_dose_mcg: expected 17, got 16.666666666666666666666666666666666666666666666667; "
            "nonsense: expected 1, got no such key"
        ),
        "1 passed, 1 failed",
    ]


def test_a_number_within_the_tolerance_passes_and_just_outside_fails() -> None:
    near = FLOW | {"expected": {"flow_ml_per_day": "0.21"}, "tolerance": "0.01"}
    assert failure(near) == ""
    assert failure(near | {"tolerance": "0.009999"}) != ""


def test_without_a_tolerance_only_the_exact_number_passes() -> None:
    assert failure(FLOW | {"expected": {"flow_ml_per_day": "0.2"}}) == ""
    assert failure(FLOW | {"expected": {"flow_ml_per_day": "0.20000001"}}) != ""


def test_a_case_without_an_id_is_named_by_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file(tmp_path, [{"kind": "flow"}])
    assert main([path]) == 1
    assert capsys.readouterr().out.startswith(f"{path}[0]: cannot be run: expected is missing")


def test_words_nulls_truths_and_dates_are_compared_as_they_stand() -> None:
    low = {
        "kind": "low_reservoir",
        "inputs": {
            "volume_ml": 40,
            "alarm_volume_ml": 2,
            "flow_ml_per_day": "0.2",
            "filled_on": "2025-01-06",
        },
        "expected": {"alarm_on": "2025-07-15"},
    }
    assert failure(low) == ""
    assert failure(low | {"expected": {"alarm_on": "2025-07-16"}}).endswith(
        "expected 2025-07-16, got 2025-07-15"
    )
    gap = {
        "kind": "discrepancy",
        "inputs": {"fill_ml": 20, "expected_residual_ml": 5, "actual_residual_ml": 5, "accuracy_pct": "14.5"},
        "expected": {"finding": None},
    }
    assert failure(gap) == ""
    assert failure(gap | {"expected": {"finding": "over_delivery"}}).endswith(
        "expected over_delivery, got null"
    )
    bridge = {
        "kind": "bridge",
        "inputs": {
            "catheter_ml": "0.176",
            "old_concentration_mcg_per_ml": 500,
            "new_concentration_mcg_per_ml": 500,
            "old_dose_mcg_per_day": 400,
            "new_dose_mcg_per_day": 400,
        },
        "expected": {"needed": False},
    }
    assert failure(bridge) == ""
    assert failure(bridge | {"expected": {"needed": True}}).endswith("needed: expected true, got false")


def test_a_refusal_can_be_expected() -> None:
    refused = FLOW | {"inputs": FLOW["inputs"] | {"concentration_mcg_per_ml": 0}}  # type: ignore[operator]
    assert failure(refused | {"expected": {"error": "invalid"}}) == ""


def test_a_refusal_that_was_not_expected_is_told() -> None:
    refused = FLOW | {"inputs": FLOW["inputs"] | {"concentration_mcg_per_ml": 0}}  # type: ignore[operator]
    assert failure(refused) == "F: flow_ml_per_day: expected 0.2, got Concentration must be more than 0."


def test_a_forecast_is_a_case_of_its_own_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = {
        "id": "SC",
        "kind": "forecast",
        "inputs": SCENARIO,
        "expected": {
            "volume_ml": "29.00833333",
            "alarm_at": "2026-07-14T11:00:00-04:00",
            "binding": "accuracy",
            "delivery_ratio": {"source": "specification", "high": 1.145},
            "cycles": [],
        },
        "tolerance": 1e-6,
    }
    assert main([file(tmp_path, [case])]) == 0, capsys.readouterr().out


def test_nested_keys_and_lists_are_compared_within_and_named_by_their_path() -> None:
    case = {
        "id": "SC",
        "kind": "forecast",
        "inputs": SCENARIO,
        "expected": {"delivery_ratio": {"cycles": 3}, "cycles": [1], "findings": {}, "steps": "x"},
    }
    line = failure(case)
    assert "delivery_ratio.cycles: expected 3, got 0" in line
    assert "cycles: expected [1], got []" in line
    assert "findings: expected {}, got []" in line
    assert "steps: expected x, got [" in line


def test_list_items_are_compared_one_by_one() -> None:
    scenario = SCENARIO | {
        "facts": [
            *SCENARIO["facts"],  # type: ignore[misc]
            {
                "kind": "fill",
                "at": "2026-02-25T10:00:00-05:00",
                "withdrawn_ml": 29.8,
                "filled_ml": 40,
                "concentration_mcg_per_ml": 2000,
            },
        ]
    }
    case = {
        "id": "SC",
        "kind": "forecast",
        "inputs": scenario,
        "expected": {"cycles": [{"programmed_ml": "10.2", "difference_ml": 1}]},
    }
    assert failure(case) == "SC: cycles[0].difference_ml: expected 1, got 0"


def test_an_error_of_a_scenario_can_be_expected() -> None:
    case = {"kind": "forecast", "inputs": SCENARIO | {"facts": []}, "expected": {"error": "no_fill"}}
    assert failure(case) == ""


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        (7, "it is not an object"),
        ({"kind": "flow", "inputs": {}}, "expected is missing, or is no object"),
        ({"kind": "flow", "inputs": {}, "expected": {}}, "it expects nothing"),
        ({"kind": "flow", "inputs": [], "expected": {"a": 1}}, "inputs is missing, or is no object"),
        ({"kind": "flight", "inputs": {}, "expected": {"a": 1}}, "its kind flight is unknown"),
        ({"kind": ["flow"], "inputs": {}, "expected": {"a": 1}}, 'its kind ["flow"] is unknown'),
        ({"inputs": {}, "expected": {"a": 1}}, "its kind null is unknown"),
        (FLOW | {"tolerance": -1}, "its tolerance is not a number of 0 or more"),
        (FLOW | {"tolerance": "some"}, "its tolerance is not a number of 0 or more"),
        (FLOW | {"tolerance": None}, "its tolerance is not a number of 0 or more"),
    ],
)
def test_a_case_that_cannot_be_run_has_failed_and_says_why(case: Any, sentence: str) -> None:
    assert f": cannot be run: {sentence}" in failure(case)


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"daily_dose_mcg": 400}, "Concentration (concentration_mcg_per_ml) is missing."),
        (
            {"daily_dose_mcg": 400, "concentration_mcg_per_ml": 2000, "colour": 1},
            "flow knows no input 'colour'",
        ),
        ({"daily_dose_mcg": None, "concentration_mcg_per_ml": 2000}, "Daily dose must be a number"),
    ],
)
def test_a_missing_or_unknown_input_is_told_by_name(inputs: Any, sentence: str) -> None:
    assert sentence in failure(FLOW | {"inputs": inputs})


def test_a_case_nested_without_end_has_failed() -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert "nested too deeply" in failure(FLOW | {"expected": {"flow_ml_per_day": deep}})


@pytest.mark.parametrize(
    "content",
    ["", "{", "[NaN]", '{"id": 1}', "[1e99999999999999999999]", "[" * 100_000, '"x"', "[Infinity]"],
)
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([file(tmp_path, content)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(str(tmp_path))
    assert captured.err.count("\n") == 1


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_bytes_that_are_no_text_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00")
    assert main([str(tmp_path / "b.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_no_file_at_all_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err == "Name at least one file of cases.\n"


def test_huge_and_odd_values_are_told_not_fallen_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = [
        FLOW
        | {
            "inputs": {"daily_dose_mcg": 1, "concentration_mcg_per_ml": 2},
            "expected": {"flow_ml_per_day": {}},
        },
        json.loads('{"id": "\\ud800\\n", "kind": "flow", "inputs": {}, "expected": {"\\ud800": 1}}'),
    ]
    text = (
        json.dumps(odd)[:-1]
        + ', {"kind": "flow", "inputs": {"daily_dose_mcg": 1e400, "concentration_mcg_per_ml": 1}'
    )
    assert main([file(tmp_path, text + ', "expected": {"flow_ml_per_day": 1e400}}]')]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[-1] == "0 passed, 3 failed"
