"""From findings to alerts and letters: opens, raises, lowers, reopens and closes. One transaction with the sweep."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from alerts.models import Alert, AlertEvent
from alerts.rules import Finding, Kind, Tier
from itb.accounts.models import Membership
from itb.outbox.services import enqueue, supersede
from patients.models import Pump

Verb = AlertEvent.Verb
OPENS_AGAIN = frozenset({Verb.RAISED, Verb.EXPIRED, Verb.CHANGED})
LETTERS = {
    Tier.ROUTINE: "alerts/routine",
    Tier.DUE: "alerts/due",
    Tier.URGENT: "alerts/urgent",
    Tier.CRITICAL: "alerts/critical",
}


def open_alerts(pump_ids: Iterable[int]) -> dict[int, list[Alert]]:
    """The open alerts of these pumps, by pump."""
    found: dict[int, list[Alert]] = defaultdict(list)
    for alert in Alert.objects.open().filter(pump_id__in=list(pump_ids)):
        found[alert.pump_id].append(alert)
    return found


def settle(
    *, pump: Pump, clinic_id: int, findings: Sequence[Finding], alerts: Sequence[Alert], at: datetime
) -> list[datetime]:
    """Make the pump's open `alerts` agree with `findings`. Returns when acknowledgements run out."""
    wanted = {finding.kind for finding in findings}
    for alert in alerts:
        if Kind(alert.kind) not in wanted:
            _close(alert, at)
    return add(pump=pump, clinic_id=clinic_id, findings=findings, alerts=alerts, at=at)


def add(
    *, pump: Pump, clinic_id: int, findings: Sequence[Finding], alerts: Sequence[Alert], at: datetime
) -> list[datetime]:
    """Open or change what is found, and close nothing. Returns when acknowledgements run out."""
    standing = {Kind(alert.kind): alert for alert in alerts if alert.state != Alert.State.CLOSED}
    for finding in findings:
        if finding.kind in standing:
            _change(standing[finding.kind], finding, at)
        elif not _settled_before(pump, finding):
            _open(pump, clinic_id, finding, at)
    return [
        alert.acknowledged_until
        for alert in standing.values()
        if alert.state == Alert.State.ACKNOWLEDGED and alert.acknowledged_until
    ]


def _settled_before(pump: Pump, finding: Finding) -> bool:
    """Whether a person has resolved this very occasion."""
    if not finding.occasion:
        return False
    return Alert.objects.filter(
        pump=pump, kind=finding.kind.value, resolved_occasion=finding.occasion
    ).exists()


def _open(pump: Pump, clinic_id: int, finding: Finding, at: datetime) -> None:
    alert = Alert.objects.create(
        pump=pump,
        clinic_id=clinic_id,
        kind=finding.kind.value,
        tier=finding.tier,
        occasion=finding.occasion,
        sentence=finding.sentence,
        opened_at=at,
    )
    tell(alert, write_event(alert, Verb.OPENED, at), at + finding.patience)


def _change(alert: Alert, finding: Finding, at: datetime) -> None:
    """Bring an open alert to what is found now. Having acknowledged one thing says nothing about another."""
    verb = _what_changed(alert, finding, at)
    if verb is None and alert.sentence == finding.sentence:
        return
    alert.tier, alert.sentence, alert.occasion = finding.tier, finding.sentence, finding.occasion
    if verb in OPENS_AGAIN:
        alert.state = Alert.State.OPEN
    alert.save(update_fields=["tier", "sentence", "occasion", "state"])
    if verb is not None:
        event = write_event(alert, verb, at)
        if verb in OPENS_AGAIN:
            tell(alert, event, at + finding.patience)


def _what_changed(alert: Alert, finding: Finding, at: datetime) -> Verb | None:
    if finding.tier > alert.tier:
        return Verb.RAISED
    acknowledged = alert.state == Alert.State.ACKNOWLEDGED
    if acknowledged and alert.acknowledged_until and at >= alert.acknowledged_until:
        return Verb.EXPIRED
    if finding.tier < alert.tier:
        return Verb.LOWERED
    moved_on = (finding.sentence, finding.occasion) != (alert.sentence, alert.occasion)
    if moved_on and (acknowledged or finding.occasion != alert.occasion):
        return Verb.CHANGED
    return None


def _close(alert: Alert, at: datetime) -> None:
    alert.state, alert.closed_at = Alert.State.CLOSED, at
    alert.save(update_fields=["state", "closed_at"])
    write_event(alert, Verb.CLOSED, at)
    supersede(topic=f"alert:{alert.pk}")


def write_event(
    alert: Alert, verb: Verb, at: datetime, by_id: int | None = None, note: str = ""
) -> AlertEvent:
    """Append a step to the alert's life."""
    return AlertEvent.objects.create(alert=alert, at=at, verb=verb, tier=alert.tier, by_id=by_id, note=note)


def tell(alert: Alert, event: AlertEvent, at: datetime, only: Membership | None = None) -> None:
    """Owe everyone of the clinic who is told, or one, a letter about `event` from `at` on."""
    told = Membership.objects.told().filter(clinic_id=alert.clinic_id)
    enqueue(
        key=f"alert:{alert.pk}:event:{event.pk}",
        recipients=[only] if only else told,
        topic=f"alert:{alert.pk}",
        template=LETTERS[Tier(alert.tier)],
        is_critical=alert.tier == Tier.CRITICAL,
        at=at,
    )
