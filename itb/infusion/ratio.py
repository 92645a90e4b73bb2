"""The delivery ratio: what a pump delivers for what it was told to, learned from its own refills.

A normal prior and one observation a refill, in fixed point with 50 decimals, so that the one square root is
the only figure here that is not exact, and is far finer than any instant can show. Chosen readings: `cycles`
counts the observations since the start or the last forgetting; `mean` is the posterior mean even where the
band is still the specification's; a cycle in which nothing was programmed has no ratio, so it is never
beyond.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Literal, NamedTuple

CycleFinding = Literal["over_delivery", "under_delivery", "ran_empty"]

# Assumptions of the catalogue: Wesemann 2014 (PMC4218763) gives a mean of +1 % over six months and +2.5 % a refill, and
# no standard deviation.
PRIOR_MEAN = Fraction(101, 100)
PRIOR_PRECISION = 625  # 1 / 0.04²
LEAST_PROGRAMMED_ML = 2
LEAST_DIFFERENCE_ML = 1
MOST_DIFFERENCE_ML = 2
OBSERVATIONS_TO_LEARN = 2

_ONE = 10**50


class Cycle(NamedTuple):
    """From one emptied fill to the next, which was at `at_us`; volumes in units, `scale` of them in 1 mL.

    `start`, `added` and `drawn` are its balance: the content that it began with, and what came and went by
    needle before its end. `expected` is what that balance leaves, below 0 where more was programmed than
    there was; `withdrawn` is what was found.
    """

    at_us: int
    programmed: int
    expected: int
    withdrawn: int
    ran_empty: bool
    scale: int
    start: int = 0
    added: int = 0
    drawn: int = 0

    @property
    def difference(self) -> int:
        return self.withdrawn - self.expected

    @property
    def delivered(self) -> int:
        return self.programmed - self.difference

    def beyond(self, accuracy_pct: Fraction) -> bool:
        """Outside the specification by more than the syringe may be wrong."""
        gap = abs(self.difference)
        if not self.programmed or gap < LEAST_DIFFERENCE_ML * self.scale:
            return False
        return gap * 100 * accuracy_pct.denominator > self.programmed * accuracy_pct.numerator

    def finding(self, accuracy_pct: Fraction) -> CycleFinding | None:
        if self.ran_empty:
            return "ran_empty"
        if abs(self.difference) > MOST_DIFFERENCE_ML * self.scale or self.beyond(accuracy_pct):
            return "over_delivery" if self.difference < 0 else "under_delivery"
        return None


@dataclass(frozen=True, slots=True)
class Band:
    """The ratios that a pump may have: exact `low` and `high`, the mean of what was learned, and from how much."""

    source: Literal["specification", "learned"]
    cycles: int
    mean: Fraction
    low: Fraction
    high: Fraction


def learn(cycles: Iterable[Cycle], accuracy_pct: Fraction) -> Band:
    """The band after `cycles`, in the order in which they ended."""
    observed: list[Cycle] = []
    beyond: list[Fraction] = []
    for cycle in cycles:
        if cycle.ran_empty:
            continue
        if cycle.beyond(accuracy_pct):
            observed = []
            beyond.append(Fraction(cycle.delivered, cycle.programmed))
        elif cycle.programmed >= LEAST_PROGRAMMED_ML * cycle.scale:
            observed.append(cycle)
            beyond = []
    learned = len(observed) >= OBSERVATIONS_TO_LEARN
    mean, reach = _posterior(observed)
    low, high = (mean - reach, mean + reach) if learned else (1 - accuracy_pct / 100, 1 + accuracy_pct / 100)
    return Band(
        "learned" if learned else "specification",
        len(observed),
        mean,
        max(min(low, *beyond, Fraction(1)), Fraction(0)),
        max(high, *beyond, Fraction(1)),
    )


def _posterior(observed: Iterable[Cycle]) -> tuple[Fraction, Fraction]:
    """The posterior mean, and 1.96 × √(posterior variance + 0.02²)."""
    precision = PRIOR_PRECISION * _ONE
    weighted = PRIOR_MEAN * precision
    total = weighted.numerator // weighted.denominator
    for cycle in observed:
        # 1 / (0.02² + (0.4 / p)²) = 10,000 p² / (4 p² + 1,600), with p in mL
        square, ml = cycle.programmed**2, cycle.scale**2
        weight = _ONE * 10_000 * square // (4 * square + 1_600 * ml)
        precision += weight
        total += weight * cycle.delivered // cycle.programmed
    variance = _ONE**3 // precision + 4 * _ONE**2 // 10_000
    return Fraction(total, precision), Fraction(196 * isqrt(variance), 100 * _ONE)
