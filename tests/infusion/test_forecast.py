"""The forecast of one pump, each expectation worked out by hand beside it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from itb.infusion.forecast import Forecast, forecast_json
from tests.infusion.pumps import Json, continuous, fact, fill, flex, foresee, periodic, refusal, scenario

JAN = "2026-01-01T00:00:00Z"


def codes(found: Forecast) -> list[str]:
    return [finding.code for finding in found.findings]


def moments(found: Forecast) -> list[str | None]:
    answer = found.as_json()
    return [answer[key] for key in ("alarm_at", "empty_at", "earliest_empty_at", "latest_empty_at")]  # type: ignore[misc]


def test_a_continuous_pump_is_forecast_to_the_second() -> None:
    # 40 mL at 0.2 mL a day: 38 mL in 190 days, 40 in 200; 200 / 1.145 = 174.672489 days
    # (58,103 s after midnight), 200 / 0.855 = 233.918129 (79,326 s)
    found = foresee(fill(JAN), continuous(JAN), at="2026-01-11T00:00:00Z")
    assert (found.volume_ml, found.dose_mcg_per_day, found.flow_ml_per_day) == (38, 400, Decimal("0.2"))
    assert moments(found) == [
        "2026-07-10T00:00:00+00:00",
        "2026-07-20T00:00:00+00:00",
        "2026-06-24T16:08:23+00:00",
        "2026-08-22T22:02:06+00:00",
    ]
    assert (found.expires_on, found.refill_by, found.binding) == (
        date(2026, 6, 30),
        date(2026, 6, 22),
        "accuracy",
    )
    assert found.cycles == ()
    assert codes(found) == []


def test_an_instant_exactly_at_midnight_belongs_to_the_new_day() -> None:
    found = foresee(fill(JAN), continuous(JAN), at=JAN, accuracy_days=None, max_interval_days=300)
    assert (found.refill_by, found.binding) == (date(2026, 7, 3), "alarm")


def test_local_dates_and_offsets_follow_daylight_saving() -> None:
    at = "2026-01-01T00:00:00-05:00"
    found = foresee(fill(at), continuous(at), at=at, timezone="America/New_York")
    assert moments(found)[0] == "2026-07-10T01:00:00-04:00"


def test_the_pumps_own_clock_knows_no_daylight_saving() -> None:
    # all of 10 mL/day between 00:00 and 01:00 of the pump, which stays at -05:00: 01:00 to 02:00 in July
    at = "2026-07-01T00:00:00-04:00"
    day = flex("2026-01-01T00:00:00-05:00", {"00:00": "20000", "01:00": "0"})
    found = foresee(fill(at), day, at=at, timezone="America/New_York", pump={"alarm_ml": "35"})
    assert moments(found)[0] == "2026-07-01T01:30:00-04:00"
    at_home = flex("2026-07-01T00:00:00-04:00", {"00:00": "20000", "01:00": "0"})
    found = foresee(fill(at), at_home, at=at, timezone="America/New_York", pump={"alarm_ml": "35"})
    assert moments(found)[0] == "2026-07-01T00:30:00-04:00"


def test_boluses_primes_and_needles_take_their_volume_at_once() -> None:
    found = foresee(
        fill(JAN),
        continuous(JAN),
        fact("bolus", "2026-01-02T00:00:00Z", mcg="200"),
        fact("prime", "2026-01-03T00:00:00Z", volume_ml="0.3"),
        fact("withdraw", "2026-01-04T00:00:00Z", volume_ml="1.6"),
        at="2026-01-11T00:00:00Z",
    )
    assert found.volume_ml == 36
    assert moments(found)[1] == "2026-07-10T00:00:00+00:00"  # 40 - 0.1 - 0.3 - 1.6 = 38 mL in 190 days
    # (40 - 1.6) / 1.145 - 0.4 = 33.13711790 mL in 165.68558952 days
    assert moments(found)[2] == "2026-06-15T16:27:14+00:00"


def test_a_level_may_be_reached_at_the_instant_of_a_draw() -> None:
    draw = fact("withdraw", "2026-01-04T00:00:00Z", volume_ml="37.5")
    found = foresee(fill(JAN), continuous(JAN), draw, at="2026-01-11T00:00:00Z")
    assert moments(found)[0] == "2026-01-04T00:00:00+00:00"


def test_a_bolus_has_the_concentration_programmed_then() -> None:
    weak = continuous(JAN, "100", concentration_mcg_per_ml="500")
    found = foresee(fill(JAN), weak, fact("bolus", JAN, mcg="200"), at=JAN)
    assert found.volume_ml == Decimal("39.6")


def test_a_bridge_replaces_the_flow_and_ends_of_itself() -> None:
    bridge = fact("bridge", JAN, volume_ml="1", hours="24")
    found = foresee(
        fill(JAN), continuous(JAN, patient_bolus_max_mcg_per_day="100"), bridge, at="2026-01-03T00:00:00Z"
    )
    assert found.volume_ml == Decimal("38.75")


def test_a_bridge_that_still_runs_comes_first() -> None:
    bridge = fact("bridge", JAN, volume_ml="10", hours="240")
    found = foresee(
        fill(JAN), continuous(JAN, "0"), bridge, at="2026-01-02T00:00:00Z", pump={"alarm_ml": "35"}
    )
    assert moments(found) == ["2026-01-06T00:00:00+00:00", None, None, None]
    assert any("the bridge that still runs gives 9" in step for step in found.steps)
    assert "no_instant" in codes(found)


def test_a_programme_ends_a_bridge_and_a_bridge_another() -> None:
    facts = [fact("bridge", JAN, volume_ml="10", hours="240"), continuous("2026-01-02T00:00:00Z", "2000")]
    assert foresee(fill(JAN), continuous(JAN), *facts, at="2026-01-03T00:00:00Z").volume_ml == 38
    facts = [facts[0], fact("bridge", "2026-01-02T00:00:00Z", volume_ml="3", hours="24")]
    assert foresee(fill(JAN), continuous(JAN), *facts, at="2026-01-03T00:00:00Z").volume_ml == 36


def test_a_stopped_pump_gives_nothing_while_the_hours_of_its_bridge_run_on() -> None:
    facts = [
        fact("bridge", JAN, volume_ml="2", hours="48"),
        fact("stop", "2026-01-02T00:00:00Z"),
        fact("resume", "2026-01-05T00:00:00Z"),
    ]
    found = foresee(fill(JAN), continuous(JAN), *facts, at="2026-01-06T00:00:00Z")
    assert found.volume_ml == Decimal("38.8")


def test_a_bridge_goes_on_where_the_pump_is_resumed_in_time() -> None:
    facts = [
        fact("bridge", JAN, volume_ml="2", hours="48"),
        fact("stop", "2026-01-01T12:00:00Z"),
        fact("resume", "2026-01-02T00:00:00Z"),
    ]
    assert foresee(fill(JAN), continuous(JAN), *facts, at="2026-01-03T00:00:00Z").volume_ml == Decimal("38.5")


def test_a_stopped_pump_has_no_instants_and_says_so() -> None:
    found = foresee(fill(JAN), continuous(JAN), fact("stop", JAN), at="2026-01-11T00:00:00Z")
    assert (found.volume_ml, moments(found)) == (40, [None] * 4)
    assert (found.binding, codes(found)) == ("expiry", ["pump_stopped"])
    refilled = [fill("2026-01-05T00:00:00Z"), continuous("2026-01-06T00:00:00Z")]
    assert codes(
        foresee(fill(JAN), continuous(JAN), fact("stop", JAN), *refilled, at="2026-02-11T00:00:00Z")
    ) == ["pump_stopped"]


def test_what_was_reached_before_the_stop_stays_reached() -> None:
    found = foresee(
        fill(JAN), continuous(JAN, "8000"), fact("stop", "2026-01-10T18:00:00Z"), at="2026-01-11T00:00:00Z"
    )
    assert moments(found)[0] == "2026-01-10T12:00:00+00:00"
    assert found.binding == "alarm"
    assert any("it had left by 2026-01-10T12:00:00+00:00" in step for step in found.steps)


def test_nothing_flows_before_the_first_programme() -> None:
    assert foresee(fill(JAN), continuous("2026-01-06T00:00:00Z"), at="2026-01-11T00:00:00Z").volume_ml == 39


def test_a_first_fill_expects_nothing_whatever_flowed_before() -> None:
    first = fill("2026-01-06T00:00:00Z", "20", "3", emptied=False)
    found = foresee(continuous(JAN), first, at="2026-01-11T00:00:00Z")
    assert (found.volume_ml, found.cycles) == (19, ())


def test_an_incomplete_fill_adds_to_what_was_expected() -> None:
    # 40 - 10 days x 0.2 = 38; - 30 + 5 = 13 mL, expires from then
    top_up = fill("2026-01-11T00:00:00Z", "5", "30", emptied=False)
    found = foresee(fill(JAN), continuous(JAN), top_up, at="2026-01-11T00:00:00Z")
    assert (found.volume_ml, found.expires_on) == (13, date(2026, 7, 10))
    assert found.cycles == ()
    more_than_expected = fill("2026-01-11T00:00:00Z", "5", "39", emptied=False)
    assert foresee(fill(JAN), continuous(JAN), more_than_expected, at="2026-01-11T00:00:00Z").volume_ml == 5
    nothing_out = fill("2026-01-11T00:00:00Z", "1.5", emptied=False)
    assert foresee(fill(JAN), continuous(JAN), nothing_out, at="2026-01-11T00:00:00Z").volume_ml == Decimal(
        "39.5"
    )


def test_a_cycle_balances_what_came_and_went() -> None:
    # 40 + 5 - 30 - 1 - (20 days x 0.2 + 0.5) = 9.5 expected
    found = foresee(
        fill(JAN),
        continuous(JAN),
        fact("prime", "2026-01-02T00:00:00Z", volume_ml="0.5"),
        fill("2026-01-11T00:00:00Z", "5", "30", emptied=False),
        fact("withdraw", "2026-01-21T00:00:00Z", volume_ml="1"),
        fill("2026-01-21T00:00:00Z", "40", "9.05"),
        at="2026-01-21T00:00:00Z",
    )
    (cycle,) = found.cycles
    assert (cycle.programmed_ml, cycle.expected_ml, cycle.withdrawn_ml) == (
        Decimal("4.5"),
        Decimal("9.5"),
        Decimal("9.05"),
    )
    assert (cycle.difference_ml, cycle.delivered_ratio, cycle.finding) == (
        Decimal("-0.45"),
        Decimal("1.1"),
        None,
    )
    assert found.as_json()["cycles"] == [
        {
            "at": "2026-01-21T00:00:00+00:00",
            "programmed_ml": "4.5",
            "expected_ml": "9.5",
            "withdrawn_ml": "9.05",
            "difference_ml": "-0.45",
            "delivered_ratio": "1.1",
            "finding": None,
        }
    ]


def test_a_fill_whose_residual_was_not_read_ends_a_cycle_that_is_not_listed() -> None:
    found = foresee(
        fill(JAN),
        continuous(JAN),
        fill("2026-02-01T00:00:00Z"),
        fill("2026-03-01T00:00:00Z", "40", "34.4"),
        at="2027-01-01T00:00:00Z",
    )
    assert [str(cycle.expected_ml) for cycle in found.cycles] == ["34.4"]


def test_a_cycle_that_ran_empty_on_paper_is_said_to_have_done_so() -> None:
    dry = fill("2026-01-11T00:00:00Z", "40", "1")
    found = foresee(fill(JAN), continuous(JAN, "8000"), dry, at="2026-01-11T00:00:00Z")
    assert [cycle.finding for cycle in found.cycles] == ["ran_empty"]
    between = fill("2026-01-11T00:00:00Z", "40", "0", emptied=False)
    end = fill("2026-01-12T00:00:00Z", "40", "36")
    found = foresee(fill(JAN), continuous(JAN, "8000"), between, end, at="2026-01-12T00:00:00Z")
    assert [cycle.finding for cycle in found.cycles] == ["ran_empty"]


def test_a_stay_without_delivery_has_no_ratio() -> None:
    found = foresee(
        fill(JAN), continuous(JAN, "0"), fill("2026-02-01T00:00:00Z", "40", "37"), at="2026-02-01T00:00:00Z"
    )
    (cycle,) = found.cycles
    assert (cycle.delivered_ratio, cycle.finding) == (None, "over_delivery")
    assert found.as_json()["cycles"][0]["delivered_ratio"] is None  # type: ignore[index]
    assert any("no ratio" in step for step in found.steps)


def test_a_pump_that_gives_too_much_is_empty_earlier_by_what_it_was_seen_to_give() -> None:
    # 18 mL programmed in 90 days, 22.5 gone: 1.25; so 40 / 0.25 = 160 days
    found = foresee(
        fill(JAN), continuous(JAN), fill("2026-04-01T00:00:00Z", "40", "17.5"), at="2026-04-01T00:00:00Z"
    )
    assert (found.delivery_ratio.source, found.delivery_ratio.high) == ("specification", Decimal("1.25"))
    assert moments(found)[2] == "2026-09-08T00:00:00+00:00"
    assert codes(found) == ["residual_out_of_limits"]


def test_refills_teach_a_narrower_band() -> None:
    refills = [fill(f"2026-0{month}-01T00:00:00Z", "40", "34") for month in range(2, 8)]
    found = foresee(fill(JAN), continuous(JAN), *refills, at="2026-07-02T00:00:00Z")
    assert (found.delivery_ratio.source, found.delivery_ratio.cycles) == ("learned", 6)
    assert Decimal("0.855") < found.delivery_ratio.low <= 1 <= found.delivery_ratio.high < Decimal("1.145")
    assert any(step.startswith("delivery_ratio: learned from 6 refills") for step in found.steps)


@pytest.mark.parametrize(
    ("pump", "policy", "printed", "binding", "refill_by"),
    [
        ({}, {"accuracy_days": None}, None, "expiry", date(2026, 6, 30)),
        ({}, {}, None, "accuracy", date(2026, 6, 22)),
        ({}, {}, "2026-06-20", "printed", date(2026, 6, 13)),
        ({}, {"margin_days": 18}, None, "alarm", date(2026, 6, 22)),
        ({}, {"margin_days": 18}, "2026-07-10", "alarm", date(2026, 6, 22)),
        ({}, {"margin_days": 18, "max_interval_days": 172}, "2026-07-10", "alarm", date(2026, 6, 22)),
        ({}, {"max_interval_days": 172}, None, "accuracy", date(2026, 6, 22)),
        ({"alarm_ml": "40"}, {}, None, "alarm", date(2025, 12, 25)),
    ],
)
def test_the_earliest_candidate_binds_and_in_a_tie_the_first_in_order(
    pump: Json, policy: Json, printed: str | None, binding: str, refill_by: date
) -> None:
    told = fill(JAN) if printed is None else fill(JAN, printed_alarm_on=printed)
    found = foresee(told, continuous(JAN), at=JAN, pump=pump, **policy)
    assert (found.binding, found.refill_by) == (binding, refill_by)


def test_a_printed_date_counts_only_where_the_latest_fill_or_programme_carries_it() -> None:
    printed = {"printed_alarm_on": "2026-03-01"}
    later = continuous("2026-01-02T00:00:00Z")
    assert foresee(fill(JAN, **printed), continuous(JAN), at=JAN).binding == "printed"
    assert foresee(fill(JAN), continuous(JAN, **printed), at=JAN).binding == "printed"
    assert (
        foresee(fill(JAN, **printed), continuous(JAN), later, at="2026-01-03T00:00:00Z").binding == "accuracy"
    )
    both = foresee(fill(JAN, printed_alarm_on="2026-04-01"), continuous(JAN, **printed), at=JAN)
    assert both.refill_by == date(2026, 2, 22)
    assert codes(both) == ["printed_date_differs"]


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ("2026-07-09", []),
        ("2026-07-11", []),
        ("2026-07-08", ["printed_date_differs"]),
        ("2026-07-12", ["printed_date_differs"]),
    ],
)
def test_a_printed_date_more_than_a_day_off_is_a_finding(printed: str, found: list[str]) -> None:
    assert codes(foresee(fill(JAN, printed_alarm_on=printed), continuous(JAN), at=JAN)) == found


def test_a_printed_date_without_an_alarm_ahead_is_a_finding() -> None:
    found = foresee(fill(JAN, printed_alarm_on="2026-07-10"), continuous(JAN, "0"), at=JAN)
    assert codes(found) == ["printed_date_differs", "no_instant"]


def test_a_concentration_that_is_not_the_programmes_is_a_finding() -> None:
    weak = {"concentration_mcg_per_ml": "500"}
    assert codes(foresee(fill(JAN, **weak), continuous(JAN), at=JAN)) == ["concentration_mismatch"]
    mixed = fill("2026-01-02T00:00:00Z", "5", "10", emptied=False, **weak)
    assert codes(foresee(fill(JAN), continuous(JAN), mixed, at="2026-01-02T00:00:00Z")) == [
        "concentration_mismatch"
    ]
    same = fill("2026-01-02T00:00:00Z", "5", "10", emptied=False)
    assert codes(foresee(fill(JAN, **weak), continuous(JAN), same, at="2026-01-02T00:00:00Z")) == [
        "concentration_mismatch"
    ]
    washed = fill("2026-01-02T00:00:00Z", "40", "40", emptied=False)
    assert codes(foresee(fill(JAN, **weak), continuous(JAN), washed, at="2026-01-02T00:00:00Z")) == []


def test_a_flow_that_the_pump_cannot_deliver_is_a_finding() -> None:
    limits = {"min_flow_ml_per_day": "0.048", "max_flow_ml_per_day": "1"}
    assert codes(foresee(fill(JAN), continuous(JAN, "96"), at=JAN, pump=limits)) == []
    assert codes(foresee(fill(JAN), continuous(JAN, "95.9"), at=JAN, pump=limits)) == ["flow_out_of_range"]
    assert codes(foresee(fill(JAN), continuous(JAN, "2000"), at=JAN, pump=limits)) == []
    assert codes(foresee(fill(JAN), continuous(JAN, "2000.1"), at=JAN, pump=limits)) == ["flow_out_of_range"]
    assert codes(foresee(fill(JAN), flex(JAN, {"00:00": "10", "12:00": "100"}), at=JAN, pump=limits)) == [
        "flow_out_of_range"
    ]
    assert "flow_out_of_range" in codes(foresee(fill(JAN), continuous(JAN, "0"), at=JAN, pump=limits))


def test_an_empty_pump_is_a_finding() -> None:
    found = foresee(fill(JAN), continuous(JAN, "8000"), at="2026-01-11T00:00:00Z")
    assert (found.volume_ml, codes(found)) == (0, ["ran_empty"])
    assert codes(foresee(fill(JAN), continuous(JAN, "8000"), at="2026-01-10T23:59:59Z")) == []
    found = foresee(fill(JAN), continuous(JAN, "8000"), at="2026-01-12T00:00:00Z")
    assert found.volume_ml == 0
    assert "counts as 0" in found.steps[0]


def test_a_level_never_exceeded_is_reached_at_the_fill() -> None:
    found = foresee(fill(JAN, "2"), continuous(JAN), at=JAN, pump={"unusable_ml": "3"})
    assert moments(found) == ["2026-01-01T00:00:00+00:00"] * 4
    assert any(step.startswith("alarm_at: 2 mL - 2 mL = 0 mL to leave: none") for step in found.steps)


def test_an_instant_over_36525_days_after_the_fill_never_comes() -> None:
    # 36.525 mL at 0.001 mL a day
    last = foresee(fill(JAN, "36.525"), continuous(JAN, "2"), at=JAN)
    assert last.empty_at is not None
    assert (last.earliest_empty_at is not None, last.latest_empty_at) == (True, None)
    assert codes(last) == ["no_instant"]
    assert foresee(fill(JAN, "36.526"), continuous(JAN, "2"), at=JAN).empty_at is None


def test_every_figure_has_its_line() -> None:
    found = foresee(
        fill(JAN),
        periodic(JAN, patient_bolus_max_mcg_per_day="30"),
        fill("2026-02-01T00:00:00Z", "40", "33"),
        at="2026-02-02T00:00:00Z",
    )
    assert found.steps[1] == (
        "dose_mcg_per_day: boluses for 120 min x 50 mcg / 30 min + basal 240 mcg x 1320 / 1440 min "
        "+ up to 30 mcg by the patient = 450 mcg"
    )
    assert found.steps[2] == "flow_ml_per_day: 450 mcg / 2000 mcg/mL = 0.225 mL"
    day = foresee(fill(JAN), flex(JAN, {"06:00": "10", "20:00": "25"}), at=JAN).steps[1]
    assert day == "dose_mcg_per_day: 14 h x 10 mcg/h + 10 h x 25 mcg/h = 390 mcg"
    heads = [step.partition(":")[0] for step in found.steps]
    assert heads == [
        "volume_ml",
        "dose_mcg_per_day",
        "flow_ml_per_day",
        "alarm_at",
        "empty_at",
        "cycle to 2026-02-01",
        "delivery_ratio",
        "earliest_empty_at",
        "latest_empty_at",
        "expires_on",
        "refill_by",
    ]


def test_facts_after_the_instant_are_not_known_yet() -> None:
    known = foresee(fill(JAN), continuous(JAN), at=JAN)
    later = [fact("stop", "2026-01-02T00:00:00Z"), fact("bolus", "2026-01-02T00:00:00Z", mcg="5")]
    assert foresee(fill(JAN), continuous(JAN), *later, at=JAN) == known


def test_without_a_fill_or_a_programme_there_is_no_forecast() -> None:
    bolus = fact("bolus", JAN, mcg="50")
    assert refusal(scenario(at=JAN)).code == "no_fill"
    assert refusal(scenario(continuous(JAN), at=JAN)).code == "no_fill"
    assert refusal(scenario(fill("2026-01-02T00:00:00Z"), continuous(JAN), at=JAN)).code == "no_fill"
    assert refusal(scenario(fill(JAN), bolus, at=JAN)).code == "no_programme"


@pytest.mark.parametrize("kind", ["bolus", "prime", "bridge"])
def test_what_a_pump_cannot_have_done_is_contradictory(kind: str) -> None:
    more: dict[str, Json] = {
        "bolus": {"mcg": "5"},
        "prime": {"volume_ml": "1"},
        "bridge": {"volume_ml": "1", "hours": "5"},
    }
    given = fact(kind, "2026-01-02T00:00:00Z", **more[kind])
    early = scenario(fill(JAN), given, continuous("2026-01-02T00:00:01Z"), at="2026-01-03T00:00:00Z")
    assert refusal(early).code == "contradictory_facts"
    for stop in (JAN, "2026-01-02T00:00:00Z"):
        stopped = scenario(fill(JAN), continuous(JAN), fact("stop", stop), given, at="2026-01-03T00:00:00Z")
        assert refusal(stopped).code == "contradictory_facts"
    twice = scenario(fill(JAN), continuous(JAN), given, given, at="2026-01-03T00:00:00Z")
    assert "at one instant, 2026-01-02T00:00:00+00:00" in refusal(twice).message


def test_a_stop_and_a_resume_at_one_instant_are_contradictory() -> None:
    both = scenario(fill(JAN), continuous(JAN), fact("resume", JAN), fact("stop", JAN), at=JAN)
    assert refusal(both).code == "contradictory_facts"


def test_a_second_stop_or_a_needless_resume_changes_nothing() -> None:
    facts = [fact("resume", JAN), fact("stop", "2026-01-02T00:00:00Z"), fact("stop", "2026-01-03T00:00:00Z")]
    found = foresee(fill(JAN), continuous(JAN), *facts, at="2026-01-04T00:00:00Z")
    assert found.volume_ml == Decimal("39.8")


def test_a_fill_that_exceeds_the_reservoir_is_refused() -> None:
    assert refusal(scenario(fill(JAN, "40.1"), continuous(JAN), at=JAN)).code == "volume_exceeds_reservoir"
    top_up = fill("2026-01-11T00:00:00Z", "2.1", emptied=False)
    over = scenario(fill(JAN), continuous(JAN), top_up, at="2026-01-11T00:00:00Z")
    assert refusal(over).message == (
        "after the fill of 2026-01-11T00:00:00+00:00 the reservoir would hold more than its 40 mL"
    )
    at_the_brim = fill("2026-01-11T00:00:00Z", "2", emptied=False)
    assert foresee(fill(JAN), continuous(JAN), at_the_brim, at="2026-01-11T00:00:00Z").volume_ml == 40


def test_of_several_errors_the_first_in_the_list_is_answered() -> None:
    twice = [fact("stop", JAN), fact("stop", JAN)]
    assert refusal(scenario(*twice, at=JAN)).code == "no_fill"
    assert refusal(scenario(*twice, fill(JAN, "50"), at=JAN)).code == "no_programme"
    assert refusal(scenario(*twice, fill(JAN, "50"), continuous(JAN), at=JAN)).code == "contradictory_facts"


def test_numbers_too_many_and_too_unlike_are_refused_quickly() -> None:
    wild = [
        continuous(
            f"2025-01-01T{n // 60:02}:{n % 60:02}:00Z", concentration_mcg_per_ml=str(10**45 + 2 * n + 1)
        )
        for n in range(1000)
    ]
    found = refusal(scenario(fill(JAN), *wild, at=JAN))
    assert found.code == "invalid"
    assert found.message.startswith("facts:")


def test_the_answer_in_json_is_a_forecast_or_an_error() -> None:
    good = scenario(fill(JAN), continuous(JAN), at=JAN)
    assert forecast_json(good)["volume_ml"] == "40"
    assert forecast_json(scenario(at=JAN)) == {"error": "no_fill", "message": "no fill is known yet"}
    assert forecast_json(None) == {"error": "invalid", "message": "scenario: must be a JSON object"}
