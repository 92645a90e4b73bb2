"""Who is on duty, who stands in for whom, and who is told of what becomes of an alert.

Told are nurses and prescribers. One who is away is not; their cover is, in their stead. The patient's own clinician
hears first; the others by hops. Where nobody is left it is the clinic's lead, else its administrators.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Subquery

from alerts.escalation import Reach, reach_of
from alerts.models import Absence, Alert, AlertEvent, Lead
from alerts.rules import Tier
from itb.accounts.models import Clinic, Membership
from itb.accounts.permissions import Role
from itb.outbox.models import Bounce, Letter

CRITICAL_BY: Final = 2
"""A critical alert reaches two people at once, or nobody can say that one of them is not asleep."""
FEWEST: Final = 2
"""One may be ill, or have a mailbox that refuses: fewer on duty is said on the page."""
Verb = AlertEvent.Verb


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of a clinic to whom letters about pumps go, on one clinic day."""

    people: Mapping[int, Membership]
    """All of them, by number of their part, in the order in which they came."""
    away: Mapping[int, int | None]
    """Those who are away, with their cover's number; None where nobody covers."""
    silent: AbstractSet[int] = frozenset()
    """Those to whom letters come back: they are told all the same, and count for nobody."""

    @property
    def on_duty(self) -> list[Membership]:
        """Who is told today."""
        return [each for number, each in self.people.items() if number not in self.away]

    def stand_in(self, number: int | None) -> Membership | None:
        """This person, or who is there in their stead, however long the chain of covers. None: nobody is."""
        asked: set[int] = set()
        while number is not None and number in self.away and number not in asked:
            asked.add(number)
            number = self.away[number]
        return None if number is None or number in self.away else self.people.get(number)

    def reached(self, people: Iterable[Membership]) -> list[Membership]:
        """Those of them whom letters reach, as far as anyone knows."""
        return [each for each in people if each.pk not in self.silent]

    def after(self, first: Membership | None) -> list[Membership]:
        """Who is on duty, in the order in which hops ask them: around from `first`, so that no one is always next."""
        start = first.pk if first else 0
        return sorted(self.on_duty, key=lambda each: (each.pk < start, each.pk))


def roster_of(clinic: Clinic, at: datetime) -> Roster:
    """Who is there on the clinic day of `at`. One query."""
    away = Absence.objects.on(at.astimezone(clinic.tz).date()).filter(member=OuterRef("pk"))
    found = Membership.objects.told().filter(clinic=clinic).select_related("user").order_by("pk")
    asked = {
        "absence": Subquery(away.values("pk")[:1]),
        "covered_by": Subquery(away.values("cover")[:1]),
        "is_silent": Exists(Bounce.objects.open().filter(recipient=OuterRef("pk"))),
    }
    rows: list[Any] = list(found.annotate(**asked))
    gone = {each.pk: each.covered_by for each in rows if each.absence}
    return Roster({each.pk: each for each in rows}, gone, {each.pk for each in rows if each.is_silent})


def there_for(member: Membership, at: datetime) -> Membership | None:
    """`member`, or where they are away whoever stands in for them. None: nobody does."""
    roster = roster_of(member.clinic, at)
    return roster.stand_in(member.pk) if member.pk in roster.away else member


def leads_of(clinic: Clinic, at: datetime) -> list[Membership]:
    """Who answers where nobody else is left: the person the clinic has named, else its administrators.

    Who is away on the clinic day of `at` answers only where nobody else does.
    """
    active = Membership.objects.active().filter(clinic=clinic).select_related("user")
    there = active.exclude(pk__in=Absence.objects.on(at.astimezone(clinic.tz).date()).values("member"))
    named = Lead.objects.filter(clinic=clinic).values("member")
    for people in (there, active):
        lead = people.filter(pk__in=named).first()
        if found := [lead] if lead else list(people.filter(role=Role.ADMINISTRATOR).order_by("pk")):
            return found
    return []


class Rosters:
    """What is asked before anyone is told: each roster once in a transaction, the leads, and who was told before."""

    def __init__(self) -> None:
        self._asked: dict[tuple[int, date], Roster] = {}

    def of(self, clinic: Clinic, at: datetime) -> Roster:
        """As roster_of says."""
        day = clinic.pk, at.astimezone(clinic.tz).date()
        if day not in self._asked:
            self._asked[day] = roster_of(clinic, at)
        return self._asked[day]

    def leads_of(self, clinic: Clinic, at: datetime) -> list[Membership]:
        """As leads_of says."""
        return leads_of(clinic, at)

    def told_before(self, alert: Alert) -> set[int | None]:
        """Who has been told since the alert began to wait."""
        since = alert.waits_since or alert.opened_at
        letters = Letter.objects.filter(topic=f"alert:{alert.pk}", created_at__gte=since)
        return set(letters.values_list("recipient", flat=True))


def told(alert: Alert, event: AlertEvent, at: datetime, rosters: Rosters | None = None) -> list[Membership]:
    """Who is to be told of `event` at `at`. Never nobody, as long as the clinic has anyone to tell."""
    clinic, rosters = alert.pump.patient.clinic, rosters or Rosters()
    roster = rosters.of(clinic, at)
    own = roster.stand_in(alert.pump.patient.clinician_id)
    if event.verb == Verb.ESCALATED:
        return _by_hop(alert, event, roster, rosters, at)
    people = [own] if own else roster.on_duty
    if event.verb == Verb.EXPIRED and (late := _owner(alert, roster)):
        people = [*people, late]
    people, fewest = _once(people), CRITICAL_BY if alert.tier == Tier.CRITICAL else 1
    missing = fewest - len(roster.reached(people))
    people += roster.reached(_others(roster.after(own), people))[: max(missing, 0)]
    is_enough = len(roster.reached(people)) >= fewest
    return people if is_enough else _once([*people, *rosters.leads_of(clinic, at)])


def _by_hop(
    alert: Alert, event: AlertEvent, roster: Roster, rosters: Rosters, at: datetime
) -> list[Membership]:
    clinic = alert.pump.patient.clinic
    if reach_of(Tier(event.tier), event.step or 1) == Reach.ALL:
        return _once([*roster.on_duty, *rosters.leads_of(clinic, at)])
    before = rosters.told_before(alert)
    own = roster.stand_in(alert.pump.patient.clinician_id)
    if next_one := [each for each in roster.after(own) if each.pk not in before][:1]:
        return next_one
    leads = rosters.leads_of(clinic, at)
    return [each for each in leads if each.pk not in before] or roster.on_duty or leads


def _owner(alert: Alert, roster: Roster) -> Membership | None:
    """Who had it last: they said that they would, so they hear that time is up."""
    mine = (each for each in roster.on_duty if each.user_id == alert.acknowledged_by_id)
    return next(mine, None)


def _others(people: Iterable[Membership], but: Sequence[Membership]) -> list[Membership]:
    return [each for each in people if each not in but]


def _once(people: Iterable[Membership]) -> list[Membership]:
    return list({each.pk: each for each in people}.values())
