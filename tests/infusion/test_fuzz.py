"""Whatever comes in, an answer goes out: a forecast, or an error of the closed list, at once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itb.infusion.forecast import forecast_json
from tests.infusion import strategies
from tests.infusion.compare import plain_path
from tests.infusion.strategies import Scenario

ROOT = Path(__file__).parents[2]
EXAMPLES = int(os.environ.get("ITB_EXAMPLES", "150"))
searching = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

ERRORS = {"invalid", "no_fill", "no_programme", "contradictory_facts", "volume_exceeds_reservoir"}
START = "2026-01-01T00:00:00+00:00"

Path_ = tuple[str | int, ...]


def whole() -> Scenario:
    """A scenario with every kind of fact and every key."""

    def programme(at: str, mode: str, **pattern: object) -> dict[str, object]:
        return {"kind": "programme", "at": at, "mode": mode, "concentration_mcg_per_ml": "2000", **pattern}

    def fill(at: str, **rest: object) -> dict[str, object]:
        return {"kind": "fill", "at": at, "filled_ml": "30", "concentration_mcg_per_ml": "2000", **rest}

    steps = [{"from": "00:00", "mcg_per_h": "20"}, {"from": "08:00", "mcg_per_h": "15"}]
    bolus = {"basal_mcg_per_day": "240", "bolus_mcg": "100", "every_h": "6", "over_min": "60"}
    return {
        "format": 1,
        "at": "2026-02-01T00:00:00+00:00",
        "timezone": "Europe/Berlin",
        "pump": {
            "reservoir_ml": "40",
            "alarm_ml": "2",
            "unusable_ml": "1",
            "accuracy_pct": "14.5",
            "min_flow_ml_per_day": "0.048",
            "max_flow_ml_per_day": "24",
        },
        "policy": {"margin_days": 7, "max_interval_days": 180, "accuracy_days": 2},
        "facts": [
            fill(START, withdrawn_ml=None, printed_alarm_on="2026-06-01"),
            programme(START, "continuous", dose_mcg_per_day="400", patient_bolus_max_mcg_per_day="10"),
            fill("2026-01-20T00:00:00+00:00", withdrawn_ml="27", emptied=False),
            programme("2026-01-03T00:00:00+00:00", "flex", steps=steps, printed_alarm_on="2026-06-01"),
            programme("2026-01-05T00:00:00+00:00", "periodic", **bolus),
            {"kind": "bolus", "at": START, "mcg": "50"},
            {"kind": "prime", "at": START, "volume_ml": "0.3"},
            {"kind": "withdraw", "at": START, "volume_ml": "1"},
            {"kind": "bridge", "at": START, "volume_ml": "1", "hours": "24"},
            {"kind": "stop", "at": "2026-01-10T00:00:00+00:00"},
            {"kind": "resume", "at": "2026-01-11T00:00:00+00:00"},
        ],
    }


def places(value: object, path: Path_ = ()) -> Iterator[Path_]:
    """The path of every value within."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*path, key))


def put(scenario: Scenario, path: Path_, value: object) -> Scenario:
    """A copy with another value at `path`."""
    copied: Any = deepcopy(scenario)
    held = copied
    for key in path[:-1]:
        held = held[key]
    held[path[-1]] = value
    return dict(copied)


def without(scenario: Scenario, path: Path_) -> Scenario:
    copied: Any = deepcopy(scenario)
    held = copied
    for key in path[:-1]:
        held = held[key]
    del held[path[-1]]
    return dict(copied)


PLACES = list(places(whole()))
NUMBERS = [
    path
    for path in PLACES
    if str(path[-1]).endswith(("_ml", "_pct", "_day", "_days", "mcg", "_h", "_min", "hours"))
]
NO_NUMBER = [
    float("nan"), float("inf"), -float("inf"), "NaN", "sNaN", "Infinity", 10**400, -(10**400), "1e5000",
    "1e5", "1" + "0" * 400, "0x10", "1_0", "٣", "４０", "", " ", "1 ", "+1", "1,5", "--1", "1.2.3", "4 mL",
    True, False, [], {}, ["1"], "-1", -1, "a" * 100_000, "1" * 100_000, "\x00", "\ud800",
]  # fmt: skip
NASTY = [
    *NO_NUMBER, None, 0, "0", "-0", 5e-324, 1e300, "0." + "0" * 5000 + "1", [[[[]]]], {"kind": "fill"},
    [None], "UTC", "localtime", "../../etc/passwd", "0001-01-01", "9999-12-31", "23:59", "flex", "stop",
    "9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00",
    "2026-01-01T00:00:00+23:59", "2026-01-01T00:00:00.999999999Z", "2026-01-01T24:00:00Z",
    "2026-01-01T00:00:00", "1900-01-01T00:00:00Z",
]  # fmt: skip
# Python writes no more than 4,300 digits, so this one has no place in a list that may be printed.
TOO_LONG_TO_WRITE = 10**5000


def answered(data: object) -> dict[str, Any]:
    """The answer, which is of the contract's form and came within a second."""
    began = perf_counter()
    answer: dict[str, Any] = forecast_json(data)
    assert perf_counter() - began < 1
    json.dumps(answer, allow_nan=False).encode()
    if "error" in answer:
        assert set(answer) == {"error", "message"}
        assert answer["error"] in ERRORS
        assert isinstance(answer["message"], str)
        assert len(answer["message"]) < 1000
    else:
        assert answer["refill_by"] <= answer["expires_on"]
    return answer


def spelt(path: Path_) -> str:
    """`facts[1].steps[0].from`"""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")


def test_the_whole_scenario_has_a_forecast() -> None:
    assert "error" not in answered(whole())


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(NASTY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@searching
@given(anything)
def test_anything_is_answered(data: object) -> None:
    assert answered(data)["error"] == "invalid"


@searching
@given(st.sampled_from(PLACES), anything)
def test_anything_at_any_place_of_a_scenario_is_answered(path: Path_, value: object) -> None:
    answered(put(whole(), path, value))


@searching
@given(strategies.scenarios(), st.data())
def test_a_scenario_with_several_slips_is_answered(scenario: Scenario, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(scenario))))
        value = data.draw(st.sampled_from(NASTY) | anything)
        scenario = put(scenario, path, value)
    answered(scenario)


@pytest.mark.parametrize("path", PLACES, ids=spelt)
def test_every_known_slip_at_a_place_is_answered(path: Path_) -> None:
    for value in [*NASTY, TOO_LONG_TO_WRITE]:
        answered(put(whole(), path, value))


@pytest.mark.parametrize("path", NUMBERS, ids=spelt)
def test_what_is_no_number_is_refused_by_the_path_of_its_key(path: Path_) -> None:
    for value in [*NO_NUMBER, TOO_LONG_TO_WRITE]:
        answer = answered(put(whole(), path, value))
        assert answer["error"] == "invalid"
        assert plain_path(spelt(path)) in plain_path(answer["message"])


@pytest.mark.parametrize("path", [path for path in PLACES if isinstance(path[-1], str)], ids=spelt)
def test_a_misspelt_key_is_refused_by_its_name(path: Path_) -> None:
    *there, key = path
    held: Any = whole()
    for step in there:
        held = held[step]
    answer = answered(put(put(whole(), path, held[key]), (*there, f"{key}x"), held[key]))
    assert answer["error"] == "invalid"
    assert plain_path(spelt((*there, f"{key}x"))) in plain_path(answer["message"])


MAY_BE_LEFT_OUT = (
    "unusable_ml", "min_flow_ml_per_day", "max_flow_ml_per_day", "accuracy_days", "emptied",
    "printed_alarm_on", "patient_bolus_max_mcg_per_day",
)  # fmt: skip


@pytest.mark.parametrize("path", [path for path in PLACES if isinstance(path[-1], str)], ids=spelt)
def test_a_key_that_is_left_out_is_named_unless_it_may_be(path: Path_) -> None:
    answer = answered(without(whole(), path))
    if path[-1] in MAY_BE_LEFT_OUT:
        assert answer.get("error") != "invalid"
    else:
        assert answer["error"] == "invalid"
        assert plain_path(spelt(path)) in plain_path(answer["message"])


@pytest.mark.parametrize("every", ["0.0001", "0.000000000001", "0." + "0" * 60 + "1", "1" * 30])
def test_a_periodic_bolus_at_an_absurd_interval_is_answered_at_once(every: str) -> None:
    over = "0." + "0" * 70 + "1"
    answered(put(put(whole(), ("facts", 4, "every_h"), every), ("facts", 4, "over_min"), over))


@pytest.mark.parametrize("count", [1440, 20_000])
def test_a_flex_day_of_very_many_steps_is_answered_at_once(count: int) -> None:
    steps = [{"from": f"{i // 60 % 24:02}:{i % 60:02}", "mcg_per_h": "1.5"} for i in range(count)]
    answer = answered(put(whole(), ("facts", 3, "steps"), steps))
    assert answer.get("error") == (None if count == 1440 else "invalid")


def test_thousands_of_facts_are_answered_at_once() -> None:
    draws = [
        {
            "kind": "withdraw",
            "at": f"2026-01-{i // 1440 + 1:02}T{i // 60 % 24:02}:{i % 60:02}:30Z",
            "volume_ml": "0",
        }
        for i in range(3000)
    ]
    scenario = whole()
    assert "error" not in answered({**scenario, "facts": scenario["facts"] + draws})


# --- Through the command line ---


def run(raw: bytes, *options: str) -> tuple[int, bytes]:
    """Exit status and standard output of the door; nothing may come on standard error."""
    command = [sys.executable, "-m", "itb.infusion", "forecast", *options]
    ended = subprocess.run(command, input=raw, capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert ended.stderr == b""
    return ended.returncode, ended.stdout


GOOD = json.dumps(whole()).encode()
DEEP = 100_000
NO_JSON = {
    "nothing": b"",
    "a blank": b"  \n",
    "a word": b"rubbish",
    "a broken end": GOOD[:-5],
    "two scenarios": GOOD + b" " + GOOD,
    "bytes that are not UTF-8": b'{"format": 1, "at": "\xff\xfe"}',
    "UTF-16": GOOD.decode().encode("utf-16"),
    "a null byte": b"\x00",
    "a null": b"null",
    "a number": b"1e400",
    "a huge integer": b"1" + b"0" * 10_000,
    "a text": b'"fill"',
    "an empty list": b"[]",
    "a deep list": b"[" * DEEP + b"]" * DEEP,
    "a deep object": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "an endless list": b"[" * DEEP,
    "a key given twice": GOOD.replace(b'"format": 1', b'"format": 1, "format": 1'),
    "a dose given twice": GOOD.replace(b'"hours": "24"', b'"hours": "24", "hours": "48"'),
}
IN_A_NUMBER = [
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1e5000",
    b"1e999999999",
    b"1" + b"0" * 400,
    b"1" + b"0" * 10_000,
]


def refused(line: bytes) -> str:
    """The message of an `invalid` answer."""
    answer = json.loads(line)
    assert set(answer) == {"error", "message"}
    assert answer["error"] == "invalid"
    return str(answer["message"])


@pytest.mark.parametrize("name", NO_JSON)
def test_what_is_no_scenario_exits_2_with_an_error_object(name: str) -> None:
    status, out = run(NO_JSON[name])
    assert status == 2
    assert refused(out)


@pytest.mark.parametrize("number", IN_A_NUMBER, ids=lambda raw: raw[:12].decode())
def test_a_json_number_that_is_none_is_refused_by_the_path_of_its_key(number: bytes) -> None:
    status, out = run(GOOD.replace(b'"reservoir_ml": "40"', b'"reservoir_ml": ' + number))
    assert status == 2
    assert "pump.reservoir_ml" in refused(out)


def test_a_scenario_exits_0_with_its_forecast() -> None:
    status, out = run(GOOD)
    assert status == 0
    assert json.loads(out) == forecast_json(whole())


def test_a_bad_line_takes_its_place_among_good_ones() -> None:
    bad = [raw for name, raw in NO_JSON.items() if b"\n" not in raw and name not in ("nothing", "UTF-16")]
    lines = [line for raw in bad for line in (GOOD, raw, GOOD)]
    status, out = run(b"\n".join(lines) + b"\n", "--lines")
    assert status == 0
    answers = out.splitlines()
    assert len(answers) == len(lines)
    good = forecast_json(whole())
    for line, answer in zip(lines, answers, strict=True):
        if line is GOOD:
            assert json.loads(answer) == good
        else:
            refused(answer)


def test_the_last_line_needs_no_end() -> None:
    status, out = run(GOOD + b"\n" + GOOD, "--lines")
    assert (status, len(out.splitlines())) == (0, 2)


def test_no_lines_are_answered_with_none() -> None:
    assert run(b"", "--lines") == (0, b"")


@settings(max_examples=max(20, EXAMPLES // 100), deadline=None)
@given(st.lists(st.binary(max_size=60).map(lambda raw: raw.replace(b"\n", b"")), min_size=20, max_size=60))
def test_random_bytes_are_answered_line_by_line(junk: list[bytes]) -> None:
    lines = [line for raw in junk for line in (raw, GOOD)]
    status, out = run(b"\n".join(lines), "--lines")
    assert status == 0
    answers = out.split(b"\n")[:-1]
    assert len(answers) == len(lines)
    assert all("error" not in json.loads(answer) for answer in answers[1::2])
    assert all(json.loads(answer)["error"] == "invalid" for answer in answers[0::2])
