"""How urgent a pump is, said in SQL: the same as `alerts.rules` finds in Python, which a test holds it to."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import (
    BooleanField,
    Case,
    DateField,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Q,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.utils import timezone

from alerts.policy import steps_of
from alerts.rules import Tier
from itb.accounts.models import Clinic
from refills.closed_visits import is_booked_on_closed_day

SHIFT: Final = ExpressionWrapper(F("earliest_empty_at") - F("danger_at"), DurationField())
"""How much earlier every step comes for this patient: what lies between the two moments."""


def rank(clinic: Clinic, now: datetime) -> Case:
    """The number of the tier that a forecast has at `now`."""
    return Case(
        When(is_critical(clinic, now), then=Tier.CRITICAL),
        When(_is_urgent(clinic, now), then=Tier.URGENT),
        When(_is_due(clinic, now), then=Tier.DUE),
        default=Tier.ROUTINE,
        output_field=IntegerField(),
    )


def is_critical(clinic: Clinic, now: datetime) -> Q:
    """Unknown, stopped, mismatched, or so near to the alarm or to empty that someone acts the same day.

    What is unknown, stopped or mismatched has no moment of danger: PostgreSQL sees to that (refills 0071).
    """
    before_alarm = timedelta(days=steps_of(clinic).critical_days_before_alarm)
    return Q(danger_at=None) | Q(danger_at__lte=now) | Q(alarm_danger_at__lte=now + before_alarm)


def _is_urgent(clinic: Clinic, now: datetime) -> Q:
    uncovered = ~_is_covered(clinic, now)
    reached = _reached(0, clinic, now) | (_reached(steps_of(clinic).urgent_days, clinic, now) & uncovered)
    return reached | Q(_is_overdue(clinic, now)) | _has("declined_programme")


def _is_due(clinic: Clinic, now: datetime) -> Q:
    reached = _reached(steps_of(clinic).due_days, clinic, now) & ~_is_covered(clinic, now)
    raised = (_has("residual_out_of_limits") & ~_has("residual_followed")) | _has("ran_empty")
    pending = _has("followup_open") | _has("pending_signature")
    return reached | _is_unconfirmed(clinic, now) | _gone_wrong(clinic, now) | raised | pending


def _is_unconfirmed(clinic: Clinic, now: datetime) -> Q:
    """The visit is booked in time, and the step has come at which someone should have confirmed it."""
    waits = Q(visit_is_confirmed=False) & _is_covered(clinic, now)
    return _reached(steps_of(clinic).confirm_days, clinic, now) & waits


def _gone_wrong(clinic: Clinic, now: datetime) -> Q:
    """A visit that comes too late, has passed, was missed, or to which they cannot come."""
    today = timezone.localdate(now, clinic.tz)
    passed = Q(visit_on__lt=today) | Q(visit_on__gt=F("refill_by")) | Q(visit_is_refused=True)
    return Q(refill_by__isnull=False) & (passed | Q(visit_on=None, missed_on__isnull=False))


def _is_overdue(clinic: Clinic, now: datetime) -> Func:
    """Whether the day has passed on which what a refill left should have been looked into."""
    today = timezone.localdate(now, clinic.tz).isoformat()
    path = f'$[*] ? (@.code == "followup_open" && @.due_on < "{today}")'
    return Func(
        F("findings"),
        Value(path),
        function="jsonb_path_exists",
        template="%(function)s(%(expressions)s::jsonpath)",
        output_field=BooleanField(),
    )


def _reached(days: int, clinic: Clinic, now: datetime) -> Q:
    """The step so many days before the refill-by date has come, earlier by the patient's shift: days, no hours."""
    last = timezone.localdate(now, clinic.tz) + timedelta(days=days)
    return Q(refill_by__lte=ExpressionWrapper(Cast(Value(last), DateField()) + SHIFT, DateTimeField()))


def _is_covered(clinic: Clinic, now: datetime) -> Q:
    """A visit is booked that has not passed, comes in time, lies on an open day, and was not refused."""
    today = timezone.localdate(now, clinic.tz)
    in_time = Q(visit_on__gte=today, visit_on__lte=F("refill_by"), visit_is_refused=False)
    return in_time & ~Q(is_booked_on_closed_day())


def _has(code: str) -> Q:
    """Whose forecast found this."""
    return Q(findings__contains=[{"code": code}])
