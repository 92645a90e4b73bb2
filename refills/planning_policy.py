"""What a clinic plans visits by: what it has set, else the defaults, each with its source."""

from dataclasses import dataclass, field, fields
from typing import Any, Final

from itb.accounts.models import Clinic

PROPOSAL: Final = "Our proposal; no published figure was found"
USUAL_CLOSED: Final = "67"
"""ISO numbers of the weekdays on which a clinic is closed that has said nothing: the earlier day is the safer one."""


def _setting(default: int, words: str, *, unit: str, least: int, most: int) -> Any:
    about = {"words": words, "source": PROPOSAL, "mark": "design", "unit": unit, "least": least, "most": most}
    return field(default=default, metadata=about)


@dataclass(frozen=True, slots=True)
class Planning:
    """How far ahead a visit is prepared, and when someone takes over whom nobody reaches."""

    lead_days: int = _setting(
        10, "Days from ordering the drug until it is there", unit="days", least=0, most=90
    )
    authorisation_days: int = _setting(
        30,
        "Days ahead at which an authorisation that ends before the next refill shows",
        unit="days",
        least=1,
        most=180,
    )
    failed_contacts: int = _setting(
        3,
        "Tries to reach a patient, after which a named clinician takes over",
        unit="tries",
        least=1,
        most=10,
    )
    visits_a_day: int = _setting(
        0,
        "Visits a day past which the calendar says that there are too many; 0: it never does",
        unit="visits",
        least=0,
        most=200,
    )


def planning_of(clinic: Clinic) -> Planning:
    """What the clinic has set, else the defaults."""
    kept = getattr(clinic, "planning_policy", None)
    return (
        Planning(**{each.name: getattr(kept, each.name) for each in fields(Planning)}) if kept else Planning()
    )


def closed_weekdays_of(clinic: Clinic) -> frozenset[int]:
    """On which weekdays the clinic is closed, as `date.weekday` counts them."""
    kept = getattr(clinic, "planning_policy", None)
    return frozenset(int(number) - 1 for number in (kept.closed_weekdays if kept else USUAL_CLOSED))
