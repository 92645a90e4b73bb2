"""What is so around some pumps of one clinic, fetched together: a fixed number of queries, however many they are."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from alerts.models import Alert
from alerts.rules import Around, Kind, Tier, Undelivered
from itb.accounts.models import Clinic, Membership
from itb.outbox.models import Letter
from patients.models import Pump
from refills.models import DrugOrder, Interrogation, Projection, Refill
from refills.plans import Planner

REFUSED: Final = frozenset({"dead", "bounced"})
"""Letters that will reach nobody."""
KEEPS_ORDERS: Final = timedelta(days=400)
"""A clinic that has ordered here within this time keeps its orders here: where one is wanting, it is not ordered."""
SETTLED: Final = frozenset({Interrogation.Alarm.LOW, Interrogation.Alarm.EMPTY})
"""What a refill itself settles, where it was heard before."""


@dataclass(frozen=True, slots=True)
class Alarmed:
    """What the pump's log told at its last refill."""

    refill: str
    words: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For people."""
        return f"At the last refill the pump's log told of: {', '.join(self.words)}." if self.words else ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the findings beside the reservoir rest on."""

    planner: Planner
    keeps_orders: bool
    is_anyone_told: bool
    alarmed: Mapping[int, Alarmed]
    """By pump."""
    undelivered: Mapping[int, tuple[Undelivered, ...]]
    """By pump."""

    @classmethod
    def of(cls, clinic: Clinic, pumps: Collection[Pump], alerts: Iterable[Alert], at: datetime) -> Self:
        """For `pumps`, all of `clinic`, and their open `alerts`."""
        ordered = DrugOrder.objects.filter(pump__clinic=clinic, recorded_at__gt=at - KEEPS_ORDERS)
        return cls(
            planner=Planner.of(clinic, pumps, at),
            keeps_orders=ordered.exists(),
            is_anyone_told=Membership.objects.told().filter(clinic=clinic).exists(),
            alarmed=_alarmed(pumps),
            undelivered=_undelivered(alerts),
        )

    def around(self, row: Projection) -> Around:
        """Of one of the pumps, whose forecast this is."""
        plan = self.planner.plan(row.pump, row.refill_by)
        alarmed = self.alarmed.get(row.pump_id)
        needs_order = self.keeps_orders and plan.ordered_on is None
        return Around(
            alarms=alarmed.sentence if alarmed else "",
            alarms_of=alarmed.refill if alarmed else "",
            replacement_on=row.pump.replacement_on,
            is_reachable=row.is_reachable,
            is_anyone_told=self.is_anyone_told,
            undelivered=self.undelivered.get(row.pump_id, ()),
            order_on=plan.order.on if needs_order else None,
            authorised_until=plan.authorised.ends_on if plan.authorised else None,
            authorisation_days=plan.authorisation_days,
        )


def _alarmed(pumps: Collection[Pump]) -> dict[int, Alarmed]:
    last = Refill.objects.standing().filter(pump__in=pumps).order_by("pump", "-at").distinct("pump")
    refills = {refill.pk: refill for refill in last}
    told: dict[int, list[str]] = defaultdict(list)
    for each in Interrogation.objects.filter(refill__in=refills).exclude(alarms=[]).order_by("id"):
        settled = SETTLED if each.moment == Interrogation.Moment.BEFORE else ()
        told[each.refill_id] += [alarm for alarm in each.alarms if alarm not in settled]
    return {
        refills[number].pump_id: Alarmed(refills[number].at.isoformat(), _words(alarms))
        for number, alarms in told.items()
    }


def _words(alarms: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(Interrogation.Alarm(alarm).label).lower() for alarm in dict.fromkeys(alarms))


def _undelivered(alerts: Iterable[Alert]) -> dict[int, tuple[Undelivered, ...]]:
    """By pump, of the alerts that nobody has taken: each of which a recipient's last letter was refused."""
    untaken = {
        f"alert:{alert.pk}": alert
        for alert in alerts
        if alert.state == Alert.State.OPEN and alert.kind != Kind.UNDELIVERED.value
    }
    found: dict[int, list[Undelivered]] = defaultdict(list)
    for topic, states in _last_states(untaken).items():
        if states & REFUSED:
            alert = untaken[topic]
            is_critical, is_all = alert.tier == Tier.CRITICAL, states <= REFUSED
            found[alert.pump_id].append(Undelivered(Kind(alert.kind), is_critical, is_all))
    return {pump: tuple(refused) for pump, refused in found.items()}


def _last_states(topics: Collection[str]) -> dict[str, set[str]]:
    """By topic, how the last letter to each of its recipients stands."""
    if not topics:
        return {}
    letters = Letter.objects.filter(topic__in=list(topics), recipient__isnull=False)
    last = letters.order_by("topic", "recipient", "-id").distinct("topic", "recipient")
    states: dict[str, set[str]] = defaultdict(set)
    for topic, state in last.values_list("topic", "state"):
        states[topic].add(state)
    return states
