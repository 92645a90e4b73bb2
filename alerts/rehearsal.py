"""A dry run: how many letters other steps would have led to, replayed from what was known on each of the last days."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Final

from alerts.knowledge import known_of
from alerts.policy import steps_of
from alerts.rules import Around, Kind, Known, Steps, Tier, look
from itb.accounts.models import Membership
from patients.models import Pump
from refills.models import Adjustment, Appointment, Fact, Programme, Projection, Refill
from refills.projection import projection_from
from refills.scenario import framed, told

LOOKED_BACK: Final = timedelta(days=90)
MOST: Final = 500
"""Pumps that are replayed: of a larger clinic every second, third, and so on."""
LEFT_OUT: Final = (
    "Replayed from the facts and visits that were known on each day. Constants, flags, margins and replacement dates "
    "are as they are now; closed days, unsigned programmes, acknowledgements, escalation and digests are left out."
)
ENDED: Final = (Appointment.State.MISSED, Appointment.State.ATTENDED, Appointment.State.UNFILLED)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time in which nobody wrote anything about a pump: only time itself changes what is found."""

    begins_at: datetime
    ends_at: datetime
    known: Known


@dataclass(frozen=True, slots=True)
class Life:
    """All that was ever written about a pump, struck out or not."""

    pump: Pump
    facts: list[Fact]
    visits: list[Appointment]


def rehearse(member: Membership, steps: Steps, at: datetime) -> list[str]:
    """What the clinic's own steps have led to in the last days, and what `steps` would have, in sentences."""
    everyone = list(
        Projection.objects.visible_to(member).active().order_by("pump").values_list("pump", flat=True)
    )
    if not everyone:
        return []
    chosen = everyone[:: ceil(len(everyone) / MOST)]
    lives = [list(stretches(life, at - LOOKED_BACK, at)) for life in _lives(member, chosen)]
    people = Membership.objects.told().filter(clinic=member.clinic).count()
    old, new = (
        round(sum(letters(life, each) for life in lives) * people * len(everyone) / len(chosen))
        for each in (steps_of(member.clinic), steps)
    )
    sampled = (
        f" Counted on {len(chosen)} of {len(everyone)} pumps, and scaled."
        if len(chosen) < len(everyone)
        else ""
    )
    days, who = LOOKED_BACK.days, "person" if people == 1 else "people"
    return [
        f"Dry run over the last {days} days: {old} → {new} letters, each step to {people} {who}.{sampled}",
        LEFT_OUT,
    ]


def letters(life: Iterable[Stretch], steps: Steps) -> int:
    """How many steps would have been told of one pump. What stood when the time began was told before."""
    standing: dict[Kind, Tier] | None = None
    count = 0
    for stretch in life:
        known, moment = replace(stretch.known, steps=steps), stretch.begins_at
        while moment < stretch.ends_at:
            found = look(known, moment)
            tiers = {finding.kind: finding.tier for finding in found.findings}
            if standing is not None:
                count += sum(
                    tier >= Tier.DUE and tier > standing.get(kind, 0) for kind, tier in tiers.items()
                )
            standing = tiers
            moment = found.changes_at or stretch.ends_at
    return count


def stretches(life: Life, since: datetime, until: datetime) -> Iterator[Stretch]:
    """The pump's time from `since` to `until`, cut wherever someone wrote something."""
    facts = [moment for fact in life.facts for moment in (fact.recorded_at, _struck_at(fact))]
    visits = [
        moment for visit in life.visits for moment in (visit.booked_at, visit.closed_at, visit.confirmed_at)
    ]
    written = {moment for moment in (*facts, *visits) if moment is not None and since < moment < until}
    row, as_of = None, set(facts)
    for begins_at, ends_at in pairwise([since, *sorted(written), until]):
        if row is None or begins_at in as_of:
            row = _forecast(life, begins_at)
        _put_visits(row, life, begins_at)
        around = Around(replacement_on=life.pump.replacement_on)
        yield Stretch(begins_at, ends_at, known_of(row, around=around))


def _forecast(life: Life, at: datetime) -> Projection:
    facts = [told(fact) for fact in _known_facts(life, at)]
    return projection_from(framed(life.pump, at, facts), life.pump, at)


def _known_facts(life: Life, at: datetime) -> list[Fact]:
    return [
        fact
        for fact in life.facts
        if fact.recorded_at <= at and ((struck_at := _struck_at(fact)) is None or struck_at > at)
    ]


def _struck_at(fact: Fact) -> datetime | None:
    return fact.struck.struck_at if fact.struck else None


def _put_visits(row: Projection, life: Life, at: datetime) -> None:
    """The visit that was booked at `at`, or the one that was missed before it: as triggers write it into the row."""
    known = [visit for visit in life.visits if visit.booked_at <= at]
    booked = next((visit for visit in known if visit.closed_at is None or visit.closed_at > at), None)
    row.visit_on = booked.on if booked else None
    row.visit_is_confirmed = bool(booked and booked.confirmed_at and booked.confirmed_at <= at)
    row.visit_is_refused = bool(booked and booked.cannot_come_at and booked.cannot_come_at <= at)
    ended = [visit for visit in known if visit.closed_at and visit.closed_at <= at and visit.state in ENDED]
    last = max(ended, key=lambda visit: (visit.closed_at, visit.pk), default=None)
    is_missed = last is not None and last.state == Appointment.State.MISSED and not booked
    row.missed_on = last.on if last and is_missed and not _refilled_since(life, last, at) else None


def _refilled_since(life: Life, missed: Appointment, at: datetime) -> bool:
    zone = life.pump.patient.clinic.tz
    return any(
        isinstance(fact, Refill) and fact.at.astimezone(zone).date() >= missed.on
        for fact in _known_facts(life, at)
    )


def _lives(member: Membership, numbers: Collection[int]) -> Iterator[Life]:
    """Of these pumps, in as many queries whatever their number."""
    facts: dict[int, list[Fact]] = defaultdict(list)
    for kind in (Refill, Programme, Adjustment):
        found: Iterable[Fact] = (
            kind.objects.filter(pump__in=numbers).select_related("correction").order_by("at")
        )
        for fact in found:
            facts[fact.pump_id].append(fact)
    visits: dict[int, list[Appointment]] = defaultdict(list)
    for visit in Appointment.objects.filter(pump__in=numbers):
        visits[visit.pump_id].append(visit)
    for pump in Pump.objects.filter(pk__in=numbers).select_related("patient"):
        pump.patient.clinic = member.clinic
        yield Life(pump, facts[pump.pk], visits[pump.pk])
