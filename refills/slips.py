"""What a figure looks like when a hand slipped: a digit's place, a unit, two fields exchanged.

A figure is held against what it is likely to be: the last dose, the reservoir, what should be left. Where another
reading of the same keys fits far better, both are shown, and a person says which one was meant.
"""

from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Final

from itb.infusion.catalogue import catalogue
from itb.infusion.quantities import plain
from refills.limits import (
    LEAST_FILLED_ML,
    LEAST_MCG_PER_DAY,
    LEAST_MCG_PER_ML,
    STANDARD_MCG_PER_ML,
    THOUSANDFOLD,
)

TENFOLD: Final = (Decimal(10), Decimal("0.1"))
READINGS: Final[dict[Decimal, str]] = {
    Decimal(10): "a digit’s place",
    Decimal("0.1"): "a digit’s place",
    Decimal(1000): "mg for mcg",
    Decimal("0.001"): "mcg for mg",
    Decimal(24): "by the hour for by the day",
    1 / Decimal(24): "by the day for by the hour",
}
"""By what a slip multiplies a figure when it is undone, and what slipped."""
NEAR: Final = Decimal("1.5")
"""Another reading fits where it is within so many times of what is likely."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something to be ticked before it is kept: a code, and a sentence that names the figures."""

    code: str
    words: str

    @property
    def name(self) -> str:
        """Of its box. Another figure is another box, so that a tick never speaks of what was not seen."""
        return f"tick-{self.code}-{sha256(self.words.encode()).hexdigest()[:10]}"


def times(one: Decimal, other: Decimal) -> Decimal:
    """How many times the greater of the two is the smaller; both above 0."""
    return max(one, other) / min(one, other)


def other_reading(typed: Decimal, likely: Decimal | None) -> str:
    """`Did you mean 61.2 mcg/day (a digit’s place)?` without the unit; empty where no other reading fits."""
    if not likely or not typed or times(typed, likely) < NEAR:
        return ""
    found = min(((times(typed * by, likely), by) for by in READINGS), key=lambda each: each[0])
    nearness, by = found
    return "" if nearness > NEAR else f"Did you mean {_figure(typed * by)} ({READINGS[by]})?"


def both(typed: Decimal, unit: str, likely: Decimal | None) -> str:
    """The figure as typed, and how it would read if a hand had slipped: `612 mcg/day. Did you mean 61.2 (…)?`."""
    return " ".join(filter(None, [f"{plain(typed)} {unit}.", other_reading(typed, likely)]))


def refused_dose(dose: Decimal, last: Decimal | None) -> str:
    """Why no dose of a day is that; empty where it may be one. Nothing is refused for being 0, which is no slip."""
    if not dose:
        return ""
    if last and times(dose, last) >= THOUSANDFOLD:
        return f"{both(dose, 'mcg/day', last)} The last dose was {plain(last)} mcg/day: nothing changes so far at once."
    if dose < LEAST_MCG_PER_DAY:
        return f"{both(dose, 'mcg/day', last)} No dose below {LEAST_MCG_PER_DAY} mcg/day is known: look at the unit."
    return ""


def dose_hazards(
    dose: Decimal, last: Decimal | None, confirm_pct: int, usual: tuple[Decimal, Decimal]
) -> list[Hazard]:
    """A dose of a day beside the last one; without a last one, beside the least and the most that are usual."""
    if not last:
        return _first_dose(dose, *usual)
    percent = (dose / last - 1) * 100
    if abs(percent) <= confirm_pct:
        return []
    change = f"{percent:+.0f} %".replace("-", "−")
    words = f"The dose changes by {change}, from {plain(last)} to {both(dose, 'mcg/day', last)}"
    return [Hazard("dose", words)]


def _first_dose(dose: Decimal, least: Decimal, most: Decimal) -> list[Hazard]:
    if least <= dose <= most:
        return []
    told = both(dose, "mcg/day", least if dose < least else most)
    return [
        Hazard("first-dose", f"A first dose of {told} Usual here: {plain(least)} to {plain(most)} mcg/day.")
    ]


def refused_strength(strength: Decimal) -> str:
    """Why no concentration is that; empty where it may be one."""
    if strength >= LEAST_MCG_PER_ML:
        return ""
    return f"{plain(strength)} mcg/mL is less than any preparation ({LEAST_MCG_PER_ML} mcg/mL): look at the unit."


def strength_hazards(strength: Decimal, last: Decimal | None) -> list[Hazard]:
    """A concentration that is compounded, or none of those that are sold."""
    if strength in STANDARD_MCG_PER_ML or strength == last:
        return []
    sold = ", ".join(str(each) for each in STANDARD_MCG_PER_ML)
    near = [
        each for each in map(Decimal, STANDARD_MCG_PER_ML) if strength * 10 == each or strength == each * 10
    ]
    meant = f" Did you mean {plain(near[0])} (a digit’s place)?" if near else ""
    most = catalogue().dosing.max_concentration_mcg_per_ml
    above = f" Above {most.text} it is compounded." if strength > most.value else ""
    return [
        Hazard("strength", f"{plain(strength)} mcg/mL: those that are sold are {sold} mcg/mL.{meant}{above}")
    ]


def refused_bolus(mcg: Decimal, day_mcg: Decimal | None) -> str:
    """Why no bolus is that; empty where it may be one."""
    if not day_mcg or day_mcg / 400 <= mcg <= 2 * day_mcg:
        return ""
    return f"{both(mcg, 'mcg', day_mcg / 10)} A whole day has {plain(day_mcg)} mcg: look at the unit."


def bolus_hazards(mcg: Decimal, day_mcg: Decimal | None) -> list[Hazard]:
    """A bolus beside the dose of a whole day."""
    if not day_mcg or day_mcg / 40 <= mcg <= day_mcg / 4:
        return []
    share = f"{mcg / day_mcg * 100:.1f} %"
    words = (
        f"A bolus of {both(mcg, 'mcg', day_mcg / 10)} It is {share} of a whole day’s {plain(day_mcg)} mcg."
    )
    return [Hazard("bolus", words)]


def refused_fill(filled_ml: Decimal) -> str:
    """Why no fill is that; empty where it may be one."""
    if filled_ml >= LEAST_FILLED_ML:
        return ""
    return f"{plain(filled_ml)} mL fills no reservoir: write the volume in mL."


def fill_hazards(filled_ml: Decimal, reservoir_ml: Decimal) -> list[Hazard]:
    """A fill of less than half of the reservoir: seldom meant, and what a lost digit looks like."""
    if filled_ml * 2 >= reservoir_ml:
        return []
    words = f"{both(filled_ml, 'mL', reservoir_ml)} This pump holds {plain(reservoir_ml)} mL."
    return [Hazard("fill", words)]


def drawn_hazards(drawn_ml: Decimal, expected_ml: Decimal | None) -> list[Hazard]:
    """A residual that would fit far better with its point in another place."""
    if expected_ml is None or not drawn_ml:
        return []
    gap = abs(drawn_ml - expected_ml)
    fits = [drawn_ml * by for by in TENFOLD if abs(drawn_ml * by - expected_ml) * 3 < gap]
    if not fits or gap < Decimal("0.3"):
        return []
    expected = plain(round(expected_ml, 1))
    words = (
        f"{plain(drawn_ml)} mL were drawn where {expected} mL are expected. Did you mean {_figure(fits[0])}?"
    )
    return [Hazard("drawn", words)]


def _figure(value: Decimal) -> str:
    return plain(value.quantize(Decimal("0.01")))
