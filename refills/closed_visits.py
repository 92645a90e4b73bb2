"""Visits on days that were closed after they were booked: they stand in the calendar, and cover nothing."""

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.functions import TruncDate

from refills.models import Appointment, Closure


def lies_on_closed_day() -> "ExpressionWrapper[Q]":
    """Of a visit: whether the clinic has closed its day.

    One that a prescriber let be there, with a reason, stands; so does one that was booked for the day itself.
    """
    closed = Closure.objects.standing().filter(
        clinic=OuterRef("clinic"), first_on__lte=OuterRef("on"), last_on__gte=OuterRef("on")
    )
    is_meant = ~Q(late_reason="") | Q(on=TruncDate(F("booked_at")))
    return ExpressionWrapper(Q(Exists(closed)) & ~is_meant, output_field=BooleanField())


def is_booked_on_closed_day() -> Exists:
    """Of a forecast: whether the visit that is booked for its pump does."""
    booked = Appointment.objects.filter(pump=OuterRef("pump"), state=Appointment.State.BOOKED)
    return Exists(booked.annotate(is_closed=lies_on_closed_day()).filter(is_closed=True))
