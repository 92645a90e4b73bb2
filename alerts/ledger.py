"""From findings to alerts and letters: opens, raises, lowers, reopens and closes. One transaction with the sweep."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from alerts.models import Alert, AlertEvent
from alerts.rules import Finding, Kind, Tier
from itb.accounts.models import Membership
from itb.outbox.services import enqueue, supersede
from patients.models import Pump

Verb = AlertEvent.Verb
LETTERS = {Tier.DUE: "alerts/due", Tier.URGENT: "alerts/urgent", Tier.CRITICAL: "alerts/critical"}


def open_alerts(pump_ids: Iterable[int]) -> dict[int, list[Alert]]:
    """The open alerts of these pumps, by pump."""
    found: dict[int, list[Alert]] = defaultdict(list)
    for alert in Alert.objects.open().filter(pump_id__in=list(pump_ids)):
        found[alert.pump_id].append(alert)
    return found


def settle(
    *, pump: Pump, clinic_id: int, findings: Iterable[Finding], alerts: Iterable[Alert], at: datetime
) -> list[datetime]:
    """Make the pump's open `alerts` agree with `findings`. Returns when acknowledgements run out."""
    standing = {Kind(alert.kind): alert for alert in alerts}
    wanted = {finding.kind: finding for finding in findings}
    for kind, alert in standing.items():
        if kind not in wanted:
            _close(alert, at)
    for kind, finding in wanted.items():
        if kind in standing:
            _change(standing[kind], finding, at)
        elif not _settled_before(pump, finding):
            _open(pump, clinic_id, finding, at)
    return [
        alert.acknowledged_until
        for kind, alert in standing.items()
        if kind in wanted and alert.state == Alert.State.ACKNOWLEDGED and alert.acknowledged_until
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
    write_event(alert, Verb.OPENED, at)
    _tell(alert, f"alert:{alert.pk}:{alert.tier}", at)


def _change(alert: Alert, finding: Finding, at: datetime) -> None:
    before = alert.tier
    ran_out = (
        alert.state == Alert.State.ACKNOWLEDGED
        and alert.acknowledged_until
        and at >= alert.acknowledged_until
    )
    if (before, alert.sentence, alert.occasion) == (
        finding.tier,
        finding.sentence,
        finding.occasion,
    ) and not ran_out:
        return
    alert.tier, alert.sentence, alert.occasion = finding.tier, finding.sentence, finding.occasion
    if ran_out or finding.tier > before:
        # Having acknowledged one step says nothing about the next.
        alert.state = Alert.State.OPEN
    alert.save()
    if finding.tier != before:
        write_event(alert, Verb.RAISED if finding.tier > before else Verb.LOWERED, at)
        _tell(alert, f"alert:{alert.pk}:{alert.tier}", at)
    elif ran_out:
        write_event(alert, Verb.EXPIRED, at)
        _tell(alert, f"alert:{alert.pk}:{alert.tier}:{alert.acknowledged_until:%Y%m%dT%H%M%S}", at)


def _close(alert: Alert, at: datetime) -> None:
    alert.state, alert.closed_at = Alert.State.CLOSED, at
    alert.save()
    write_event(alert, Verb.CLOSED, at)
    supersede(topic=f"alert:{alert.pk}")


def write_event(alert: Alert, verb: Verb, at: datetime, by_id: int | None = None, note: str = "") -> None:
    """Append a step to the alert's life."""
    AlertEvent.objects.create(alert=alert, at=at, verb=verb, tier=alert.tier, by_id=by_id, note=note)


def _tell(alert: Alert, key: str, at: datetime) -> None:
    """Owe a letter to everyone of the clinic who is told; a routine step stays on the screen."""
    template = LETTERS.get(Tier(alert.tier))
    if template:
        enqueue(
            key=key,
            recipients=Membership.objects.told().filter(clinic_id=alert.clinic_id),
            topic=f"alert:{alert.pk}",
            template=template,
            is_critical=alert.tier == Tier.CRITICAL,
            at=at,
        )
