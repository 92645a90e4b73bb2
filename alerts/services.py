"""What a person can do about an alert."""

from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction

from alerts.ledger import tell, write_event
from alerts.models import Alert, AlertEvent, Policy, SavedView
from alerts.rules import Steps
from itb.accounts.models import Membership
from itb.accounts.services import hold_part
from itb.audit.services import record_act
from itb.outbox.services import supersede
from refills.models import Projection
from refills.policy import margins_of

LONGEST_ACKNOWLEDGEMENT = timedelta(days=3)
SHORTEST_ACKNOWLEDGEMENT = timedelta(hours=4)  # so that whoever took a late one has time to act


class AlertClosedError(Exception):
    """The alert was closed while the form was open."""


class NotYoursToResolveError(Exception):
    """Only facts close this kind of alert."""


@transaction.atomic
def acknowledge_alert(*, alert: Alert, note: str, by: Membership, at: datetime) -> Alert:
    """Say that `by` has taken it, with a note. It ends by itself; nothing leaves any list. Raises AlertClosedError."""
    hold_part(by)  # nothing comes into the hands of one who is leaving
    alert = _lock(alert)
    alert.state = Alert.State.ACKNOWLEDGED
    alert.acknowledged_at, alert.acknowledged_by, alert.note = at, by.user, note
    alert.acknowledged_until = acknowledged_until(alert, at)
    alert.save(update_fields=["state", "acknowledged_at", "acknowledged_by", "note", "acknowledged_until"])
    write_event(alert, AlertEvent.Verb.ACKNOWLEDGED, at, by.user_id, note)
    supersede(topic=f"alert:{alert.pk}")
    Projection.objects.filter(pump=alert.pump_id).update(review_at=at)
    record_act(verb="alert.acknowledged", subject=alert, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return alert


@transaction.atomic
def resolve_alert(*, alert: Alert, note: str, by: Membership, at: datetime) -> Alert:
    """Settle what a fact raised, for that fact for good. Raises AlertClosedError, NotYoursToResolveError."""
    alert = _lock(alert)
    if not alert.occasion:
        raise NotYoursToResolveError
    alert.state, alert.closed_at, alert.resolved_occasion, alert.note = (
        Alert.State.CLOSED,
        at,
        alert.occasion,
        note,
    )
    alert.save(update_fields=["state", "closed_at", "resolved_occasion", "note"])
    write_event(alert, AlertEvent.Verb.CLOSED, at, by.user_id, note)
    supersede(topic=f"alert:{alert.pk}")
    record_act(verb="alert.resolved", subject=alert, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return alert


@transaction.atomic
def hand_over_alerts(
    *, leaving: Membership, successor: Membership | None, by: Membership | None, at: datetime
) -> int:
    """Give what `leaving` had acknowledged in the clinic to `successor`, who is told; how many alerts it was.

    Until when it is acknowledged stays. Without a successor each opens again, and everyone who is told hears of it.
    `by` is None for whoever runs the server.
    """
    held = Alert.objects.visible_to(leaving).filter(
        state=Alert.State.ACKNOWLEDGED, acknowledged_by=leaving.user_id
    )
    projections = Projection.objects.select_for_update(of=("self",)).order_by("pk")
    list(
        projections.filter(pump__in=held.values("pump")).values_list("pk")
    )  # in the sweep's own order: see _lock
    alerts = list(held.select_for_update(of=("self",)))
    for alert in alerts:
        alert.note = f"From {leaving.user}: {alert.note}"
        _pass_on(alert, successor, by.user_id if by else None, at)
    return len(alerts)


def _pass_on(alert: Alert, successor: Membership | None, by_id: int | None, at: datetime) -> None:
    if successor:
        alert.acknowledged_by, verb = successor.user, AlertEvent.Verb.HANDED_OVER
    else:
        alert.state, verb = Alert.State.OPEN, AlertEvent.Verb.ORPHANED
    alert.save(update_fields=["acknowledged_by", "state", "note"])
    tell(alert, write_event(alert, verb, at, by_id), at, only=successor)
    record_act(verb=f"alert.{verb}", subject=alert, clinic_id=alert.clinic_id, by_id=by_id, at=at)


@transaction.atomic
def change_steps(*, steps: Steps, because: str = "", by: Membership, at: datetime) -> Policy:
    """Set the clinic's reminder steps. The sweep looks at every pump of the clinic again at once."""
    policy, _ = Policy.objects.update_or_create(
        clinic=by.clinic, defaults={**asdict(steps), "changed_because": because}
    )
    rows = Projection.objects.visible_to(by)
    # In the order of `change_margins`: two administrators at once stand in line.
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    rows.update(review_at=at)
    record_act(verb="policy.changed", subject=policy, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return policy


def acknowledged_until(alert: Alert, at: datetime) -> datetime:
    """When an acknowledgement given at `at` runs out: three days at most, and before the margin is used up."""
    until = at + LONGEST_ACKNOWLEDGEMENT
    row = Projection.objects.select_related("pump__patient__clinic__refill_policy").get(pump=alert.pump_id)
    if row.earliest_empty_at is not None:
        margin = timedelta(days=margins_of(row.pump.patient.clinic).margin_days)
        until = min(until, row.earliest_empty_at - margin)
    return max(until, at + SHORTEST_ACKNOWLEDGEMENT)


def _lock(alert: Alert) -> Alert:
    """The alert, locked in the sweep's own order: first the pump's projection, then what hangs on it."""
    Projection.objects.select_for_update(of=("self",)).get(pump=alert.pump_id)
    locked = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    if locked.state == Alert.State.CLOSED:
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
