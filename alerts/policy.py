"""A clinic's reminder steps: what it has set, else the defaults, each with its source."""

from dataclasses import fields

from alerts.rules import Steps
from itb.accounts.models import Clinic

STEPS_SOURCE = (
    "Our proposal (T−21 book, T−14 confirm, T−7 call, T−3 same-day work); no published figure was found"
)
REPLACEMENT_SOURCE = (
    "Schedule a replacement at least 3 months ahead (Boster 2016, 10.1111/ner.12388); 180 days: our proposal"
)
DEFAULTS = Steps(
    routine_days=21,
    due_days=14,
    urgent_days=7,
    critical_days_before_alarm=3,
    confirm_days=14,
    replacement_due_days=180,
    replacement_urgent_days=90,
)
WORDS = {
    "routine_days": "Days before the refill-by date without a visit: routine",
    "due_days": "Days before the refill-by date without a visit: due",
    "urgent_days": "Days before the refill-by date without a visit: urgent, call",
    "critical_days_before_alarm": "Days before the alarm: critical, same-day work",
    "confirm_days": "Days before the refill-by date with a visit that nobody has confirmed: due",
    "replacement_due_days": "Days before the pump must be replaced: due",
    "replacement_urgent_days": "Days before the pump must be replaced: urgent",
}
MOST = {
    "routine_days": 90,
    "due_days": 60,
    "urgent_days": 30,
    "critical_days_before_alarm": 30,
    "confirm_days": 60,
    "replacement_due_days": 730,
    "replacement_urgent_days": 365,
}
ABOUT = {
    name: {
        "words": words,
        "default": getattr(DEFAULTS, name),
        "source": REPLACEMENT_SOURCE if name.startswith("replacement") else STEPS_SOURCE,
        "mark": "design",
        "least": 1,
        "most": MOST[name],
    }
    for name, words in WORDS.items()
}
"""What the policy page says of each step."""


def steps_of(clinic: Clinic) -> Steps:
    """What the clinic has set, else the defaults."""
    kept = getattr(clinic, "alert_policy", None)
    return Steps(**{each.name: getattr(kept, each.name) for each in fields(Steps)}) if kept else DEFAULTS
