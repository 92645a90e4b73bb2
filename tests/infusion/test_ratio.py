"""What refills teach about a pump's delivery."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import pytest

from itb.infusion.ratio import Cycle, learn

SPEC = Fraction("14.5")
SCALE = 1000


def cycle(programmed_ml: float, difference_ml: float, *, ran_empty: bool = False) -> Cycle:
    programmed, expected = round(programmed_ml * SCALE), 5 * SCALE
    return Cycle(0, programmed, expected, expected + round(difference_ml * SCALE), ran_empty, SCALE)


def test_without_refills_the_specification_holds() -> None:
    band = learn([], SPEC)
    assert (band.source, band.cycles, band.mean) == ("specification", 0, Fraction(101, 100))
    assert (band.low, band.high) == (Fraction("0.855"), Fraction("1.145"))


def test_one_refill_is_not_enough() -> None:
    band = learn([cycle(30, 0)], SPEC)
    assert (band.source, band.cycles) == ("specification", 1)
    assert (band.low, band.high) == (Fraction("0.855"), Fraction("1.145"))


def test_two_refills_give_the_posterior_band() -> None:
    band = learn([cycle(30, 0.3), cycle(20, -0.2)], SPEC)
    weights = [1 / 0.04**2, 1 / (0.02**2 + (0.4 / 30) ** 2), 1 / (0.02**2 + (0.4 / 20) ** 2)]
    mean = sum(w * r for w, r in zip(weights, [1.01, 0.99, 1.01], strict=True)) / sum(weights)
    reach = 1.96 * sqrt(1 / sum(weights) + 0.02**2)
    assert (band.source, band.cycles) == ("learned", 2)
    assert [float(band.mean), float(band.low), float(band.high)] == pytest.approx(
        [mean, mean - reach, mean + reach]
    )


def test_the_band_always_holds_the_programme_itself() -> None:
    fast = learn([cycle(30, -4)] * 6, SPEC)
    assert fast.low == 1 < fast.mean
    slow = learn([cycle(30, 4)] * 6, SPEC)
    assert slow.high == 1 > slow.mean


def test_a_cycle_of_less_than_two_millilitres_teaches_nothing() -> None:
    assert learn([cycle(1.999, 0.1)] * 5, SPEC).cycles == 0
    assert learn([cycle(2, 0.1)] * 5, SPEC).cycles == 5


def test_a_cycle_that_ran_empty_teaches_nothing_and_forgets_nothing() -> None:
    band = learn([cycle(30, 0), cycle(30, 0), cycle(30, 9, ran_empty=True)], SPEC)
    assert (band.source, band.cycles) == ("learned", 2)


def test_a_cycle_beyond_the_specification_makes_the_rest_forgotten() -> None:
    band = learn([cycle(30, 0)] * 4 + [cycle(10, -2.5)], SPEC)
    assert (band.source, band.cycles, band.mean) == ("specification", 0, Fraction(101, 100))
    assert (band.low, band.high) == (Fraction("0.855"), Fraction("1.25"))


def test_what_was_seen_beyond_counts_until_the_next_observation() -> None:
    seen = [cycle(10, -2.5), cycle(10, -1.8), cycle(10, 3)]
    assert (learn(seen, SPEC).low, learn(seen, SPEC).high) == (Fraction("0.7"), Fraction("1.25"))
    assert learn([*seen, cycle(30, 0)], SPEC).high == Fraction("1.145")


def test_the_low_ratio_is_never_below_nothing() -> None:
    assert learn([cycle(3, 4)], SPEC).low == 0
    assert learn([], Fraction(150)).low == 0


@pytest.mark.parametrize(
    ("read", "finding"),
    [
        (cycle(30, 2), None),
        (cycle(30, 2.001), "under_delivery"),
        (cycle(30, -2.001), "over_delivery"),
        (cycle(10, 1.45), None),
        (cycle(10, 1.451), "under_delivery"),
        (cycle(10, -1.451), "over_delivery"),
        (cycle(5, 0.999), None),
        (cycle(5, 1), "under_delivery"),
        (cycle(0, 1.5), None),
        (cycle(0, 2.5), "under_delivery"),
        (cycle(30, 5, ran_empty=True), "ran_empty"),
    ],
)
def test_a_residual_is_a_finding_from_its_limit_on(read: Cycle, finding: str | None) -> None:
    assert read.finding(SPEC) == finding


def test_a_difference_within_the_specification_is_a_finding_and_yet_teaches() -> None:
    band = learn([cycle(30, 2.5)] * 2, SPEC)
    assert (band.source, band.cycles) == ("learned", 2)
