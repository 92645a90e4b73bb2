"""What is typed on the page of a refill beside the refill itself, where nothing is amiss."""

from datetime import timedelta

from itb import clock
from refills.models import ChecklistStep

SATURDAY = 5


def day_from_now(days: int) -> str:
    """As a browser writes it."""
    return (clock.now().date() + timedelta(days=days)).isoformat()


def working_day(days: int) -> str:
    """The first one from so many days ahead on: a new clinic is closed at the weekend."""
    ahead = clock.now().date() + timedelta(days=days)
    return day_from_now(days + (7 - ahead.weekday() if ahead.weekday() >= SATURDAY else 0))


def nothing_amiss(*, held_ml: str = "40", dose: str = "400", concentration: str = "2000") -> dict[str, str]:
    """Every step done, nothing noticed, and the programmer shows what is recorded."""
    return {
        **{f"step_{step}": "on" for step in ChecklistStep.Step},
        "felt": "none",
        "alarmed": "none",
        "expires_on": day_from_now(400),
        "held_ml": held_ml,
        "shown_dose": dose,
        "shown_concentration": concentration,
    }


def followed_up(owner: int) -> dict[str, str]:
    """Who has what does not fit, what comes first, and by when."""
    return {"owner": str(owner), "next_step": "Dye study with radiology.", "due_on": day_from_now(5)}
