"""What a person can do about an alert."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from alerts.duty import there_for
from alerts.escalation import midnight
from alerts.ledger import written
from alerts.models import Absence, Alert, Policy, SavedView
from alerts.moves import MOVED, State, Verb, move
from alerts.policy import steps_of
from alerts.rules import Steps, Tier
from itb.accounts.models import Membership
from itb.accounts.services import hold_part
from itb.audit.services import record_act
from itb.outbox.models import Letter
from itb.outbox.services import supersede
from refills.models import Projection
from refills.policy import margins_of

LONGEST_ACKNOWLEDGEMENT = timedelta(days=3)
ACKNOWLEDGED_UNKNOWN = timedelta(hours=12)  # withdrawal comes within a day or two: the next shift looks again
SHORTEST_ACKNOWLEDGEMENT = timedelta(hours=4)  # so that whoever took a late one has time to act

TAKEN: Final = ("acknowledged_at", "acknowledged_by", "acknowledged_until", "note", "next_on")
OF_ITS_CLINIC: Final = (
    "pump__patient__clinic__refill_policy",
    "pump__patient__clinic__escalation_policy",
    "pump__patient__clinic__letter_policy",
)


class AlertClosedError(Exception):
    """The alert was closed while the form was open."""


class TooLongError(Exception):
    """Nothing rests so long: the drug in the pump does not allow it, or nobody can tell."""


class NotYoursToResolveError(Exception):
    """Only facts close this kind of alert."""


@transaction.atomic
def acknowledge_alert(
    *, alert: Alert, note: str, next_on: date | None = None, by: Membership, at: datetime
) -> Alert:
    """Say that `by` has taken it, with a note and the day they go on with it; without one it lasts as long as it may.

    It ends by itself; nothing leaves any list. Raises AlertClosedError.
    """
    hold_part(by)  # nothing comes into the hands of one who is leaving
    alert = _lock(alert)
    until = acknowledged_until(alert, at, by, next_on)
    _take(alert, Verb.ACKNOWLEDGED, note=note, next_on=next_on, until=until, by=by, at=at)
    record_act(verb="alert.acknowledged", subject=alert, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return alert


@transaction.atomic
def snooze_alert(*, alert: Alert, until: datetime, note: str, by: Membership, at: datetime) -> Alert:
    """Let it rest until a moment, with the reason. Becoming more urgent ends it early, and so does another occasion.

    Raises AlertClosedError, and TooLongError for a moment past what the drug allows, or where nobody can tell.
    """
    hold_part(by)
    alert = _lock(alert)
    latest = snoozable_until(alert, at)
    if latest is None or not at < until <= latest:
        raise TooLongError
    _take(alert, Verb.SNOOZED, note=note, next_on=None, until=until, by=by, at=at)
    record_act(verb="alert.snoozed", subject=alert, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return alert


def _take(
    alert: Alert,
    verb: Verb,
    *,
    note: str,
    next_on: date | None,
    until: datetime,
    by: Membership,
    at: datetime,
) -> None:
    """Put it into the hands of `by`: what waits to be told is taken back, and the sweep comes back when time is up."""
    move(alert, verb, at)
    alert.acknowledged_at, alert.acknowledged_by, alert.acknowledged_until = at, by.user, until
    alert.note, alert.next_on = note, next_on
    alert.save(update_fields=[*MOVED, *TAKEN])
    with written() as book:
        book.note(alert, verb, at, by_id=by.user_id, note=note)
    supersede(topic=f"alert:{alert.pk}")
    Projection.objects.filter(pump=alert.pump_id).update(review_at=at)


@transaction.atomic
def pass_alert(*, alert: Alert, to: Membership, note: str, by: Membership, at: datetime) -> Alert:
    """Give it to a colleague, who is told at once. Until when it is in hand stays: nobody gains time by passing on.

    Raises AlertClosedError, and MoveRefusedError where nobody has it.
    """
    hold_part(to)
    alert = _lock(alert)
    move(alert, Verb.PASSED, at)
    alert.acknowledged_by, alert.note = to.user, note
    alert.save(update_fields=["acknowledged_by", "note", *MOVED])
    with written() as book:
        book.tell(alert, book.note(alert, Verb.PASSED, at, by_id=by.user_id, note=note), at, only=to)
    record_act(verb="alert.passed", subject=alert, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return alert


@transaction.atomic
def resolve_alert(*, alert: Alert, note: str, by: Membership, at: datetime) -> Alert:
    """Settle what a fact raised, for that fact for good. Raises AlertClosedError, NotYoursToResolveError."""
    alert = _lock(alert)
    if not alert.occasion:
        raise NotYoursToResolveError
    move(alert, Verb.CLOSED, at)
    alert.closed_at, alert.resolved_occasion, alert.note = at, alert.occasion, note
    alert.save(update_fields=["closed_at", "resolved_occasion", "note", *MOVED])
    with written() as book:
        book.note(alert, Verb.CLOSED, at, by_id=by.user_id, note=note)
    supersede(topic=f"alert:{alert.pk}")
    record_act(verb="alert.resolved", subject=alert, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return alert


@transaction.atomic
def hand_over_alerts(
    *, leaving: Membership, successor: Membership | None, by: Membership | None, at: datetime
) -> int:
    """Give what `leaving` had in hand in the clinic to `successor`, who is told; how many alerts it was.

    Until when it is in hand stays. Without a successor each opens again, and everyone who is told hears of it.
    `by` is None for whoever runs the server.
    """
    successor = successor and there_for(successor, at)
    alerts = lock_held(leaving)
    for alert in alerts:
        alert.note = f"From {leaving.user}: {alert.note}"
        _pass_on(alert, successor, by.user_id if by else None, at)
    return len(alerts)


@transaction.atomic
def tell_instead(*, leaving: Membership, at: datetime) -> int:
    """Tell those who are there of what nobody but `leaving` was told of and nobody has taken; how many alerts."""
    here = Membership.objects.active().filter(clinic=leaving.clinic_id)
    about = Letter.objects.filter(topic=Concat(Value("alert:"), Cast(OuterRef("pk"), CharField())))
    untaken = Alert.objects.visible_to(leaving).filter(
        Exists(about.filter(recipient=leaving)), state=State.OPEN
    )
    alone = untaken.exclude(Exists(about.filter(recipient__in=here))).select_related(*OF_ITS_CLINIC)
    with written() as book:
        for alert in alone:
            book.tell(alert, alert.events.latest("id"), at)
    return len(alone)


def lock_held(member: Membership) -> list[Alert]:
    """What `member` has in hand in the clinic, locked in the sweep's own order: see _lock."""
    held = Alert.objects.visible_to(member).in_hand().filter(acknowledged_by=member.user_id)
    projections = Projection.objects.select_for_update(of=("self",)).order_by("pk")
    list(projections.filter(pump__in=held.values("pump")).values_list("pk"))
    return list(held.select_related(*OF_ITS_CLINIC).select_for_update(of=("self",)))


def _pass_on(alert: Alert, successor: Membership | None, by_id: int | None, at: datetime) -> None:
    verb = Verb.HANDED_OVER if successor else Verb.ORPHANED
    move(alert, verb, at)
    if successor:
        alert.acknowledged_by = successor.user
    alert.save(update_fields=["acknowledged_by", "note", *MOVED])
    with written() as book:
        book.tell(alert, book.note(alert, verb, at, by_id=by_id), at, only=successor)
    record_act(verb=f"alert.{verb}", subject=alert, clinic_id=alert.clinic_id, by_id=by_id, at=at)


@transaction.atomic
def change_steps(*, steps: Steps, because: str = "", by: Membership, at: datetime) -> Policy:
    """Set the clinic's reminder steps. The sweep looks at every pump of the clinic again at once."""
    policy, _ = Policy.objects.update_or_create(
        clinic=by.clinic, defaults={**asdict(steps), "changed_because": because}
    )
    Projection.objects.visible_to(by).look_again(at)
    record_act(verb="policy.changed", subject=policy, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return policy


def acknowledged_until(
    alert: Alert, at: datetime, by: Membership | None = None, next_on: date | None = None
) -> datetime:
    """When an acknowledgement given at `at` runs out: three days at most, and before the margin is used up.

    Where nobody can tell how long the drug lasts, or the pump stands still, it holds for half a day. It ends with the
    day on which `by` goes on with it, and before they are away.
    """
    until = at + LONGEST_ACKNOWLEDGEMENT
    row = Projection.objects.select_related(*OF_ITS_CLINIC).get(pump=alert.pump_id)
    clinic = row.pump.patient.clinic
    if row.earliest_empty_at is None or not _is_known(row):
        until = at + ACKNOWLEDGED_UNKNOWN
    else:
        until = min(until, row.earliest_empty_at - timedelta(days=margins_of(clinic).margin_days))
    if next_on is not None:
        until = min(until, midnight(next_on + timedelta(days=1), clinic.tz))
    away_on = next_absence(by, at) if by else None
    if away_on is not None:
        until = min(until, midnight(away_on, clinic.tz))
    return max(until, at + SHORTEST_ACKNOWLEDGEMENT)


def snoozable_until(alert: Alert, at: datetime) -> datetime | None:
    """How long it can rest: up to the next grave step of the countdown. None: not at all.

    A critical one never can; nor can one of a pump of which nobody can tell how long it lasts.
    """
    row = Projection.objects.select_related(*OF_ITS_CLINIC, "pump__patient__clinic__alert_policy").get(
        pump=alert.pump_id
    )
    if alert.tier == Tier.CRITICAL or not _is_known(row):
        return None
    if row.refill_by is None or row.alarm_at is None or row.earliest_empty_at is None:
        return None
    patient = row.pump.patient
    before_alarm = timedelta(days=steps_of(patient.clinic).critical_days_before_alarm)
    ends = (midnight(row.refill_by, patient.clinic.tz), row.alarm_at - before_alarm, row.earliest_empty_at)
    latest = min(ends) - margins_of(patient.clinic).shift(patient)
    return latest if latest > at else None


def _is_known(row: Projection) -> bool:
    """Whether there is a forecast, and of the facts as they are."""
    return row.facts_version == row.pump.facts_version and not row.error


def next_absence(member: Membership, at: datetime) -> date | None:
    """The first day of the absence that is ahead of `member`."""
    today = at.astimezone(member.clinic.tz).date()
    ahead = Absence.objects.standing().filter(member=member, first_on__gt=today)
    return ahead.order_by("first_on").values_list("first_on", flat=True).first()


def _lock(alert: Alert) -> Alert:
    """The alert, locked in the sweep's own order: first the pump's projection, then what hangs on it."""
    Projection.objects.select_for_update(of=("self",)).get(pump=alert.pump_id)
    found = Alert.objects.select_related(*OF_ITS_CLINIC).select_for_update(of=("self",))
    locked = found.get(pk=alert.pk)
    if locked.state == State.CLOSED:
        raise AlertClosedError
    return locked


@transaction.atomic
def keep_view(*, name: str, query: str, by: Membership, at: datetime) -> SavedView:
    """Keep a part of the worklist under a name. The same name for the same part is one. Raises IntegrityError."""
    standing = SavedView.objects.visible_to(by).kept().filter(name=name, query=query).first()
    if standing:
        return standing
    view = SavedView.objects.create(clinic=by.clinic, name=name, query=query, kept_at=at, kept_by=by.user)
    record_act(verb="view.kept", subject=view, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return view


@transaction.atomic
def drop_view(*, view: SavedView, by: Membership, at: datetime) -> None:
    """Take a kept view from the list. Nothing happens where it is gone already."""
    view = SavedView.objects.select_for_update().get(pk=view.pk)
    if view.dropped_at:
        return
    view.dropped_at, view.dropped_by = at, by.user
    view.save(update_fields=["dropped_at", "dropped_by"])
    record_act(verb="view.dropped", subject=view, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
