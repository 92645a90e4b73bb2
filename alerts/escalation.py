"""When more people are told of an alert that nobody takes, and which letters wait for the morning.

Pure: the clinic's figures, a tier and a moment in; moments out. Every step is `at >= moment`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts.rules import Tier
from itb.accounts.models import Clinic
from itb.outbox.mornings import morning_of
from itb.outbox.policy import pacing_of
from refills.policy import setting

_TIMERS: Final = "Our proposal, in the manner of IEC 60601-1-8; no published figure was found"
_NIGHT: Final = "Our proposal: a letter that can wait is read in the morning"
TOLD, WAITS = "told", "waits"


class Reach(Enum):
    """How far a hop reaches. Everyone: who is on duty, and the lead."""

    SECOND = "one more person"
    ALL = "everyone"


@dataclass(frozen=True, slots=True)
class Escalation:
    """The clinic's timers, and its day."""

    critical_second_minutes: int = setting(
        30, "Critical and untaken: one more person is told after", _TIMERS, "design",
        unit="minutes", least=5, most=240,
    )  # fmt: skip
    critical_all_minutes: int = setting(
        60, "Critical and untaken: everyone and the lead are told after", _TIMERS, "design",
        unit="minutes", least=10, most=480,
    )  # fmt: skip
    urgent_second_hours: int = setting(
        4, "Urgent and untaken: one more person is told after so much of the clinic’s day, and everyone the next "
        "morning, or as long again after that",
        _TIMERS, "design",
        unit="hours", least=1, most=24,
    )  # fmt: skip
    due_all_days: int = setting(
        2, "Due and untaken: after its digest everyone is told in", _TIMERS, "design",
        unit="days", least=1, most=10,
    )  # fmt: skip
    evening_hour: int = setting(
        18, "The clinic’s evening: from then on it is night, until the digest leaves", _NIGHT, "design",
        unit="o’clock", least=15, most=23,
    )  # fmt: skip
    urgent_at_night: str = setting(
        TOLD, "An urgent letter at night", _NIGHT, "design",
        choices={TOLD: "leaves at once", WAITS: "waits for the morning"},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Day:
    """A clinic's mornings, in its zone."""

    morning_hour: int
    zone: ZoneInfo

    def morning_of(self, on: date) -> datetime:
        """When that day's digest leaves."""
        return morning_of(on, self.morning_hour, self.zone)

    def morning_after(self, at: datetime) -> datetime:
        """The first morning that is later than `at`."""
        today = at.astimezone(self.zone).date()
        mornings = (self.morning_of(today + timedelta(days=days)) for days in (0, 1))
        return next(morning for morning in mornings if morning > at)


@dataclass(frozen=True, slots=True)
class Hop:
    """The `step`-th time that more people are told: from when on, and how far it reaches."""

    step: int
    at: datetime
    reach: Reach


def escalation_of(clinic: Clinic) -> Escalation:
    """What the clinic has set, else the defaults."""
    kept: Any = getattr(clinic, "escalation_policy", None)
    if kept is None:
        return Escalation()
    return Escalation(**{each.name: getattr(kept, each.name) for each in fields(Escalation)})


def day_of(clinic: Clinic) -> Day:
    """The clinic's day: it begins with the digest."""
    return Day(pacing_of(clinic).morning_hour, clinic.tz)


def leaves_at(tier: Tier, at: datetime, rules: Escalation, day: Day) -> datetime:
    """When a letter owed at `at` leaves: a critical one never waits, a quiet one comes with the morning's digest."""
    if tier < Tier.URGENT or (
        tier == Tier.URGENT and rules.urgent_at_night == WAITS and _is_night(at, rules, day)
    ):
        return day.morning_after(at)
    return at


def _is_night(at: datetime, rules: Escalation, day: Day) -> bool:
    return not day.morning_hour <= at.astimezone(day.zone).hour < rules.evening_hour


def reach_of(tier: Tier, step: int) -> Reach:
    """How far a hop reaches: the first of a grave alert asks one more person, every other one everyone."""
    return Reach.SECOND if tier >= Tier.URGENT and step == 1 else Reach.ALL


def hops(tier: Tier, since: datetime, rules: Escalation, day: Day) -> Iterator[Hop]:
    """The hops of an alert that nobody has had since `since`. A routine one has none: it is on the lists.

    A critical one never stops: everyone hears of it anew each morning until somebody takes it.
    """
    for step, at in enumerate(_moments(tier, leaves_at(tier, since, rules, day), rules, day), start=1):
        yield Hop(step, at, reach_of(tier, step))


def _moments(tier: Tier, told_at: datetime, rules: Escalation, day: Day) -> Iterator[datetime]:
    if tier == Tier.CRITICAL:
        yield told_at + timedelta(minutes=rules.critical_second_minutes)
        yield (last := told_at + timedelta(minutes=rules.critical_all_minutes))
        while True:
            yield (last := day.morning_after(last))
    if tier == Tier.URGENT:
        patience = timedelta(hours=min(rules.urgent_second_hours, rules.evening_hour - day.morning_hour))
        yield (second := _by_day(told_at, patience, rules, day))
        yield max(day.morning_after(told_at), _by_day(second, patience, rules, day))
    if tier == Tier.DUE:
        yield day.morning_of(told_at.astimezone(day.zone).date() + timedelta(days=rules.due_all_days))


def _by_day(at: datetime, patience: timedelta, rules: Escalation, day: Day) -> datetime:
    """When so much of the clinic's days has gone by: what came at night was left untaken by nobody who slept."""
    today = at.astimezone(day.zone).date()
    while True:
        begins, ends = max(at, day.morning_of(today)), morning_of(today, rules.evening_hour, day.zone)
        if begins + patience <= ends:
            return begins + patience
        patience -= max(ends - begins, timedelta(0))
        today += timedelta(days=1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The start of a clinic day, in UTC."""
    return morning_of(day, 0, zone)
