"""What is in force on a pump at a moment: the programme that it was told last, a stop, a bridge."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from patients.models import Pump
from refills.models import Adjustment, Programme
from refills.scenario import Json

Kind = Adjustment.Kind


@dataclass(frozen=True, slots=True)
class Bridging:
    """A bridge that runs, and the moment at which the programme takes over."""

    bridge: Adjustment
    until: datetime


def last_told(pump: Pump, *, but: UUID | None = None, **when: Any) -> Programme | None:
    """The programme that the pump was told last, signed or not: a change is a change from what it runs.

    `when` are lookups, as `at__lt`; `but` is the key of a form whose own programme does not count.
    """
    own = but or UUID(int=0)
    signed = pump.programmes.standing().filter(**when).exclude(key=own).order_by("at").last()
    unsigned = pump.pending_programmes.told().filter(**when).exclude(key=own).order_by("at").last()
    if unsigned is None or (signed is not None and signed.at > unsigned.at):
        return signed
    return unsigned.as_programme()


def stop_at(adjustments: Iterable[Adjustment], at: datetime) -> Adjustment | None:
    """The stop that holds at `at`: the last one with no resume after it. `adjustments` are one pump's, in any order."""
    known = [each for each in adjustments if each.kind in (Kind.STOP, Kind.RESUME) and each.at <= at]
    last = max(known, key=lambda each: (each.at, each.kind == Kind.RESUME), default=None)
    return last if last and last.kind == Kind.STOP else None


def bridging_at(
    adjustments: Iterable[Adjustment], programmes: Iterable[Programme], at: datetime
) -> Bridging | None:
    """The bridge that runs at `at`. A later programme ends it, a later bridge replaces it; a stop does neither."""
    known = [each for each in adjustments if each.kind == Kind.BRIDGE and each.at <= at]
    bridge = max(known, key=lambda each: each.at, default=None)
    if bridge is None or bridge.hours is None:
        return None
    until = bridge.at + timedelta(hours=float(bridge.hours))
    is_over = until <= at or any(bridge.at < programme.at <= at for programme in programmes)
    return None if is_over else Bridging(bridge, until)


def bridge_until(scenario: Json, at: datetime) -> datetime | None:
    """Until when a bridge runs at `at` by the facts of a stored scenario, unsigned ones among them; None where none."""
    facts = [*scenario.get("facts", []), *scenario.get("unsigned", [])]
    told = [
        (datetime.fromisoformat(fact["at"]), fact)
        for fact in facts
        if fact["kind"] in ("programme", "bridge")
    ]
    bridges = [(since, fact) for since, fact in told if fact["kind"] == "bridge" and since <= at]
    if not bridges:
        return None
    since, bridge = max(bridges, key=lambda each: each[0])
    until = since + timedelta(hours=float(bridge["hours"]))
    is_over = until <= at or any(since < later <= at for later, _ in told)
    return None if is_over else until
