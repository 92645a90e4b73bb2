"""What a programme gives, as an integral over the pump's day."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itb.infusion.programme import DAY_US, HOUR_US, Flow, Scale, flow_of, scale_for
from itb.infusion.scenario import Programme
from tests.infusion.pumps import Json, continuous, fill, flex, periodic, read, scenario

AT = "2026-01-06T00:00:00Z"
FLEX_DAY = {"06:00": "10", "08:30": "0", "20:00": "25"}


def flow(programme: Json, offset_us: int = 0) -> tuple[Flow, Scale]:
    found = read(scenario(fill(AT), programme, at=AT))
    told = next(fact for fact in found.facts if isinstance(fact, Programme))
    scale = scale_for(found.facts, found.pump)
    return flow_of(told, offset_us, scale), scale


def given_mcg(programme: Json, start_h: str, end_h: str) -> Fraction:
    """mcg between two hours since 1970, at 2000 mcg/mL."""
    found, scale = flow(programme)
    start, end = (Fraction(hour) * HOUR_US * scale.ticks for hour in (start_h, end_h))
    return Fraction(found.given(int(end)) - found.given(int(start)), scale.units) * 2000


def test_a_continuous_programme_gives_its_dose_a_day() -> None:
    assert given_mcg(continuous(AT, "400"), "0", "24") == 400
    assert given_mcg(continuous(AT, "400"), "5", "6.5") == 25
    assert given_mcg(continuous(AT, "400", patient_bolus_max_mcg_per_day="80"), "0", "12") == 240


def test_a_step_holds_until_the_next_and_the_last_through_midnight() -> None:
    day = flex(AT, FLEX_DAY)
    assert given_mcg(day, "0", "6") == 150
    assert given_mcg(day, "6", "8.5") == 25
    assert given_mcg(day, "8.5", "20") == 0
    assert given_mcg(day, "23", "25") == 50
    assert given_mcg(day, "0", "240") == 10 * (10 * Fraction(5, 2) + 25 * 10)


def test_a_periodic_bolus_replaces_the_basal_while_it_runs() -> None:
    day = periodic(AT)  # basal 240 mcg a day, 50 mcg over 30 min every 6 h
    assert given_mcg(day, "0", "0.5") == 50
    assert given_mcg(day, "0.25", "1") == 25 + 5
    assert given_mcg(day, "0.5", "6") == 55
    assert given_mcg(day, "0", "24") == 4 * 50 + 22 * 10


def test_a_periodic_bolus_is_cut_at_the_next_midnight() -> None:
    day = periodic(AT, every_h="7", over_min="240")  # at 0, 7, 14 and 21 h, the last for 3 of its 4 h
    assert given_mcg(day, "21", "24") == Fraction(3 * 50, 4)
    assert given_mcg(day, "0", "24") == Fraction(15 * 50, 4) + 9 * 10


def test_a_bolus_rarer_than_a_day_comes_once_a_day() -> None:
    assert given_mcg(periodic(AT, every_h="30"), "0", "24") == 50 + Fraction(47, 2) * 10


def test_lengths_of_time_finer_than_a_microsecond_are_exact() -> None:
    day = periodic(AT, basal_mcg_per_day="0", every_h="0.00000000007", over_min="0.000000000007")
    found, scale = flow(day)
    assert scale.ticks > 1
    pulses = -(-24 * 10**11 // 7)
    left = Fraction(24) - (pulses - 1) * Fraction("0.00000000007")
    cut = min(Fraction(1), left * 60 / Fraction("0.000000000007"))
    assert Fraction(found.a_day, scale.units) * 2000 == 50 * (pulses - 1 + cut)


def test_the_day_begins_at_the_pumps_own_midnight() -> None:
    found, scale = flow(flex(AT, {"00:00": "10", "12:00": "0"}), offset_us=-5 * HOUR_US)
    hour = HOUR_US * scale.ticks
    assert found.given(5 * hour) == found.given(-7 * hour)
    assert found.given(17 * hour) - found.given(5 * hour) == found.a_day


@pytest.mark.parametrize(
    "programme",
    [
        continuous(AT),
        flex(AT, FLEX_DAY),
        periodic(AT),
        periodic(AT, basal_mcg_per_day="0"),
        periodic(AT, bolus_mcg="0"),
        periodic(AT, every_h="7", over_min="240", patient_bolus_max_mcg_per_day="12"),
        periodic(AT, every_h="30"),
    ],
)
@given(start=st.integers(-3 * DAY_US, 3 * DAY_US), share=st.integers(1, 7), units=st.integers(1, 10**30))
def test_a_volume_is_reached_when_it_has_first_been_given(
    programme: Json, start: int, share: int, units: int
) -> None:
    found, scale = flow(programme, offset_us=HOUR_US)
    target = found.given(start * scale.ticks) * share + units % (40 * scale.units)
    tick, over = found.reached(target, share)
    floor = tick // over
    assert found.given(floor) * share <= target <= found.given(floor + 1) * share
    if tick % over == 0:
        assert found.given(floor) * share == target
        assert found.given(floor - 1) * share < target


def test_equal_doses_in_any_mode_give_the_same_over_whole_days() -> None:
    ten_days = [
        given_mcg(programme, "3", "243")
        for programme in (
            continuous(AT, "480"),
            flex(AT, {"00:00": "30", "12:00": "10"}),
            periodic(AT, basal_mcg_per_day="240", bolus_mcg="65", every_h="6", over_min="30"),
        )
    ]
    assert ten_days == [4800] * 3
