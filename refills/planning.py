"""By when a visit must be, planned back from the refill-by date. Pure: what the clinic keeps comes in; no clock here.

Every step goes back in time or stands still: nothing here ever makes a date later. Each says how it came about.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from itb.templatetags.moments import day as told

WEEKDAYS: Final = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
FARTHEST: Final = 400
"""Days that are looked through for an open one: more than the longest closure that can be entered."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which the clinic is closed, both ends among them, and why."""

    first_on: date
    last_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class OpenDays:
    """On which days a clinic sees patients."""

    closed_weekdays: frozenset[int] = frozenset()
    """As `date.weekday` counts them: 0 is Monday."""
    spans: tuple[Span, ...] = ()

    def why_closed(self, on: date) -> str:
        """`closed on Sundays`, `closed: Christmas`; empty on an open day."""
        for span in self.spans:
            if span.first_on <= on <= span.last_on:
                return f"closed: {span.reason}"
        return f"closed on {WEEKDAYS[on.weekday()]}" if on.weekday() in self.closed_weekdays else ""

    def last_open(self, on: date) -> date | None:
        """The last open day up to `on`; None where there is none for over a year."""
        return self._first_open(on, -1)

    def next_open(self, on: date) -> date | None:
        """The first open day from `on` on; None where there is none for over a year."""
        return self._first_open(on, 1)

    def _first_open(self, on: date, direction: int) -> date | None:
        for number in range(FARTHEST):
            if not self.why_closed(found := on + timedelta(days=direction * number)):
                return found
        return None


@dataclass(frozen=True, slots=True)
class Authorised:
    """Until when a payer's authorisation holds."""

    reference: str
    ends_on: date


@dataclass(frozen=True, slots=True)
class Needs:
    """All that the plan of a visit may depend on."""

    refill_by: date
    open_days: OpenDays = OpenDays()
    travel_days: int = 0
    """Of a refill at home: days that drug and nurse are on the way."""
    lead_days: int = 0
    """From ordering the drug until it is there."""
    authorised: Authorised | None = None
    """The newest authorisation; None where the clinic keeps none for this patient."""
    today: date | None = None
    """An authorisation that ended before this day bounds nothing any more: it must be renewed. None: all count."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A date, and the steps by which it came about, in sentences. None: no open day was found."""

    on: date | None
    steps: tuple[str, ...]


def latest_safe_day(needs: Needs) -> Dated:
    """The latest day for a visit: back from the refill-by date for the way, the authorisation and closed days."""
    on, steps = needs.refill_by, [f"Refill by {told(needs.refill_by)}."]
    if needs.travel_days:
        on -= timedelta(days=needs.travel_days)
        steps.append(f"{_days(needs.travel_days)} for the way to the home: {told(on)}.")
    authorised = needs.authorised
    if authorised and _holds(authorised, needs.today) and authorised.ends_on < on:
        on = authorised.ends_on
        steps.append(f"Authorisation {authorised.reference} ends: {told(on)}.")
    return _back_to_open(on, steps, needs.open_days)


def order_by(needs: Needs, visit_on: date | None = None) -> Dated:
    """The latest day to order the drug: the supplier's days before the visit, or before the latest safe day.

    A visit after the latest safe day makes nothing later.
    """
    safe = latest_safe_day(needs).on or needs.refill_by - timedelta(days=needs.travel_days)
    is_booked = visit_on is not None and visit_on <= safe
    needed = visit_on if is_booked and visit_on else safe
    on = needed - timedelta(days=needs.lead_days)
    words = "the visit" if is_booked else "the latest safe day"
    steps = [
        f"Needed for {words}, {told(needed)}.",
        f"{_days(needs.lead_days)} until it is there: {told(on)}.",
    ]
    return _back_to_open(on, steps, needs.open_days)


def _holds(authorised: Authorised, today: date | None) -> bool:
    return today is None or authorised.ends_on >= today


def _back_to_open(on: date, steps: list[str], open_days: OpenDays) -> Dated:
    why = open_days.why_closed(on)
    if not why:
        return Dated(on, tuple(steps))
    found = open_days.last_open(on)
    if found is None:
        return Dated(None, (*steps, "No open day lies before it for over a year: look at the closed days."))
    return Dated(found, (*steps, f"The clinic is {why}: {told(found)}."))


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
