"""From rows to what a visit is planned by: the clinic's closed days, and what is kept about each pump."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from django.db.models import Exists, OuterRef, QuerySet

from itb.accounts.models import Clinic
from patients.models import Pump
from refills.models import Appointment, Authorisation, Closure, DrugOrder, HomeRefill, Refill
from refills.planning import Authorised, Dated, Needs, OpenDays, Span, latest_safe_day, order_by
from refills.planning_policy import Planning, closed_weekdays_of, planning_of

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
    booked_on: date | None
    ordered_on: date | None
    """When drug was ordered since the last refill."""
    authorisation_days: int
    """How far ahead an authorisation that ends too early shows."""

    @property
    def needed_on(self) -> date | None:
        """The day for which drug is ordered: the booked visit where it is in time, else the latest safe day."""
        if self.booked_on and self.latest_on and self.booked_on <= self.latest_on:
            return self.booked_on
        return self.latest_on

    @property
    def must_order(self) -> bool:
        """Whether the day to order has come and nobody has."""
        return self.ordered_on is None and self.order.on is not None and self.order.on <= self.today

    @property
    def must_authorise(self) -> bool:
        """Whether the authorisation ends before the refill-by date, and that soon, or has ended."""
        if self.authorised is None or self.refill_by is None or self.authorised.ends_on >= self.refill_by:
            return False
        return self.authorised.ends_on <= self.today + timedelta(days=self.authorisation_days)

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
    planning: Planning
    travel_days: Mapping[int, int]
    """By patient, of those who are refilled at home."""
    authorised: Mapping[int, Authorised]
    """By pump, the newest authorisation, whatever its dates."""
    booked_on: Mapping[int, date]
    """By pump."""
    ordered_on: Mapping[int, date]
    """By pump, of an order that no refill has used up."""

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
            planning=planning_of(clinic),
            travel_days=dict(at_home.values_list("patient", "travel_days")),
            authorised={
                each.pump_id: Authorised(each.reference, each.ends_on) for each in newest.distinct("pump")
            },
            booked_on=dict(booked.values_list("pump", "on")),
            ordered_on=dict(open_orders(pumps).values_list("pump", "ordered_on")),
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
                lead_days=self.planning.lead_days,
                authorised=authorised,
                today=self.today,
            )
            safe, order = latest_safe_day(needs), order_by(needs, self.booked_on.get(pump.pk))
        return Plan(
            today=self.today,
            refill_by=refill_by,
            safe=safe,
            order=order,
            travel_days=travel,
            authorised=authorised,
            open_days=self.open_days,
            booked_on=self.booked_on.get(pump.pk),
            ordered_on=self.ordered_on.get(pump.pk),
            authorisation_days=self.planning.authorisation_days,
        )


def plan_of(pump: Pump, refill_by: date | None, now: datetime) -> Plan:
    """The plan of one pump, whose patient's clinic is at hand.

    The refill-by date is handed in, since a refill that is being typed moves it.
    """
    return Planner.of(pump.patient.clinic, [pump], now).plan(pump, refill_by)


def open_orders(pumps: Collection[Pump]) -> QuerySet[DrugOrder]:
    """Of each pump the newest order, unless a refill was recorded after it: that has used it up."""
    used = Refill.objects.standing().filter(pump=OuterRef("pump"), recorded_at__gt=OuterRef("recorded_at"))
    found = DrugOrder.objects.filter(pump__in=pumps).exclude(Exists(used))
    return found.order_by("pump", "-recorded_at", "-id").distinct("pump")


def open_days_of(clinic: Clinic, today: date) -> OpenDays:
    """The clinic's open days from `today` on."""
    spans = Closure.objects.standing().filter(clinic=clinic, last_on__gte=today).order_by("first_on")
    return OpenDays(
        closed_weekdays_of(clinic), tuple(Span(each.first_on, each.last_on, each.reason) for each in spans)
    )
