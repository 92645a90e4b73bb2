"""The simulation repeats itself, obeys what it says of its world, and shows what the forecast claims."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf
from typing import Any

import pytest

from itb.infusion.simulate import POLICIES, Luck, Outcome, Pump, World, figures, invent, live, main, simulate

LEARNED, SPECIFIED, PROGRAMMED, ALARM = POLICIES
WORLD = World.of_the_catalogue()
CALM = Luck(jitter=0.0, reading_ml=0.0, left_ml=0.0, late_days=0)
STEADY = Pump(
    reservoir_ml=40,
    flow_ml_per_day=0.4,
    ratio=1.0,
    spare_ratio=1.0,
    drift_day=inf,
    drift_ratio=1.3,
    stall_day=inf,
    catheter_day=inf,
    luck=lambda cycle: CALM,
)


def cycles(policy: Any = PROGRAMMED, days: float = 400, **changes: Any) -> list[Outcome]:
    return list(live(WORLD, replace(STEADY, **changes), policy, days))


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    policies: Any = simulate(seed=3, pumps=60, years=5)["policies"]
    return {policy["name"]: policy for policy in policies}


def test_the_same_seed_gives_the_same_figures_and_another_gives_others() -> None:
    assert simulate(seed=1, pumps=5, years=1) == simulate(seed=1, pumps=5, years=1)
    assert simulate(seed=1, pumps=5, years=1) != simulate(seed=2, pumps=5, years=1)


def test_a_pump_is_the_same_whatever_the_size_of_its_cohort() -> None:
    first, again = invent(WORLD, 7, 3), invent(WORLD, 7, 3)
    assert replace(first, luck=again.luck) == again
    assert first.luck(4) == again.luck(4)


def test_an_invented_pump_lies_within_its_specification() -> None:
    pumps = [invent(WORLD, 1, number) for number in range(200)]
    assert all(0.855 <= pump.ratio <= 1.145 for pump in pumps)
    assert all(0.048 <= pump.flow_ml_per_day <= 1 for pump in pumps)
    assert {pump.reservoir_ml for pump in pumps} == {20, 40}


def test_within_the_specification_nothing_runs_dry_before_its_earliest_bound(found: dict[str, Any]) -> None:
    assert found["±14.5 % band"]["dry_before_earliest_cycles"] == 0
    assert found["±14.5 % band"]["dry_before_refill_by_cycles"] == 0


def test_the_learned_band_holds_what_it_claims(found: dict[str, Any]) -> None:
    learned = found["learned band"]
    assert 0.93 <= learned["covered"] <= 0.97
    assert learned["dry_before_earliest_cycles"] <= 0.03
    assert learned["dry_before_refill_by_cycles"] <= 0.0005


def test_the_learned_band_gives_up_fewer_days_than_the_specification(found: dict[str, Any]) -> None:
    assert found["learned band"]["days_given_up"] < found["±14.5 % band"]["days_given_up"]
    assert found["learned band"]["band_binds"] < found["±14.5 % band"]["band_binds"]


def test_waiting_for_the_alarm_itself_leaves_pumps_dry(found: dict[str, Any]) -> None:
    assert found["alarm date itself"]["dry_unwarned_pumps"] > found["programmed date"]["dry_unwarned_pumps"]


def test_a_steady_pump_is_refilled_a_margin_before_its_alarm() -> None:
    # 38 mL at 0.4 mL/day: 95 days, less the margin of 7; empty after 100
    assert [(cycle.visit_day, cycle.dry_day) for cycle in cycles()] == [(88, 100)] * 4


def test_the_specifications_band_comes_before_the_margin_where_the_stay_is_long() -> None:
    # 40 ÷ (0.4 × 1.145) = 87.3 days, less two
    assert [cycle.visit_day for cycle in cycles(SPECIFIED)] == [85] * 4
    assert all(cycle.band_binds for cycle in cycles(SPECIFIED))


def test_a_pump_that_proved_itself_is_left_its_days() -> None:
    visits = [cycle.visit_day for cycle in cycles(LEARNED, days=900)]
    assert visits[:3] == [85, 85, 88]


def test_nothing_stays_longer_than_the_longest_stay() -> None:
    assert [cycle.visit_day for cycle in cycles(flow_ml_per_day=0.05)] == [180, 180]


def test_a_small_fill_at_a_high_flow_is_seen_at_least_every_day() -> None:
    assert {cycle.visit_day for cycle in cycles(days=10, reservoir_ml=10, flow_ml_per_day=2)} == {1}


def test_a_missed_visit_is_late_and_an_alert_came_first() -> None:
    late = replace(CALM, late_days=20)
    for cycle in cycles(luck=lambda cycle: late):
        assert (cycle.visit_day, cycle.dry, cycle.unwarned) == (108, True, False)


def test_what_is_left_behind_is_delivered_in_the_next_cycle() -> None:
    spiked = replace(CALM, left_ml=1.0)
    first, second, *_ = cycles(luck=lambda cycle: spiked if cycle == 0 else CALM)
    assert (first.dry_day, second.dry_day) == (100, 102.5)


def test_a_ratio_is_thrown_back_from_the_limits() -> None:
    wild = replace(CALM, jitter=0.3)
    assert {round(cycle.ratio, 9) for cycle in cycles(luck=lambda cycle: wild)} == {0.99}
    assert {round(cycle.ratio, 9) for cycle in cycles(ratio=0.7)} == {1.01}


def test_a_stalled_pump_leaves_its_drug_is_found_and_replaced() -> None:
    before, stalled, *after = cycles(stall_day=120, spare_ratio=1.02)
    assert (before.fault, stalled.fault, {cycle.fault for cycle in after}) == ("", "stall", {""})
    assert stalled.finding
    assert stalled.dry_day == inf
    assert {cycle.ratio for cycle in after} == {1.02}


def test_a_drift_within_a_cycle_empties_the_pump_earlier() -> None:
    # 50 days at 1, then 20 mL at 0.4 × 1.3 a day
    first, *_ = cycles(drift_day=50)
    assert first.fault == "drift"
    assert first.dry_day == pytest.approx(50 + 20 / 0.52)
    assert first.finding


def test_a_drift_too_late_to_show_goes_on_until_it_is_found() -> None:
    first, second, *after = cycles(drift_day=87)
    assert (first.fault, first.finding) == ("drift", False)
    assert (second.fault, second.finding) == ("drift", True)
    assert second.unwarned
    assert {cycle.fault for cycle in after} == {""}


def test_a_pump_empty_before_its_drift_began_is_empty_when_it_would_be() -> None:
    late = replace(CALM, late_days=20)
    first, *_ = cycles(drift_day=105, luck=lambda cycle: late)
    assert first.dry_day == 100


def test_a_catheter_fault_does_not_show_in_the_reservoir() -> None:
    first, *_ = cycles(catheter_day=50)
    assert (first.fault, first.within, first.finding, first.dry_day) == ("catheter", True, False, 100)


def test_an_alert_that_it_may_be_empty_is_false_while_it_still_delivers() -> None:
    late = replace(CALM, late_days=10)
    assert all(cycle.false_empty for cycle in cycles(SPECIFIED, luck=lambda cycle: late))
    assert not any(cycle.false_empty for cycle in cycles(SPECIFIED))


def test_figures_over_nothing_are_none_not_an_error() -> None:
    nothing = figures([[]])
    assert nothing["cycles"] == 0
    assert nothing["covered"] is nothing["days_given_up"] is nothing["false_empty_alerts_per_year"] is None


def test_the_command_writes_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--pumps", "4", "--years", "1", "--seed", "9"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("4 pumps, 1 years, seed 9\n")
    assert "learned band" in out
    assert "cycles whose true ratio the band held" in out
    assert "–" in out


def test_the_command_writes_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--pumps", "4", "--years", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [policy["name"] for policy in found["policies"]] == [policy.name for policy in POLICIES]


@pytest.mark.parametrize(
    "option",
    [
        ["--pumps", "0"],
        ["--pumps", "100001"],
        ["--pumps", "-1"],
        ["--pumps", "1e3"],
        ["--pumps", "9" * 400],
        ["--years", "51"],
        ["--seed", "x"],
        ["--colour"],
    ],
)
def test_a_wrong_option_is_told_and_ends_with_code_2(
    option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(option)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err
