"""Figures past which what was typed is a slip. Each is refused in the form; the upper ones by the database too."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure that no clinic changes, with where it comes from."""

    words: str
    value: Decimal | int
    unit: str
    source: str
    mark: str = "design"


MOST_MCG_PER_ML: Final = 4000
LEAST_MCG_PER_ML: Final = 10
STANDARD_MCG_PER_ML: Final = (500, 1000, 2000)
"""What is sold for pumps: the catalogue's products."""
MOST_MCG_PER_DAY: Final = 5000
LEAST_MCG_PER_DAY: Final = 5
MOST_OBSERVED_MIN: Final = 2880
THOUSANDFOLD: Final = 100
LEAST_FILLED_ML: Final = 1

LIMITS: Final = (
    Limit(
        "Highest concentration",
        MOST_MCG_PER_ML,
        "mcg/mL",
        "Twice the label’s highest; past 2000 it is compounded",
    ),
    Limit(
        "Lowest concentration",
        LEAST_MCG_PER_ML,
        "mcg/mL",
        "A fifth of the weakest that is sold, for screening (50)",
    ),
    Limit(
        "Highest dose of a day",
        MOST_MCG_PER_DAY,
        "mcg/day",
        "Above every published dose: the highest seen is 2000",
    ),
    Limit(
        "Lowest dose of a day",
        LEAST_MCG_PER_DAY,
        "mcg/day",
        "Below every published dose: the lowest seen is 12",
    ),
    Limit("Most times, or parts, of the last dose", THOUSANDFOLD, "times", "A unit mistaken, and no change"),
    Limit("Longest observation", MOST_OBSERVED_MIN, "min", "Two days: longer is an admission"),
    Limit("Smallest fill", LEAST_FILLED_ML, "mL", "Below it nothing was filled"),
)
"""As the policy page shows them."""
