"""A second, independent worklist: from the stories of some pumps, as told to the services, to what each row must say.

It shares no line with `alerts.rules`, `refills` or `itb.dashboard`: the forecast is the other oracle's, days are
counted as numbers, instants as fractions of seconds, and a pump's urgency is one plain number.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.infusion.oracle import EPOCH
from tests.infusion.oracle import forecast as other_forecast

DAY = 86_400
DANGEROUS = {"pump_stopped", "concentration_mismatch"}


@dataclass
class Rules:
    """What the clinic has set, as numbers."""

    margin: int = 7
    longest: int = 180
    accuracy: int = 2
    flag: int = 7
    flags_most: int = 14
    routine: int = 21
    due: int = 14
    urgent: int = 7
    critical: int = 3
    confirm: int = 14


@dataclass
class Story:
    """What was told of one pump."""

    pump: dict[str, str]
    facts: list[dict[str, Any]] = field(default_factory=list)
    flags: int = 0
    is_gone: bool = False
    can_be_called: bool = True
    visit: date | None = None
    is_closed: bool = False
    is_confirmed: bool = False
    missed: date | None = None


@dataclass
class Said:
    """What the list must say of it."""

    tier: int
    danger: Fraction | None
    refill_by: str | None
    visit: date | None
    is_called: bool


def say(story: Story, rules: Rules, now: datetime, zone: ZoneInfo) -> Said:
    """One row. A tier is 1 to 4, as a clinician counts."""
    forecast = other_forecast(
        {
            "format": 1,
            "at": now.isoformat(),
            "timezone": zone.key,
            "pump": story.pump,
            "policy": {
                "margin_days": rules.margin,
                "max_interval_days": rules.longest,
                "accuracy_days": rules.accuracy,
            },
            "facts": story.facts,
        }
    )
    ahead = min(rules.flag * story.flags, rules.flags_most)
    tier, danger = _tier(story, rules, forecast, ahead, now.astimezone(zone))
    return Said(tier, danger, forecast.get("refill_by"), story.visit, story.can_be_called)


def _tier(
    story: Story, rules: Rules, forecast: dict[str, Any], ahead: int, now: datetime
) -> tuple[int, Fraction | None]:
    if "error" in forecast or forecast["findings"] & DANGEROUS:
        return 4, None
    if forecast["alarm_at"] is None or forecast["earliest_empty_at"] is None:
        return 4, None
    present = seconds(now)
    danger = seconds(datetime.fromisoformat(forecast["earliest_empty_at"])) - ahead * DAY
    alarm = seconds(datetime.fromisoformat(forecast["alarm_at"])) - (ahead + rules.critical) * DAY
    if present >= danger or present >= alarm:
        return 4, danger
    raised = 2 if forecast["findings"] & {"residual_out_of_limits", "ran_empty"} else 1
    today = now.date().toordinal()
    by = date.fromisoformat(forecast["refill_by"]).toordinal()
    return max(raised, _waiting(story, rules, by - today - ahead, today, by)), danger


def _waiting(story: Story, rules: Rules, left: int, today: int, by: int) -> int:
    """How urgent the visit is, with so many days left until the clinician's own."""
    if left <= 0:
        return 3
    visit = story.visit.toordinal() if story.visit else None
    if visit is not None and today <= visit <= by and not story.is_closed:
        return 2 if left <= rules.confirm and not story.is_confirmed else 1
    if left <= rules.urgent:
        return 3
    is_wrong = (visit is None and story.missed is not None) or (
        visit is not None and not today <= visit <= by
    )
    return 2 if is_wrong or left <= rules.due else 1


def seconds(at: datetime) -> Fraction:
    """Since 1970."""
    since = at - EPOCH
    return Fraction(since // timedelta(microseconds=1), 1_000_000)
