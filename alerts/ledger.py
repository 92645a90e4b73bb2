"""From findings to alerts and letters: opens, raises, escalates, reopens, closes. One transaction with the sweep."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from alerts.duty import told
from alerts.escalation import Hop, day_of, escalation_of, hops, leaves_at
from alerts.models import Alert, AlertEvent
from alerts.moves import BEGINS_TO_WAIT, MOVED, State, Verb, begin_to_wait, move
from alerts.rules import Finding, Kind, Tier
from itb.accounts.models import Membership
from itb.outbox.models import Letter
from itb.outbox.services import enqueue, supersede
from patients.models import Pump

LETTERS = {
    Tier.ROUTINE: "alerts/routine",
    Tier.DUE: "alerts/due",
    Tier.URGENT: "alerts/urgent",
    Tier.CRITICAL: "alerts/critical",
}
GOES_TO_OTHERS = frozenset({Verb.ESCALATED, Verb.PASSED, Verb.HANDED_OVER})


def open_alerts(pump_ids: Iterable[int]) -> dict[int, list[Alert]]:
    """The open alerts of these pumps, by pump."""
    found: dict[int, list[Alert]] = defaultdict(list)
    for alert in Alert.objects.open().filter(pump_id__in=list(pump_ids)):
        found[alert.pump_id].append(alert)
    return found


def settle(
    *, pump: Pump, clinic_id: int, findings: Sequence[Finding], alerts: Sequence[Alert], at: datetime
) -> list[datetime]:
    """Make the pump's open `alerts` agree with `findings`. Returns when something about them comes due."""
    wanted = {finding.kind for finding in findings}
    for alert in alerts:
        if Kind(alert.kind) not in wanted:
            _close(alert, at)
    return add(pump=pump, clinic_id=clinic_id, findings=findings, alerts=alerts, at=at)


def add(
    *, pump: Pump, clinic_id: int, findings: Sequence[Finding], alerts: Sequence[Alert], at: datetime
) -> list[datetime]:
    """Open or change what is found, and close nothing. Returns when an owner's time is up, or a hop comes."""
    standing = {Kind(alert.kind): alert for alert in alerts if alert.state != State.CLOSED}
    for alert in standing.values():
        alert.pump = pump
    for finding in findings:
        if finding.kind in standing:
            _change(standing[finding.kind], finding, at)
        elif not _settled_before(pump, finding):
            standing[finding.kind] = _open(pump, clinic_id, finding, at)
    moments = (_next_moment(alert, at) for alert in standing.values())
    return [moment for moment in moments if moment]


def _next_moment(alert: Alert, at: datetime) -> datetime | None:
    """What the sweep must come back for: the owner's time is up, or nobody has taken it and more people are told."""
    if alert.is_in_hand:
        return alert.acknowledged_until
    reached, ahead = where_it_stands(alert, at)
    if reached and reached.step > alert.hop:
        _escalate(alert, reached, at)
    return ahead.at if ahead else None


def where_it_stands(alert: Alert, at: datetime) -> tuple[Hop | None, Hop | None]:
    """The last hop that has come, and the first that is ahead."""
    reached: Hop | None = None
    for hop in hops_of(alert):
        if at < hop.at:
            return reached, hop
        reached = hop
    return reached, None


def hops_of(alert: Alert) -> Iterator[Hop]:
    """The hops of an alert that waits for somebody, by its clinic's timers."""
    clinic = alert.pump.patient.clinic
    since = alert.waits_since or alert.opened_at
    return hops(Tier(alert.tier), since, escalation_of(clinic), day_of(clinic))


def _escalate(alert: Alert, hop: Hop, at: datetime) -> None:
    """Tell more people, once a hop: of several that were slept over, the farthest."""
    move(alert, Verb.ESCALATED, at)
    alert.hop = hop.step
    alert.save(update_fields=["hop"])
    event = AlertEvent(
        alert=alert, at=at, verb=Verb.ESCALATED, tier=alert.tier, round=alert.round, step=hop.step
    )
    event.save()
    tell(alert, event, at)


def _settled_before(pump: Pump, finding: Finding) -> bool:
    """Whether a person has resolved this very occasion."""
    if not finding.occasion:
        return False
    return Alert.objects.filter(
        pump=pump, kind=finding.kind.value, resolved_occasion=finding.occasion
    ).exists()


def _open(pump: Pump, clinic_id: int, finding: Finding, at: datetime) -> Alert:
    alert = Alert(
        pump=pump,
        clinic_id=clinic_id,
        kind=finding.kind.value,
        tier=finding.tier,
        occasion=finding.occasion,
        sentence=finding.sentence,
        opened_at=at,
    )
    begin_to_wait(alert, at)
    alert.save()
    tell(alert, write_event(alert, Verb.OPENED, at), at + finding.patience)
    return alert


def _change(alert: Alert, finding: Finding, at: datetime) -> None:
    """Bring an open alert to what is found now. Having it in hand for one thing says nothing about another."""
    verb = _what_changed(alert, finding, at)
    if verb is None and alert.sentence == finding.sentence:
        return
    alert.tier, alert.sentence, alert.occasion = finding.tier, finding.sentence, finding.occasion
    if verb is not None:
        move(alert, verb, at)
    alert.save(update_fields=["tier", "sentence", "occasion", *MOVED])
    if verb is not None:
        event = write_event(alert, verb, at)
        if verb in BEGINS_TO_WAIT:
            tell(alert, event, at + finding.patience)


def _what_changed(alert: Alert, finding: Finding, at: datetime) -> Verb | None:
    if finding.tier > alert.tier:
        return Verb.RAISED
    if alert.is_in_hand and alert.acknowledged_until and at >= alert.acknowledged_until:
        return Verb.EXPIRED
    if finding.tier < alert.tier:
        return Verb.LOWERED
    moved_on = (finding.sentence, finding.occasion) != (alert.sentence, alert.occasion)
    if moved_on and (alert.is_in_hand or finding.occasion != alert.occasion):
        return Verb.CHANGED
    return None


def _close(alert: Alert, at: datetime) -> None:
    move(alert, Verb.CLOSED, at)
    alert.closed_at = at
    alert.save(update_fields=["closed_at", *MOVED])
    write_event(alert, Verb.CLOSED, at)
    supersede(topic=f"alert:{alert.pk}")


def write_event(
    alert: Alert, verb: Verb, at: datetime, by_id: int | None = None, note: str = ""
) -> AlertEvent:
    """Append a step to the alert's life."""
    return AlertEvent.objects.create(alert=alert, at=at, verb=verb, tier=alert.tier, by_id=by_id, note=note)


def tell(alert: Alert, event: AlertEvent, at: datetime, only: Membership | None = None) -> None:
    """Owe those on whom `event` falls, or one, a letter from `at` on."""
    tier, clinic = Tier(alert.tier), alert.pump.patient.clinic
    leaves = leaves_at(tier, at, escalation_of(clinic), day_of(clinic))
    enqueue(
        key=f"alert:{alert.pk}:event:{event.pk}",
        recipients=[only] if only else told(alert, event, leaves),
        topic=f"alert:{alert.pk}",
        template=LETTERS[tier],
        is_critical=tier == Tier.CRITICAL,
        at=at,
        pace=_pace(tier, Verb(event.verb), waits=leaves > at),
    )


def _pace(tier: Tier, verb: Verb, *, waits: bool) -> Letter.Pace | None:
    """With the digest or before it; None: as its words usually leave. What goes to others waits for no digest."""
    if tier == Tier.CRITICAL:
        return None
    if verb in GOES_TO_OTHERS and (tier < Tier.URGENT or not waits):
        return Letter.Pace.BUDGET
    return Letter.Pace.DIGEST if waits else None
