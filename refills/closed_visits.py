"""Visits on days that were closed after they were booked: they stand in the calendar, and cover nothing."""

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, TruncDate

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


def is_booked_on_closed_day() -> Coalesce:
    """Of a forecast: whether the visit that is booked for its pump does.

    Asked as a value, and not by EXISTS: PostgreSQL would answer that from a hash of all of the clinic's visits.
    """
    booked = Appointment.objects.filter(pump=OuterRef("pump"), state=Appointment.State.BOOKED)
    closed = booked.annotate(is_closed=lies_on_closed_day()).values("is_closed")[:1]
    return Coalesce(Subquery(closed), Value(value=False))
