"""From rows to what a visit is planned by: the clinic's closed days, and what is kept about each pump."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from itb.accounts.models import Clinic
from patients.models import Pump
from refills.models import Appointment, Authorisation, Closure, HomeRefill
from refills.planning import Authorised, Dated, Needs, OpenDays, Span, latest_safe_day, order_by
from refills.planning_policy import closed_weekdays_of, planning_of

NOBODY_KNOWS = Dated(None, ("Nobody can tell: there is no forecast.",))


@dataclass(frozen=True, slots=True)
class Plan:
    """By when a pump's next visit must be, and its drug ordered. Without a refill-by date there is neither."""

    today: date
    refill_by: date | None
    safe: Dated
    order: Dated
    travel_days: int | None
    """Of a patient who is refilled at home; None: they come to the clinic."""
    authorised: Authorised | None
    open_days: OpenDays

    @property
    def latest_on(self) -> date | None:
        """The latest safe day for a visit."""
        return self.safe.on

    @property
    def is_past(self) -> bool:
        """Whether there is no safe day any more."""
        return self.latest_on is not None and self.latest_on < self.today

    @property
    def bookable_on(self) -> date | None:
        """The last day that anyone who books may choose: where no safe one is left, the first open day there is."""
        if not self.is_past:
            return self.latest_on
        return self.open_days.next_open(self.today) or self.today

    def is_too_late(self, on: date) -> bool:
        """Whether a visit on this day needs a prescriber's reason. Where nobody can tell, none does."""
        return self.bookable_on is not None and on > self.bookable_on

    def trouble(self, on: date) -> str:
        """What is wrong with a visit on this day, in a few words; empty where nothing is."""
        if self.is_too_late(on):
            return "after the latest safe day"
        return "" if on == self.today else self.open_days.why_closed(on)

    def wrong_with(self, on: date) -> str:
        """What is wrong with a visit that is booked on this day, however it came to be; empty where nothing is."""
        if self.refill_by is not None and on > self.refill_by:
            return "after the refill-by date"
        if self.latest_on is not None and on > self.latest_on:
            return "after the latest safe day"
        return self.open_days.why_closed(on)


@dataclass(frozen=True, slots=True)
class Planner:
    """What the plans of some pumps of one clinic rest on, fetched together."""

    today: date
    open_days: OpenDays
    lead_days: int
    travel_days: Mapping[int, int]
    """By patient, of those who are refilled at home."""
    authorised: Mapping[int, Authorised]
    """By pump, the newest authorisation, whatever its dates."""
    booked_on: Mapping[int, date]
    """By pump."""

    @classmethod
    def of(cls, clinic: Clinic, pumps: Collection[Pump], now: datetime) -> Self:
        """For `pumps`, which are all of `clinic`."""
        today = now.astimezone(clinic.tz).date()
        at_home = HomeRefill.objects.filter(is_at_home=True, patient__in=[pump.patient_id for pump in pumps])
        newest = Authorisation.objects.filter(pump__in=pumps).order_by("pump", "-recorded_at", "-id")
        booked = Appointment.objects.filter(pump__in=pumps, state=Appointment.State.BOOKED)
        return cls(
            today=today,
            open_days=open_days_of(clinic, today),
            lead_days=planning_of(clinic).lead_days,
            travel_days=dict(at_home.values_list("patient", "travel_days")),
            authorised={
                each.pump_id: Authorised(each.reference, each.ends_on) for each in newest.distinct("pump")
            },
            booked_on=dict(booked.values_list("pump", "on")),
        )

    def plan(self, pump: Pump, refill_by: date | None) -> Plan:
        """The plan of one of them for this refill-by date."""
        travel, authorised = self.travel_days.get(pump.patient_id), self.authorised.get(pump.pk)
        safe = order = NOBODY_KNOWS
        if refill_by is not None:
            needs = Needs(
                refill_by=refill_by,
                open_days=self.open_days,
                travel_days=travel or 0,
                lead_days=self.lead_days,
                authorised=authorised,
                today=self.today,
            )
            safe, order = latest_safe_day(needs), order_by(needs, self.booked_on.get(pump.pk))
        return Plan(self.today, refill_by, safe, order, travel, authorised, self.open_days)


def plan_of(pump: Pump, refill_by: date | None, now: datetime) -> Plan:
    """The plan of one pump, whose patient's clinic is at hand.

    The refill-by date is handed in, since a refill that is being typed moves it.
    """
    return Planner.of(pump.patient.clinic, [pump], now).plan(pump, refill_by)


def open_days_of(clinic: Clinic, today: date) -> OpenDays:
    """The clinic's open days from `today` on."""
    spans = Closure.objects.standing().filter(clinic=clinic, last_on__gte=today).order_by("first_on")
    return OpenDays(
        closed_weekdays_of(clinic), tuple(Span(each.first_on, each.last_on, each.reason) for each in spans)
    )
