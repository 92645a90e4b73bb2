"""When a clinic's people are written to: what it has set, else the defaults, each with its source."""

from dataclasses import dataclass, field, fields
from typing import Any, Final

from itb.accounts.models import Clinic

BUDGET: Final = "Two letters a person and day for all that is not critical (hazard H17)"
PROPOSAL: Final = "Our proposal: before the first visits of the day; no published figure was found"


def _setting(default: int, **about: str | int) -> Any:
    return field(default=default, metadata={"mark": "design", **about})


@dataclass(frozen=True, slots=True)
class Pacing:
    """The hour of the digest, and how many letters a person gets a day."""

    morning_hour: int = _setting(
        7,
        words="The hour of the clinic’s day at which the digest leaves",
        source=PROPOSAL,
        unit="h",
        least=4,
        most=12,
    )
    letters_a_day: int = _setting(
        2,
        words="Letters a person and day, the digest among them; critical ones are not counted and never wait",
        source=BUDGET,
        unit="letters",
        least=2,
        most=10,
    )


def pacing_of(clinic: Clinic) -> Pacing:
    """What the clinic has set, else the defaults."""
    kept = getattr(clinic, "letter_policy", None)
    return Pacing(**{each.name: getattr(kept, each.name) for each in fields(Pacing)}) if kept else Pacing()
