"""Entries as a clinic would type them, and the slips of a hand: seeded, so that a run can be repeated."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Final

THOUSANDFOLD, TENFOLD, POINT, SWAPPED, CLEAN = "×1000", "×10", "comma or point", "swapped", "clean"
FIELDS: Final = ("dose", "concentration", "filled", "withdrawn", "bolus")
SHARES: Final = ((CLEAN, 40), (TENFOLD, 30), (THOUSANDFOLD, 15), (POINT, 10), (SWAPPED, 5))
"""Of a hundred entries, so many of each. A tenfold slip goes up or down, a thousandfold one too where units mix."""
STANDARD: Final = (500, 1000, 2000)


@dataclass(frozen=True, slots=True)
class Profile:
    """A pump as it runs when the entry is made."""

    reservoir_ml: int
    strength: int
    dose: Decimal
    days: int
    """Since it was filled whole."""

    @property
    def delivered_ml(self) -> Decimal:
        """What went since then, as programmed."""
        return self.dose / self.strength * self.days


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its field, what slipped, and what is typed in each field of interest."""

    field: str
    slip: str
    typed: dict[str, str]


def profiles(random: Random, count: int) -> list[Profile]:
    """Pumps of 20 and 40 mL, at the three concentrations, with doses that they are used for, part of the way down."""
    doses = {500: (70, 250), 1000: (120, 500), 2000: (250, 1100)}
    found = []
    for number in range(count):
        strength, reservoir = STANDARD[number % 3], (20, 40)[number % 2]
        dose = _rounded(random.uniform(*doses[strength]), 1)
        whole = float((reservoir - 3) / (dose / strength))
        found.append(Profile(reservoir, strength, dose, round(whole * random.uniform(0.4, 0.9))))
    return found


def entries(random: Random, of: list[Profile], count: int) -> Iterator[tuple[int, Entry]]:
    """So many entries, each with the number of its pump."""
    slips, shares = zip(*SHARES, strict=True)
    for _ in range(count):
        number, field = random.randrange(len(of)), random.choice(FIELDS)
        slip = random.choices(slips, shares)[0]
        if slip == SWAPPED and field == "bolus":
            slip = TENFOLD
        yield number, Entry(field, slip, _slipped(random, field, slip, _clean(random, of[number])))


def _clean(random: Random, pump: Profile) -> dict[str, Decimal]:
    """What would be typed about this pump by a hand that does not slip."""
    residual = pump.reservoir_ml - pump.delivered_ml
    drawn = float(residual) + random.gauss(0, 0.2 + 0.02 * float(pump.delivered_ml))
    share = pump.dose * Decimal(random.randint(5, 20)) / 100
    strength = random.choice(STANDARD) if random.random() < 0.01 else pump.strength
    return {
        "dose": _rounded(float(pump.dose) * (1 + _change(random)), random.choice([0, 1])),
        "concentration": Decimal(strength),
        "filled": random.choice([Decimal(pump.reservoir_ml)] * 3 + [pump.reservoir_ml - Decimal("1.5")]),
        "withdrawn": max(_rounded(drawn, 1), Decimal("0.1")),
        "bolus": max(_rounded(float(share), 0), Decimal(1)),
    }


def _change(random: Random) -> float:
    """Half of the programmes keep the dose; of the others most go up or down a little, few by more than a fifth."""
    most = random.choices([0.0, 0.15, 0.19, 0.3], [50, 38, 10, 2])[0]
    return random.uniform(0, most) * random.choice([1, 1, -0.6])


def _slipped(random: Random, field: str, slip: str, clean: dict[str, Decimal]) -> dict[str, str]:
    typed, value = {name: f"{each:f}" for name, each in clean.items()}, clean[field]
    is_volume = field in ("filled", "withdrawn")
    if slip == TENFOLD:
        typed[field] = _plain(value * random.choice([Decimal(10), Decimal("0.1")]))
    elif slip == THOUSANDFOLD:
        by = Decimal(1000) if is_volume else random.choice([Decimal(1000), Decimal("0.001")])
        typed[field] = _plain(value * by)
    elif slip == POINT:
        text = f"{value:.1f}"
        typed[field] = random.choice([text.replace(".", ","), text.replace(".", ""), text[:-1]])
    elif slip == SWAPPED:
        one, other = ("filled", "withdrawn") if is_volume else ("dose", "concentration")
        typed[one], typed[other] = typed[other], typed[one]
    return typed


def _rounded(value: float, places: int) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _plain(value: Decimal) -> str:
    """As it would be typed: no more figures behind the point than a field takes, none that mean nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
