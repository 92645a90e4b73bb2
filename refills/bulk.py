"""Many visits at once: of days on which the clinic closes, or of those who did not come. Each is moved by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from itb.accounts.models import Membership
from itb.templatetags.moments import day
from patients.models import Patient, Pump
from refills.models import Appointment, Refill
from refills.plans import Plan, Planner
from refills.services import TooLateError, book_visit
from refills.visit import VisitDetails

MOST = 200  # rows on the page; the rest follow when these are moved
State = Appointment.State


@dataclass(frozen=True, slots=True)
class Row:
    """A visit that is to be on another day: the one that is booked, or the one to which nobody came."""

    visit: Appointment
    plan: Plan

    @property
    def pump(self) -> Pump:
        """Whose it is."""
        return self.visit.pump

    @property
    def patient(self) -> Patient:
        """Whose it is."""
        return self.visit.pump.patient

    @property
    def proposed(self) -> date | None:
        """The open day nearest to the old one that is still safe; where none is left, the first open day there is."""
        plan, days = self.plan, self.plan.open_days
        after = days.next_open(max(self.visit.on + timedelta(days=1), plan.today))
        if after and not plan.is_too_late(after):
            return after
        before = days.last_open(min(self.visit.on, plan.latest_on or self.visit.on))
        return before if before and before >= plan.today else plan.bookable_on

    def refusal(self, on: date) -> str:
        """Why the visit is not moved to this day; empty where it can be."""
        if on < self.plan.today:
            return "This day has passed."
        if self.plan.is_too_late(on):
            return f"This is after the latest safe day, {day(self.plan.bookable_on)}."
        why = self.plan.open_days.why_closed(on)
        return f"The clinic is {why}." if why else ""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one row."""

    row: Row
    on: date
    refusal: str
    """Empty: it is moved."""


def of_days(member: Membership, first_on: date, last_on: date, now: datetime) -> list[Row]:
    """The visits that are booked on these days."""
    booked = Appointment.objects.filter(
        clinic_id=member.clinic_id, on__range=(first_on, last_on), state=State.BOOKED
    )
    return _rows(member, booked, now)


def missed(member: Membership, now: datetime) -> list[Row]:
    """Each patient who did not come to their last visit and has no other booked."""
    mine = Appointment.objects.filter(pump=OuterRef("pump"), id__gt=OuterRef("id"))
    later = mine.exclude(state__in=(State.CANCELLED, State.MOVED))
    refilled = Refill.objects.standing().filter(pump=OuterRef("pump"), at__gt=OuterRef("closed_at"))
    found = Appointment.objects.filter(
        clinic_id=member.clinic_id, state=State.MISSED, pump__explanted_on=None
    )
    return _rows(member, found.exclude(Exists(later)).exclude(Exists(refilled)), now)


def stable(rows: Iterable[Row]) -> list[Row]:
    """Those who may be rescheduled together: no risk flag is up."""
    return [row for row in rows if not row.patient.risk_flags]


def vulnerable(rows: Iterable[Row]) -> list[Row]:
    """Those who are rescheduled singly, each with a call."""
    return [row for row in rows if row.patient.risk_flags]


def move(row: Row, on: date, by: Membership, at: datetime) -> Moved:
    """Book the row's pump for `on`, in a transaction of its own. A row that was moved there before is moved."""
    if refusal := row.refusal(on):
        return Moved(row, on, refusal)
    details = VisitDetails(place=row.visit.place, clinician=row.visit.clinician)
    try:
        book_visit(pump=row.pump, on=on, details=details, by=by, at=at)
    except TooLateError:
        return Moved(row, on, "Its latest safe day has moved meanwhile.")
    return Moved(row, on, "")


def _rows(member: Membership, visits: QuerySet[Appointment], now: datetime) -> list[Row]:
    related = ("pump__patient", "pump__projection", "clinician")
    found = list(visits.select_related(*related).order_by("on", "time", "id")[:MOST])
    planner = Planner.of(member.clinic, [visit.pump for visit in found], now)
    return list(_planned(found, planner))


def _planned(visits: Iterable[Appointment], planner: Planner) -> Iterator[Row]:
    for visit in visits:
        yield Row(visit, planner.plan(visit.pump, visit.pump.projection.refill_by))
