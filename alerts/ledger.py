"""From findings to alerts and letters: opens, raises, escalates, reopens, closes. One transaction with the sweep.

What is new or changed is kept in a Book and written together: as many statements for fifty pumps as for one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.duty import Rosters, told
from alerts.escalation import Hop, day_of, escalation_of, hops, leaves_at
from alerts.models import Alert, AlertEvent
from alerts.moves import BEGINS_TO_WAIT, MOVED, State, Verb, begin_to_wait, move
from alerts.rules import Finding, Kind, Tier
from itb.accounts.models import Membership
from itb.outbox.models import Letter
from itb.outbox.services import Owed, enqueue, supersede
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


class Book:
    """The alerts, events and letters that a transaction adds and changes, in the order in which they came."""

    def __init__(self) -> None:
        self.opened: list[Alert] = []
        self.changed: dict[tuple[str, ...], list[Alert]] = defaultdict(list)
        """By the columns that changed, so that nobody else's are written over."""
        self.events: list[AlertEvent] = []
        self.ended: list[Alert] = []
        self.tidings: list[Tidings] = []

    def is_settled(self, pump: Pump, finding: Finding) -> bool:
        """Whether a person has resolved this very occasion."""
        if not finding.occasion:
            return False
        settled = Alert.objects.filter(pump=pump, resolved_occasion=finding.occasion)
        return settled.filter(kind=finding.kind.value).exists()

    def open(self, alert: Alert) -> None:
        """Add a new alert."""
        self.opened.append(alert)

    def change(self, alert: Alert, *columns: str) -> None:
        """Write these columns of an alert that is there already."""
        self.changed[columns].append(alert)

    def end(self, alert: Alert) -> None:
        """Take back the letters about it that nobody has read."""
        self.ended.append(alert)

    def note(self, alert: Alert, verb: Verb, at: datetime, **more: Any) -> AlertEvent:
        """Append a step to the alert's life."""
        event = AlertEvent(alert=alert, at=at, verb=verb, tier=alert.tier, **more)
        self.events.append(event)
        return event

    def tell(self, alert: Alert, event: AlertEvent, at: datetime, only: Membership | None = None) -> None:
        """Owe those on whom `event` falls, or one, a letter from `at` on."""
        self.tidings.append(Tidings(alert, event, at, only))

    def write(self) -> None:
        """Write it all; the letters last, since their keys name the alert and the event."""
        Alert.objects.bulk_create(self.opened)
        for columns, alerts in self.changed.items():
            Alert.objects.bulk_update(alerts, columns)
        AlertEvent.objects.bulk_create(self.events)
        for alert in self.ended:
            supersede(topic=f"alert:{alert.pk}")
        rosters = Rosters()
        enqueue(*[each.owed(rosters) for each in self.tidings])


@contextmanager
def written() -> Iterator[Book]:
    """A book that is written where its block ends well."""
    book = Book()
    yield book
    book.write()


@dataclass(frozen=True, slots=True)
class Tidings:
    """That an event is to be told, from a moment on: to one person, or to those on whom it falls."""

    alert: Alert
    event: AlertEvent
    at: datetime
    only: Membership | None

    def owed(self, rosters: Rosters) -> Owed:
        """As letters."""
        alert, tier, clinic = self.alert, Tier(self.alert.tier), self.alert.pump.patient.clinic
        leaves = leaves_at(tier, self.at, escalation_of(clinic), day_of(clinic))
        return Owed(
            key=f"alert:{alert.pk}:event:{self.event.pk}",
            recipients=[self.only] if self.only else told(alert, self.event, leaves, rosters),
            topic=f"alert:{alert.pk}",
            template=LETTERS[tier],
            is_critical=tier == Tier.CRITICAL,
            at=self.at,
            pace=_pace(tier, Verb(self.event.verb), waits=leaves > self.at),
        )


def settle(
    pump: Pump, findings: Sequence[Finding], alerts: Sequence[Alert], at: datetime, book: Book
) -> list[datetime]:
    """Make the pump's open `alerts` agree with `findings`. Returns when something about them comes due."""
    wanted = {finding.kind for finding in findings}
    for alert in alerts:
        if Kind(alert.kind) not in wanted:
            _close(alert, at, book)
    return add(pump, findings, alerts, at, book)


def add(
    pump: Pump, findings: Sequence[Finding], alerts: Sequence[Alert], at: datetime, book: Book
) -> list[datetime]:
    """Open or change what is found, and close nothing. Returns when an owner's time is up, or a hop comes."""
    standing = {Kind(alert.kind): alert for alert in alerts if alert.state != State.CLOSED}
    for alert in standing.values():
        alert.pump = pump
    for finding in findings:
        if finding.kind in standing:
            _change(standing[finding.kind], finding, at, book)
        elif not book.is_settled(pump, finding):
            standing[finding.kind] = _open(pump, finding, at, book)
    moments = (_next_moment(alert, at, book) for alert in standing.values())
    return [moment for moment in moments if moment]


def _next_moment(alert: Alert, at: datetime, book: Book) -> datetime | None:
    """What the sweep must come back for: the owner's time is up, or nobody has taken it and more people are told."""
    if alert.is_in_hand:
        return alert.acknowledged_until
    reached, ahead = where_it_stands(alert, at)
    if reached and reached.step > alert.hop:
        _escalate(alert, reached, at, book)
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


def _escalate(alert: Alert, hop: Hop, at: datetime, book: Book) -> None:
    """Tell more people, once a hop: of several that were slept over, the farthest."""
    move(alert, Verb.ESCALATED, at)
    alert.hop = hop.step
    book.change(alert, "hop")
    book.tell(alert, book.note(alert, Verb.ESCALATED, at, round=alert.round, step=hop.step), at)


def _open(pump: Pump, finding: Finding, at: datetime, book: Book) -> Alert:
    alert = Alert(
        pump=pump,
        clinic_id=pump.clinic_id,
        kind=finding.kind.value,
        tier=finding.tier,
        occasion=finding.occasion,
        sentence=finding.sentence,
        opened_at=at,
    )
    begin_to_wait(alert, at)
    book.open(alert)
    book.tell(alert, book.note(alert, Verb.OPENED, at), at + finding.patience)
    return alert


def _change(alert: Alert, finding: Finding, at: datetime, book: Book) -> None:
    """Bring an open alert to what is found now. Having it in hand for one thing says nothing about another."""
    verb = _what_changed(alert, finding, at)
    if verb is None and alert.sentence == finding.sentence:
        return
    alert.tier, alert.sentence, alert.occasion = finding.tier, finding.sentence, finding.occasion
    if verb is not None:
        move(alert, verb, at)
    book.change(alert, "tier", "sentence", "occasion", *MOVED)
    if verb is not None:
        event = book.note(alert, verb, at)
        if verb in BEGINS_TO_WAIT:
            book.tell(alert, event, at + finding.patience)


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


def _close(alert: Alert, at: datetime, book: Book) -> None:
    move(alert, Verb.CLOSED, at)
    alert.closed_at = at
    book.change(alert, "closed_at", *MOVED)
    book.note(alert, Verb.CLOSED, at)
    book.end(alert)


def _pace(tier: Tier, verb: Verb, *, waits: bool) -> Letter.Pace | None:
    """With the digest or before it; None: as its words usually leave. What goes to others waits for no digest."""
    if tier == Tier.CRITICAL:
        return None
    if verb in GOES_TO_OTHERS and (tier < Tier.URGENT or not waits):
        return Letter.Pace.BUDGET
    return Letter.Pace.DIGEST if waits else None
