"""A scenario is read strictly: what is not known is refused with its key's path."""

from __future__ import annotations

import copy
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itb.infusion.forecast import forecast_json
from itb.infusion.scenario import EPOCH, MAX_FACTS, Fill, Programme, Refusal, read_scenario
from tests.infusion.pumps import Json, continuous, fact, fill, flex, periodic, read, refusal, scenario

AT = "2026-03-01T09:00:00-05:00"
EVERYTHING = scenario(
    fill("2026-01-06T09:00:00-05:00", withdrawn_ml="3.0", emptied=True, printed_alarm_on="2026-07-15"),
    continuous(
        "2026-01-06T09:10:00-05:00", patient_bolus_max_mcg_per_day="20", printed_alarm_on="2026-07-15"
    ),
    flex("2026-01-07T09:10:00-05:00", {"00:00": "10", "08:00": "12.5"}),
    periodic("2026-01-08T09:10:00-05:00"),
    fact("bridge", "2026-01-08T09:10:00-05:00", volume_ml="0.3", hours="9.5"),
    fact("bolus", "2026-01-09T09:10:00-05:00", mcg="50"),
    fact("prime", "2026-01-09T09:10:00-05:00", volume_ml="0.2"),
    fact("withdraw", "2026-01-10T09:10:00-05:00", volume_ml="0.2"),
    fact("stop", "2026-01-11T09:10:00-05:00"),
    fact("resume", "2026-01-12T09:10:00-05:00"),
    at=AT,
    pump={"min_flow_ml_per_day": "0.048", "max_flow_ml_per_day": "24"},
)


def changed(path: list[str | int], value: object) -> Json:
    """EVERYTHING with one value replaced, or with the key taken away where the value is Ellipsis."""
    found = copy.deepcopy(EVERYTHING)
    place: object = found
    for key in path[:-1]:
        place = place[key]  # type: ignore[index]
    if value is ...:
        del place[path[-1]]  # type: ignore[attr-defined]
    else:
        place[path[-1]] = value  # type: ignore[index]
    return found


def test_a_scenario_is_read_with_its_facts_in_the_order_in_which_they_take_effect() -> None:
    facts = read(EVERYTHING).facts
    assert [fact.kind for fact in facts] == [
        "fill",
        "programme",
        "programme",
        "programme",
        "bridge",
        "bolus",
        "prime",
        "withdraw",
        "stop",
        "resume",
    ]
    first, second = facts[:2]
    assert isinstance(first, Fill)
    assert isinstance(second, Programme)
    assert second.at_us - first.at_us == 10 * 60 * 1_000_000


def test_facts_may_come_in_any_order() -> None:
    data = copy.deepcopy(EVERYTHING)
    random.Random(3).shuffle(data["facts"])  # type: ignore[arg-type]
    assert read(data) == read(EVERYTHING)


def test_numbers_may_be_json_numbers() -> None:
    assert read(changed(["pump", "reservoir_ml"], 40)) == read(EVERYTHING)
    assert read(changed(["pump", "accuracy_pct"], 14.5)) == read(EVERYTHING)
    assert read(changed(["policy", "margin_days"], "7")) == read(EVERYTHING)
    assert read(changed(["format"], "1")) == read(EVERYTHING)


def test_what_may_be_left_out_has_its_default() -> None:
    data = changed(["pump", "unusable_ml"], ...)
    del data["policy"]["accuracy_days"]  # type: ignore[attr-defined]
    del data["pump"]["min_flow_ml_per_day"]  # type: ignore[attr-defined]
    del data["pump"]["max_flow_ml_per_day"]  # type: ignore[attr-defined]
    found = read(data)
    assert found.pump.unusable_ml == 0
    assert found.pump.min_flow_ml_per_day is None
    assert found.policy.accuracy_days == 2
    assert read(changed(["policy", "accuracy_days"], None)).policy.accuracy_days is None


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T14:00Z",
        "2026-03-01T14:00:00Z",
        "2026-03-01T14:00:00.000000+00:00",
        "2026-03-01T14:00:00,0+0000",
        "2026-03-01T09:00:00-05",
        "2026-03-01T09:03:58-04:56:02",
    ],
)
def test_an_instant_is_read_with_its_offset(written: str) -> None:
    at = datetime(2026, 3, 1, 14, tzinfo=UTC) - EPOCH
    assert read(changed(["at"], written)).at_us == at.total_seconds() * 1_000_000


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["format"], 2, "format:"),
        (["format"], True, "format:"),
        (["format"], ..., "format: is missing"),
        (["extra"], 1, "extra: is not a known key"),
        (["at"], "2026-03-01T09:00:00", "at:"),
        (["at"], "2026-03-01 09:00:00-05:00", "at:"),
        (["at"], "2026-02-30T09:00:00-05:00", "at:"),
        (["at"], "0001-01-01T00:00:00+14:00", "at:"),
        (["at"], "9999-12-31T23:59:59-14:00", "at:"),
        (["at"], 20260301, "at:"),
        (["timezone"], "Mars/Olympus", "timezone:"),
        (["timezone"], "America", "timezone:"),
        (["timezone"], "../../etc/passwd", "timezone:"),
        (["timezone"], "/etc/localtime", "timezone:"),
        (["timezone"], "posix/UTC", "timezone:"),
        (["timezone"], "right/UTC", "timezone:"),
        (["timezone"], "leapseconds", "timezone:"),
        (["timezone"], "\ud800", "timezone:"),
        (["timezone"], "A" * 100_000, "timezone:"),
        (["timezone"], None, "timezone:"),
        (["pump"], [], "pump: must be a JSON object"),
        (["pump", "reservoir_ml"], "0", "pump.reservoir_ml:"),
        (["pump", "reservoir_ml"], "-1", "pump.reservoir_ml:"),
        (["pump", "reservoir_ml"], "1e3", "pump.reservoir_ml:"),
        (["pump", "reservoir_ml"], True, "pump.reservoir_ml:"),
        (["pump", "max_flow_ml_per_day"], "0.01", "pump.max_flow_ml_per_day:"),
        (["pump", "min_flow_ml_per_day"], None, "pump.min_flow_ml_per_day:"),
        (["pump", "capacity"], "40", "pump.capacity: is not a known key"),
        (["policy", "margin_days"], "7.5", "policy.margin_days:"),
        (["policy", "margin_days"], 10**9, "policy.margin_days:"),
        (["policy", "margin_days"], -1, "policy.margin_days:"),
        (["policy", "margin_days"], None, "policy.margin_days:"),
        (["policy", "accuracy_days"], "two", "policy.accuracy_days:"),
        (["facts"], {}, "facts: must be a list"),
        (["facts"], [None] * (MAX_FACTS + 1), "facts: must hold at most"),
        (["facts", 1], "fill", "facts[1]: must be a JSON object"),
        (["facts", 1, "dose"], "400", "facts[1].dose: is not a known key"),
        (["facts", 1, "kind"], "fills", "facts[1].kind:"),
        (["facts", 1, "kind"], ["fill"], "facts[1].kind:"),
        (["facts", 1, "mode"], "simple", "facts[1].mode:"),
        (["facts", 1, "mode"], {}, "facts[1].mode:"),
        (["facts", 1, "steps"], [], "facts[1].steps: is not a known key"),
        (["facts", 1, "dose_mcg_per_day"], "-400", "facts[1].dose_mcg_per_day:"),
        (["facts", 1, "concentration_mcg_per_ml"], "0", "facts[1].concentration_mcg_per_ml:"),
        (["facts", 0, "withdrawn_ml"], ..., "facts[0].withdrawn_ml: is missing"),
        (["facts", 0, "emptied"], "yes", "facts[0].emptied:"),
        (["facts", 0, "emptied"], None, "facts[0].emptied:"),
        (["facts", 0, "printed_alarm_on"], "2026-7-15", "facts[0].printed_alarm_on:"),
        (["facts", 0, "printed_alarm_on"], "2026-02-29", "facts[0].printed_alarm_on:"),
        (["facts", 0, "printed_alarm_on"], "0001-01-01", "facts[0].printed_alarm_on:"),
        (["facts", 0, "printed_alarm_on"], None, "facts[0].printed_alarm_on:"),
        (["facts", 2, "steps"], [], "facts[2].steps: must hold at least one step"),
        (["facts", 2, "steps"], [[]], "facts[2].steps[0]: must be a JSON object"),
        (["facts", 2, "steps", 1, "from"], "00:00", "facts[2].steps[1].from: overlaps"),
        (["facts", 2, "steps", 1, "from"], "24:00", "facts[2].steps[1].from:"),
        (["facts", 2, "steps", 1, "from"], "8:00", "facts[2].steps[1].from:"),
        (["facts", 2, "steps", 1, "from"], 8, "facts[2].steps[1].from:"),
        (["facts", 2, "steps", 1, "mcg_per_h"], None, "facts[2].steps[1].mcg_per_h:"),
        (["facts", 3, "over_min"], "360", "facts[3].over_min:"),
        (["facts", 3, "every_h"], "0", "facts[3].every_h:"),
        (["facts", 4, "hours"], "0", "facts[4].hours:"),
        (["facts", 5, "mcg"], "NaN", "facts[5].mcg:"),
        (["facts", 6, "volume_ml"], "1" + "0" * 400, "facts[6].volume_ml:"),
        (["facts", 8, "volume_ml"], "1", "facts[8].volume_ml: is not a known key"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_malformed_scenario_is_refused_with_the_path_of_its_key(
    path: list[str | int], value: object, message: str
) -> None:
    found = refusal(changed(path, value))
    assert found.code == "invalid"
    assert found.message.startswith(message)


def test_a_fact_after_the_instant_must_still_be_well_formed() -> None:
    later = fact("bolus", "2030-01-01T00:00:00Z", mcg="fifty")
    data = EVERYTHING | {"facts": [*EVERYTHING["facts"], later]}  # type: ignore[misc]
    assert refusal(data).message.startswith("facts[10].mcg:")


def test_what_is_no_object_is_refused() -> None:
    for data in (None, [], "scenario", 1, float("nan")):
        assert refusal(data) == Refusal("invalid", "scenario: must be a JSON object")


def test_an_unknown_key_of_any_length_or_type_is_refused_by_name() -> None:
    assert len(refusal(EVERYTHING | {"x" * 10**6: 1}).message) < 100
    assert refusal(EVERYTHING | {7: 1}).message == "7: is not a known key"  # type: ignore[dict-item]
    assert refusal(EVERYTHING | {"\udfff": 1}).message == "\udfff: is not a known key"


_leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["fill", "programme", "flex", "continuous", "periodic", "2026-01-01T00:00:00Z", "1e9", "-0", "9" * 50]
    )
    | st.datetimes().map(lambda at: at.isoformat() + "+14:00")
)
_anything = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_no_value_in_any_place_makes_a_forecast_raise(data: st.DataObject) -> None:
    found = copy.deepcopy(EVERYTHING)
    for _ in range(data.draw(st.integers(1, 3))):
        place: object = found
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))  # type: ignore[arg-type]
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            inner = place[key]  # type: ignore[index]
            if isinstance(inner, (dict, list)) and data.draw(st.booleans()):
                place = inner
                continue
            place[key] = data.draw(_anything)  # type: ignore[index]
            break
    answer = forecast_json(found)
    assert answer.get("error") in {
        None,
        "invalid",
        "no_fill",
        "no_programme",
        "contradictory_facts",
        "volume_exceeds_reservoir",
    }


def test_a_scenario_that_reads_is_a_value() -> None:
    assert read_scenario(EVERYTHING) == read_scenario(copy.deepcopy(EVERYTHING))
