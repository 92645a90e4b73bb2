"""An alert's life as a page tells it: what has happened, who was told of it, and what comes next and when."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alerts.duty import told
from alerts.escalation import Hop
from alerts.ledger import where_it_stands
from alerts.models import Alert, AlertEvent
from itb.outbox.models import Letter

State = Alert.State
Verb = AlertEvent.Verb

SENTENCES: Mapping[Verb, str] = {
    Verb.OPENED: "It opened.",
    Verb.RAISED: "It became more urgent.",
    Verb.LOWERED: "It became less urgent.",
    Verb.CHANGED: "It is about something else now, and opened again.",
    Verb.ACKNOWLEDGED: "{who} took it.",
    Verb.PASSED: "{who} passed it to a colleague.",
    Verb.SNOOZED: "{who} let it rest.",
    Verb.EXPIRED: "Time was up, and it opened again.",
    Verb.ESCALATED: "Nobody had taken it: the word went further.",
    Verb.HANDED_OVER: "It was handed over from one who left or is away.",
    Verb.ORPHANED: "Whoever had it left or is away, and it opened again.",
    Verb.CLOSED: "It closed.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, in a sentence, and who was to be told of it."""

    event: AlertEvent
    sentence: str
    told: list[str]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What happens at a moment unless somebody does something before."""

    at: datetime
    words: str


def life_of(alert: Alert) -> list[Step]:
    """Every step, the newest first."""
    people = _told_of(alert)
    events = alert.events.select_related("by").order_by("-id")
    return [
        Step(each, SENTENCES[Verb(each.verb)].format(who=each.by or "Somebody"), people[each.pk])
        for each in events
    ]


def _told_of(alert: Alert) -> dict[int, list[str]]:
    """By event, the names of those to whom its letters go."""
    found: dict[int, list[str]] = defaultdict(list)
    letters = Letter.objects.filter(topic=f"alert:{alert.pk}", recipient__isnull=False)
    for letter in letters.select_related("recipient__user").order_by("id"):
        _, _, _, event, *_ = letter.key.split(":")
        found[int(event)].append(letter.addressee)
    return found


def ahead_of(alert: Alert, at: datetime) -> Ahead | None:
    """What comes next of itself. None: nothing does."""
    if alert.state == State.CLOSED:
        return None
    if alert.is_in_hand:
        until = alert.acknowledged_until
        return Ahead(until, "it opens again") if until else None
    _, hop = where_it_stands(alert, at)
    return Ahead(hop.at, f"{hop.reach.value} hears") if hop else None


def named(alert: Alert, at: datetime) -> list[str]:
    """Who would be told by the next hop, as the clinic's people are at its moment."""
    hop = _next_hop(alert, at)
    if hop is None:
        return []
    event = AlertEvent(alert=alert, at=hop.at, verb=Verb.ESCALATED, tier=alert.tier, step=hop.step)
    return [str(member.user) for member in told(alert, event, hop.at)]


def is_at_its_end(alert: Alert, at: datetime) -> bool:
    """Whether everyone has been told and nobody has taken it: what is left is the telephone."""
    reached, ahead = where_it_stands(alert, at)
    return alert.state == State.OPEN and reached is not None and (ahead is None or reached.step > 1)


def _next_hop(alert: Alert, at: datetime) -> Hop | None:
    return where_it_stands(alert, at)[1] if alert.state == State.OPEN else None
