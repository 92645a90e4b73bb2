"""What must hold of every forecast, whatever the pump: relations between forecasts, no arithmetic."""

import os
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from itb.infusion.forecast import forecast_json
from tests.infusion import strategies
from tests.infusion.compare import codes, number
from tests.infusion.strategies import Scenario, plain

EXAMPLES = int(os.environ.get("ITB_EXAMPLES", "60"))
searching = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)

INSTANTS = ("alarm_at", "empty_at", "earliest_empty_at", "latest_empty_at")
NEVER = datetime.max.replace(tzinfo=UTC)
HAIR = Fraction(1, 10**6)


def forecast(scenario: Scenario) -> dict[str, Any]:
    """The forecast, of a scenario that has one."""
    answer = forecast_json(scenario)
    assume("error" not in answer)
    return answer


def moment(text: str | None) -> datetime:
    """An instant; null is later than all."""
    return NEVER if text is None else datetime.fromisoformat(text)


def volume(answer: dict[str, Any]) -> Fraction:
    read = number(answer["volume_ml"])
    assert read is not None
    return read


def seen_from(scenario: Scenario, at: datetime) -> Scenario:
    return {**scenario, "at": at.isoformat()}


def now(scenario: Scenario) -> datetime:
    return datetime.fromisoformat(scenario["at"])


def alike(one: dict[str, Any], two: dict[str, Any]) -> bool:
    """Two forecasts that tell the same; the lines of `steps` may be told otherwise."""
    if "error" in one or "error" in two:
        return one.get("error") == two.get("error")
    return {**one, "steps": None, "findings": codes(one)} == {**two, "steps": None, "findings": codes(two)}


later = st.integers(1, 400 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


@searching
@given(strategies.scenarios(), later)
def test_the_volume_never_rises_without_a_fill(scenario: Scenario, passed: timedelta) -> None:
    before = forecast(scenario)
    after = forecast(seen_from(scenario, now(scenario) + passed))
    assert volume(after) <= volume(before)


@searching
@given(strategies.scenarios(), later)
def test_no_status_improves_as_time_passes(scenario: Scenario, passed: timedelta) -> None:
    """With no new facts no moment moves later: what was due stays due."""
    before = forecast(scenario)
    after = forecast(seen_from(scenario, now(scenario) + passed))
    for key in INSTANTS:
        assert moment(after[key]) <= moment(before[key]), key
    assert after["refill_by"] <= before["refill_by"]
    assert after["expires_on"] == before["expires_on"]
    assert codes(before) <= codes(after)


@searching
@given(strategies.scenarios(), later)
def test_with_no_new_facts_the_same_moments_are_told_later(scenario: Scenario, passed: timedelta) -> None:
    before = forecast(scenario)
    after = forecast(seen_from(scenario, now(scenario) + passed))
    for key in (*INSTANTS, "refill_by", "binding", "delivery_ratio", "cycles"):
        assert after[key] == before[key], key


@searching
@given(strategies.scenarios())
def test_the_earliest_instant_is_not_after_the_programmed_one_nor_that_after_the_latest(
    scenario: Scenario,
) -> None:
    answer = forecast(scenario)
    earliest, empty, latest = (
        moment(answer[key]) for key in ("earliest_empty_at", "empty_at", "latest_empty_at")
    )
    assert earliest <= empty <= latest


@searching
@given(strategies.scenarios())
def test_the_alarm_is_not_after_empty_where_its_volume_is_not_below_the_unusable_one(
    scenario: Scenario,
) -> None:
    pump = scenario["pump"]
    assume(Decimal(pump["alarm_ml"]) >= Decimal(pump.get("unusable_ml", "0")))
    answer = forecast(scenario)
    assert moment(answer["alarm_at"]) <= moment(answer["empty_at"])


@searching
@given(strategies.scenarios())
def test_the_refill_date_is_never_after_expiry_nor_a_margin_before_the_alarm(scenario: Scenario) -> None:
    answer = forecast(scenario)
    assert answer["refill_by"] <= answer["expires_on"]
    if answer["alarm_at"] is not None:
        alarm = datetime.fromisoformat(answer["alarm_at"]).date()
        margin = timedelta(days=scenario["policy"]["margin_days"])
        assert answer["refill_by"] <= (alarm - margin).isoformat()


@searching
@given(st.data())
def test_the_order_in_which_facts_are_told_does_not_matter(data: st.DataObject) -> None:
    scenario = data.draw(strategies.scenarios())
    facts = data.draw(st.permutations(scenario["facts"]))
    assert forecast_json({**scenario, "facts": facts}) == forecast_json(scenario)


@searching
@given(strategies.scenarios())
def test_the_offset_in_which_an_instant_is_written_does_not_matter(scenario: Scenario) -> None:
    elsewhere = deepcopy(scenario)
    for held in (elsewhere, *elsewhere["facts"]):
        held["at"] = now(held).astimezone(ZoneInfo("Pacific/Kiritimati")).isoformat()
    assert alike(forecast_json(elsewhere), forecast_json(scenario))


# --- Equal doses ---


def whole_days(dose: int, days: int, form: str) -> Scenario:
    """A pump filled at midnight, seen whole days later, with one day's dose given in one of three forms."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    forms: dict[str, dict[str, Any]] = {
        "continuous": {"dose_mcg_per_day": plain(24 * dose)},
        "flex": {
            "steps": [
                {"from": "00:00", "mcg_per_h": plain(2 * dose)},
                {"from": "08:00", "mcg_per_h": "0"},
                {"from": "16:00", "mcg_per_h": plain(dose)},
            ]
        },
        # Three boluses of 4 h at 1 unit an hour over a basal of 1 unit an hour.
        "periodic": {
            "basal_mcg_per_day": plain(24 * dose),
            "bolus_mcg": plain(4 * dose),
            "every_h": "8",
            "over_min": "240",
        },
    }
    programme = {
        "kind": "programme",
        "at": start.isoformat(),
        "mode": form,
        "concentration_mcg_per_ml": "2000",
    }
    fill = {"kind": "fill", "at": start.isoformat(), "withdrawn_ml": None, "filled_ml": "40"}
    return {
        "format": 1,
        "at": (start + timedelta(days=days)).isoformat(),
        "timezone": "UTC",
        "pump": {"reservoir_ml": "40", "alarm_ml": "2", "accuracy_pct": "14.5"},
        "policy": {"margin_days": 7, "max_interval_days": 180},
        "facts": [{**fill, "concentration_mcg_per_ml": "2000"}, {**programme, **forms[form]}],
    }


@searching
@given(st.integers(1, 60), st.integers(0, 900))
def test_equal_doses_of_every_form_agree_over_whole_days(dose: int, days: int) -> None:
    one, two, three = (forecast(whole_days(dose, days, form)) for form in ("continuous", "flex", "periodic"))
    for key in ("volume_ml", "dose_mcg_per_day", "flow_ml_per_day"):
        assert one[key] == two[key] == three[key], key
    for key in INSTANTS:
        for other in (two, three):
            assert (one[key] is None) == (other[key] is None)
            if one[key] is not None:
                assert abs(moment(one[key]) - moment(other[key])) < timedelta(days=1)


# --- Scaling ---

OF_A_DOSE = {
    "dose_mcg_per_day",
    "mcg_per_h",
    "basal_mcg_per_day",
    "bolus_mcg",
    "mcg",
    "patient_bolus_max_mcg_per_day",
}
OF_A_CONCENTRATION = {"concentration_mcg_per_ml"}
OF_A_VOLUME = {
    "volume_ml",
    "filled_ml",
    "withdrawn_ml",
    "reservoir_ml",
    "alarm_ml",
    "unusable_ml",
    "min_flow_ml_per_day",
    "max_flow_ml_per_day",
}


def scaled(value: Any, names: set[str], factor: int) -> Any:
    """The same scenario with every number of these names multiplied."""
    if isinstance(value, list):
        return [scaled(item, names, factor) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: plain(Decimal(item) * factor)
        if key in names and item is not None
        else scaled(item, names, factor)
        for key, item in value.items()
    }


@searching
@given(strategies.scenarios(), st.integers(2, 7))
def test_more_dose_at_as_much_more_concentration_changes_no_volume_and_no_instant(
    scenario: Scenario, factor: int
) -> None:
    before = forecast(scenario)
    after = forecast(scaled(scenario, OF_A_DOSE | OF_A_CONCENTRATION, factor))
    dose = number(before["dose_mcg_per_day"])
    assert dose is not None
    assert abs((number(after["dose_mcg_per_day"]) or 0) - factor * dose) < HAIR
    assert alike({**after, "dose_mcg_per_day": None}, {**before, "dose_mcg_per_day": None})


@searching
@given(strategies.scenarios(), st.integers(2, 7))
def test_all_volumes_and_doses_together_leave_every_instant(scenario: Scenario, factor: int) -> None:
    scenario = {
        **scenario,
        "facts": [
            {**fact, "withdrawn_ml": None} if "withdrawn_ml" in fact else fact
            for fact in scenario["facts"]
            if fact.get("emptied", True)
        ],
    }
    before = forecast(scenario)
    after = forecast(scaled(scenario, OF_A_DOSE | OF_A_VOLUME, factor))
    for key in (*INSTANTS, "refill_by", "binding", "expires_on"):
        assert after[key] == before[key], key
    assert abs(volume(after) - factor * volume(before)) < HAIR


# --- Splitting a period ---


def quiet_moments(scenario: Scenario) -> Iterator[tuple[datetime, Scenario]]:
    """Each programme with an instant an hour or 40 days into it, before the next programme."""
    known = sorted((fact for fact in scenario["facts"] if now(fact) <= now(scenario)), key=now)
    programmes = [fact for fact in known if fact["kind"] == "programme"]
    ends = [now(fact) for fact in programmes[1:]] + [now(scenario)]
    for programme, end in zip(programmes, ends, strict=True):
        for into in (timedelta(hours=1), timedelta(days=40)):
            at = now(programme) + into
            if at < end:
                yield at, programme


def offset(at: datetime, scenario: Scenario) -> timedelta | None:
    return at.astimezone(ZoneInfo(scenario["timezone"])).utcoffset()


@searching
@given(strategies.scenarios())
def test_telling_the_pump_the_same_programme_again_changes_nothing(scenario: Scenario) -> None:
    """Except where the clock of the place has moved since, or a bridge would end, or a date was printed."""
    bare = [{k: v for k, v in fact.items() if k != "printed_alarm_on"} for fact in scenario["facts"]]
    scenario = {**scenario, "facts": [fact for fact in bare if fact["kind"] != "bridge"]}
    before = forecast(scenario)
    for at, programme in quiet_moments(scenario):
        if offset(at, scenario) == offset(now(programme), scenario):
            again = {**programme, "at": at.isoformat()}
            assert alike(forecast({**scenario, "facts": [*scenario["facts"], again]}), before)


@searching
@given(strategies.scenarios())
def test_events_of_no_volume_change_nothing(scenario: Scenario) -> None:
    before = forecast(scenario)
    nothing = {"kind": "withdraw", "at": scenario["at"], "volume_ml": "0"}
    assume(all(fact["kind"] != "withdraw" or now(fact) != now(scenario) for fact in scenario["facts"]))
    assert alike(forecast({**scenario, "facts": [*scenario["facts"], nothing]}), before)


# --- More drug, sooner ---


@searching
@given(strategies.scenarios(), st.integers(1, 30))
def test_drawing_more_by_needle_moves_no_instant_later(scenario: Scenario, tenths: int) -> None:
    before = forecast(scenario)
    assume(all(fact["kind"] != "withdraw" or now(fact) != now(scenario) for fact in scenario["facts"]))
    drawn = {"kind": "withdraw", "at": scenario["at"], "volume_ml": plain(Decimal(tenths) / 10)}
    after = forecast({**scenario, "facts": [*scenario["facts"], drawn]})
    assert volume(after) <= volume(before)
    if not any(fact["kind"] == "fill" and now(fact) == now(scenario) for fact in scenario["facts"]):
        for key in INSTANTS:
            assert moment(after[key]) <= moment(before[key]), key


@searching
@given(strategies.scenarios())
def test_what_comes_after_the_instant_of_the_forecast_is_not_known_yet(scenario: Scenario) -> None:
    halfway = min(now(fact) for fact in scenario["facts"]) + timedelta(days=20)
    seen = seen_from(scenario, halfway)
    known = [fact for fact in scenario["facts"] if now(fact) <= halfway]
    assert alike(forecast_json(seen), forecast_json({**seen, "facts": known}))


@searching
@given(strategies.scenarios())
def test_an_answer_is_told_in_text_and_null_alone(scenario: Scenario) -> None:
    """Numbers as strings in plain notation, so that no reader rounds them."""
    answer = forecast(scenario)
    for key in ("volume_ml", "dose_mcg_per_day", "flow_ml_per_day"):
        assert Decimal(answer[key]) >= 0
        assert "e" not in answer[key].lower()
    assert all(isinstance(line, str) for line in answer["steps"])
