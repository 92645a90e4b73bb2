"""When patients and the people near them are written to, before and after a visit, each step once.

Pure but for reading the clinic's settings: what is known of a pump's visit and the moment in; the step that is owed and
the next moment worth a look out. Every threshold is `at >= moment`, and of the steps reached the last one counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from itb.accounts.models import Clinic
from refills.policy import setting

SOURCE: Final = "Our proposal; no published figure was found"
MISSED_LASTS: Final = timedelta(
    days=14
)  # a visit that was missed longer ago than this is talked about by telephone


class Stage(StrEnum):
    """What a letter is about."""

    FIRST = "first"
    LAST = "last"
    MISSED = "missed"
    UNBOOKED = "unbooked"


@dataclass(frozen=True, slots=True)
class Cadence:
    """When letters go, in days from the visit, and between which hours of the clinic's day."""

    first_days: int = setting(14, "Days before a visit: the first letter", SOURCE, "design", least=2, most=60)
    last_days: int = setting(3, "Days before a visit: the last letter", SOURCE, "design", least=1, most=30)
    missed_days: int = setting(
        1,
        "Days after a visit to which nobody came: a letter asking to call",
        SOURCE,
        "design",
        least=1,
        most=14,
    )
    from_hour: int = setting(
        9, "Hour of the clinic’s day from which letters go", SOURCE, "design", most=23, unit="o’clock"
    )
    until_hour: int = setting(
        19,
        "Hour of the clinic’s day until which letters go",
        SOURCE,
        "design",
        least=1,
        most=24,
        unit="o’clock",
    )

    def is_daytime(self, local: datetime) -> bool:
        """Whether letters go at this hour."""
        return self.from_hour <= local.hour < self.until_hour


@dataclass(frozen=True, slots=True)
class Awaited:
    """What is known of a pump's visits. None: there is none such."""

    zone: ZoneInfo
    visit_on: date | None
    """Booked, and not refused by those who were asked."""
    missed_on: date | None
    """The last one, where nobody came to it, no other is booked and no refill followed."""
    call_on: date | None
    """From when on somebody should call, since no visit is booked: the clinic's urgent step."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when a step is owed. `until` None: until something else is known."""

    stage: Stage
    start: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it is owed at `at`."""
        return at >= self.start and (self.until is None or at < self.until)


def owed(awaited: Awaited, cadence: Cadence, at: datetime) -> tuple[Stage | None, datetime | None]:
    """The step that is owed at `at`, if one is; and when to look again, if a moment is known."""
    spans = list(_spans(awaited, cadence))
    reached = [span.stage for span in spans if span.holds(at)]
    ahead = [span.start for span in spans if span.start > at]
    local = at.astimezone(awaited.zone)
    if reached and not cadence.is_daytime(local):
        return None, min([*ahead, _next_morning(local, cadence)])
    return (reached[-1] if reached else None), min(ahead, default=None)


def _spans(awaited: Awaited, cadence: Cadence) -> Iterator[Span]:
    def morning(day: date) -> datetime:
        return _at_hour(day, cadence.from_hour, awaited.zone)

    if awaited.call_on is not None:
        yield Span(Stage.UNBOOKED, morning(awaited.call_on), None)
    if awaited.missed_on is not None:
        start = morning(awaited.missed_on + timedelta(days=cadence.missed_days))
        yield Span(Stage.MISSED, start, start + MISSED_LASTS)
    if awaited.visit_on is not None:
        last = morning(awaited.visit_on - timedelta(days=cadence.last_days))
        yield Span(Stage.FIRST, morning(awaited.visit_on - timedelta(days=cadence.first_days)), last)
        yield Span(Stage.LAST, last, _at_hour(awaited.visit_on, 0, awaited.zone))


def _next_morning(local: datetime, cadence: Cadence) -> datetime:
    """The next instant at which letters go, from an hour at which none do."""
    today = local.date()
    day = today if local.hour < cadence.from_hour else today + timedelta(days=1)
    assert isinstance(local.tzinfo, ZoneInfo)
    return _at_hour(day, cadence.from_hour, local.tzinfo)


def _at_hour(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """That hour of a clinic day. Where clocks skip it, the first instant after it."""
    return datetime.combine(day, time(hour), zone)


def cadence_of(clinic: Clinic) -> Cadence:
    """What the clinic has set, else the defaults."""
    kept = getattr(clinic, "cadence_policy", None)
    return Cadence(**{each.name: getattr(kept, each.name) for each in fields(Cadence)}) if kept else Cadence()
