"""The clinic's visits by day, with what is wrong with each; and who has none."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet

from itb.accounts.models import Membership
from refills.models import Appointment, Projection
from refills.planning_policy import planning_of
from refills.plans import Plan, Planner

UNBOOKED = 25  # of those without a visit that the page names; the worklist has all
SPANS = {"week": 7, "month": 28}


@dataclass(frozen=True, slots=True)
class Booked:
    """A visit, and by when it must be."""

    visit: Appointment
    plan: Plan

    @property
    def trouble(self) -> str:
        """What is wrong with its day; empty where nothing is."""
        if self.visit.state != Appointment.State.BOOKED:
            return ""
        if self.visit.on < self.plan.today:
            return "has passed and is still open"
        return self.plan.wrong_with(self.visit.on)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar."""

    on: date
    closed: str
    """Why the clinic is closed; empty where it is open."""
    visits: list[Booked]
    most: int
    """Visits a day past which there are too many; 0: no limit."""

    @property
    def booked(self) -> int:
        """Visits that stand."""
        return sum(each.visit.state == Appointment.State.BOOKED for each in self.visits)

    @property
    def is_over(self) -> bool:
        """Whether more are booked than the clinic's policy names."""
        return bool(self.most) and self.booked > self.most


@dataclass(frozen=True, slots=True)
class Unbooked:
    """A pump without a visit."""

    projection: Projection
    plan: Plan


def days_of(member: Membership, first_on: date, count: int, now: datetime) -> list[Day]:
    """`count` days from `first_on` on, each with its visits by time."""
    last_on = first_on + timedelta(days=count - 1)
    found = list(visits_between(member, first_on, last_on))
    planner = Planner.of(member.clinic, [visit.pump for visit in found], now)
    by_day: dict[date, list[Booked]] = defaultdict(list)
    for visit in found:
        by_day[visit.on].append(Booked(visit, planner.plan(visit.pump, visit.pump.projection.refill_by)))
    most = planning_of(member.clinic).visits_a_day
    return [
        Day(on, planner.open_days.why_closed(on), by_day[on], most)
        for on in (first_on + timedelta(days=number) for number in range(count))
    ]


def visits_between(member: Membership, first_on: date, last_on: date) -> QuerySet[Appointment]:
    """Visits on these days that were not moved or cancelled, by day and time; those without a time come last."""
    gone = (Appointment.State.MOVED, Appointment.State.CANCELLED)
    found = Appointment.objects.filter(clinic_id=member.clinic_id, on__range=(first_on, last_on))
    related = ("pump__patient", "pump__projection", "clinician")
    return (
        found.exclude(state__in=gone)
        .select_related(*related)
        .order_by("on", F("time").asc(nulls_last=True), "id")
    )


def unbooked(member: Membership, now: datetime) -> list[Unbooked]:
    """Active pumps without a visit, the nearest refill-by date first, the unknown before all."""
    booked = Appointment.objects.filter(pump=OuterRef("pump"), state=Appointment.State.BOOKED)
    rows = (
        Projection.objects.visible_to(member).active().exclude(Exists(booked)).select_related("pump__patient")
    )
    found = list(rows.order_by(F("refill_by").asc(nulls_first=True), "pump")[: UNBOOKED + 1])
    planner = Planner.of(member.clinic, [row.pump for row in found], now)
    return [Unbooked(row, planner.plan(row.pump, row.refill_by)) for row in found]


HEADER = (
    *("Day", "Time", "Where", "Family name", "Given name", "Record number", "With", "State"),
    *("Latest safe day", "Refill by", "What is wrong", "Reason", "What follows"),
)


def sheet(days: Iterable[Day]) -> list[tuple[object, ...]]:
    """The same visits for a spreadsheet."""
    return [_line(booked) for day in days for booked in day.visits]


def _line(booked: Booked) -> tuple[object, ...]:
    visit, patient = booked.visit, booked.visit.pump.patient
    return (
        *(visit.on, _clock(visit.time), visit.get_place_display()),
        *(patient.family_name, patient.given_name, patient.record_number),
        *(visit.clinician or "", visit.get_state_display(), booked.plan.latest_on, booked.plan.refill_by),
        *(booked.trouble, visit.late_reason or visit.reason, visit.next_step),
    )


def _clock(moment: time | None) -> str:
    return f"{moment:%H:%M}" if moment else ""
