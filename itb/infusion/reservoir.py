"""What is in the reservoir over time, from the facts alone, in whole units and ticks.

`walk` runs through the known facts in their order and gives the stays (each from a fill to the next), the
cycles that may teach a delivery ratio, and how the pump runs on. Chosen readings:

- A second stop of a stopped pump, or a resume of a running one, changes nothing and contradicts nothing.
- What flows, is drawn or is given before the first fill touches no content and no cycle.
- Between fills the content on paper may fall below 0; it is shown as 0.
- An emptied fill after a first fill that did not empty the pump ends no cycle, since none had begun.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple, cast

from itb.infusion.plain import plain_fraction
from itb.infusion.programme import HOUR_US, Flow, Scale, flow_of, scale_for, steady
from itb.infusion.ratio import Cycle
from itb.infusion.scenario import (
    EPOCH,
    Bolus,
    Bridge,
    Fact,
    Fill,
    Prime,
    Programme,
    RefusalError,
    Resume,
    Scenario,
    Stop,
    Withdraw,
)


class Piece(NamedTuple):
    """What left the reservoir from `start` on: with a flow, until `end`; without, at once. None: for ever."""

    start: int
    end: int | None
    flow: Flow | None
    units: int | None
    by_needle: bool


@dataclass(slots=True)
class Stay:
    """From a fill on: the content that it left in the reservoir, the mixture's concentrations, and what left since."""

    fill: Fill
    start: int
    content: int
    concentrations: set[Fraction]
    pieces: list[Piece] = field(default_factory=list)
    programmed: int = 0
    drawn: int = 0

    @property
    def left(self) -> int:
        return self.content - self.programmed - self.drawn

    def leave(self, units: int, by_needle: bool) -> None:
        if by_needle:
            self.drawn += units
        else:
            self.programmed += units


@dataclass(slots=True)
class Walked:
    """Everything that the facts known at an instant say; `ahead` is what leaves the reservoir with no new fact."""

    scale: Scale
    programme: Programme
    flow: Flow
    stopped: bool
    stays: list[Stay]
    cycles: list[Cycle]
    printed: list[Fill | Programme]
    ahead: list[Piece]

    @property
    def stay(self) -> Stay:
        return self.stays[-1]


def walk(scenario: Scenario) -> Walked:
    """Raises RefusalError where the known facts allow no forecast, with the first code that holds."""
    known = [fact for fact in scenario.facts if fact.at_us <= scenario.at_us]
    _check(known, scenario)
    walker = _Walker(scenario, scale_for(known, scenario.pump))
    for fact in known:
        walker.take(fact)
    return walker.end()


def _check(known: list[Fact], scenario: Scenario) -> None:
    if not any(type(fact) is Fill for fact in known):
        raise RefusalError("no_fill", "no fill is known yet")
    if not any(type(fact) is Programme for fact in known):
        raise RefusalError("no_programme", "no programme is known yet")
    programmed = stopped = False
    before = ("", 0)
    for fact in known:
        kind = fact.kind
        if fact.at_us == before[1] and (before[0], kind) in _NOT_TOGETHER:
            raise _contradiction(f"a {before[0]} and a {kind} at one instant", fact, scenario)
        if kind in _GIVEN and not programmed:
            raise _contradiction(f"a {kind} before any programme", fact, scenario)
        if kind in _GIVEN and stopped:
            raise _contradiction(f"a {kind} while the pump is stopped", fact, scenario)
        programmed = programmed or kind == "programme"
        stopped = kind == "stop" or (stopped and kind != "resume")
        before = (kind, fact.at_us)


_GIVEN = frozenset({"bridge", "bolus", "prime"})
_KINDS = ("stop", "resume", "withdraw", "fill", "programme", "bridge", "bolus", "prime")
_NOT_TOGETHER = {(kind, kind) for kind in _KINDS} | {("stop", "resume")}


def _contradiction(what: str, fact: Fact, scenario: Scenario) -> RefusalError:
    return RefusalError(
        "contradictory_facts", f"{what}, {local(fact.at_us // 1_000_000, scenario).isoformat()}"
    )


class _Walker:
    """The pump between two facts: what is in it, what runs, and what the open cycle has added up to."""

    def __init__(self, scenario: Scenario, scale: Scale) -> None:
        self.scenario = scenario
        self.scale = scale
        self.at = scenario.at_us * scale.ticks
        self.now = 0
        self.programme: Programme | None = None
        self.flow: Flow | None = None
        self.stopped = False
        self.bridge: Flow | None = None
        self.bridge_end = 0
        self.stays: list[Stay] = []
        self.cycle: _OpenCycle | None = None
        self.cycles: list[Cycle] = []
        self.printed: list[Fill | Programme] = []

    def take(self, fact: Fact) -> None:
        tick = fact.at_us * self.scale.ticks
        self._run_to(tick)
        _TAKE[type(fact)](self, fact)

    def end(self) -> Walked:
        self._run_to(self.at)
        assert self.programme is not None  # checked before the walk
        assert self.flow is not None
        return Walked(
            self.scale,
            self.programme,
            self.flow,
            self.stopped,
            self.stays,
            self.cycles,
            self.printed,
            self._ahead(self.flow),
        )

    def _run_to(self, tick: int) -> None:
        if self.flow is not None and not self.stopped:
            if self.bridge is not None and self.now < self.bridge_end:
                self._flow(self.bridge, min(tick, self.bridge_end))
            self._flow(self.flow, tick)
        self.now = tick

    def _flow(self, flow: Flow, until: int) -> None:
        if self.now < until:
            self._leave(until, flow, flow.given(until) - flow.given(self.now))
            self.now = until

    def _at_once(self, units: int, by_needle: bool = False) -> None:
        self._leave(self.now, None, units, by_needle)

    def _leave(self, until: int, flow: Flow | None, units: int, by_needle: bool = False) -> None:
        if not self.stays or not units:
            return
        stay, cycle = self.stays[-1], self.cycle
        stay.pieces.append(Piece(self.now, until, flow, units, by_needle))
        stay.leave(units, by_needle)
        if cycle is not None:
            cycle.leave(units, by_needle)

    def _ahead(self, flow: Flow) -> list[Piece]:
        if self.stopped:
            return []
        pieces: list[Piece] = []
        if self.bridge is not None and self.now < self.bridge_end:
            units = self.bridge.given(self.bridge_end) - self.bridge.given(self.now)
            pieces.append(Piece(self.now, self.bridge_end, self.bridge, units, False))
            self.now = self.bridge_end
        pieces.append(Piece(self.now, None, flow, None, False))
        return pieces

    def stop(self, fact: Stop) -> None:
        self.stopped = True

    def resume(self, fact: Resume) -> None:
        self.stopped = False

    def withdraw(self, fact: Withdraw) -> None:
        self._at_once(self.scale.volume(fact.volume_ml), by_needle=True)

    def prime(self, fact: Prime) -> None:
        self._at_once(self.scale.volume(fact.volume_ml))

    def bolus(self, fact: Bolus) -> None:
        assert self.programme is not None
        self._at_once(self.scale.bolus(fact.mcg, self.programme.concentration_mcg_per_ml))

    def run_bridge(self, fact: Bridge) -> None:
        hours = fact.hours.numerator * (HOUR_US * self.scale.ticks // fact.hours.denominator)
        self.bridge = steady(self.scale.volume(fact.volume_ml) // hours, self.scale)
        self.bridge_end = self.now + hours

    def run_programme(self, fact: Programme) -> None:
        self.programme = fact
        self.flow = flow_of(fact, _offset_us(fact.at_us, self.scenario), self.scale)
        self.bridge = None
        self._note_printed(fact)

    def fill(self, fact: Fill) -> None:
        before = self.stays[-1].left if self.stays else 0
        withdrawn = self.scale.volume(fact.withdrawn_ml or Fraction(0))
        filled = self.scale.volume(fact.filled_ml)
        left = 0 if fact.emptied or not self.stays else max(0, before - withdrawn)
        if self.cycle is not None:
            self.cycle.ran_empty = self.cycle.ran_empty or before <= 0
            if fact.emptied:
                self._close(self.cycle, fact)
            else:
                self.cycle.added += filled
                self.cycle.drawn += withdrawn
        if fact.emptied:
            self.cycle = _OpenCycle(filled)
        concentrations = self.stays[-1].concentrations if left else set()
        self.stays.append(
            Stay(fact, self.now, left + filled, concentrations | {fact.concentration_mcg_per_ml})
        )
        self._refuse_overfull(fact)
        self._note_printed(fact)

    def _close(self, cycle: _OpenCycle, fact: Fill) -> None:
        if fact.withdrawn_ml is not None:
            expected = cycle.start + cycle.added - cycle.drawn - cycle.programmed
            withdrawn = self.scale.volume(fact.withdrawn_ml)
            self.cycles.append(
                Cycle(
                    fact.at_us,
                    cycle.programmed,
                    expected,
                    withdrawn,
                    cycle.ran_empty,
                    self.scale.units,
                    cycle.start,
                    cycle.added,
                    cycle.drawn,
                )
            )

    def _refuse_overfull(self, fact: Fill) -> None:
        reservoir = self.scenario.pump.reservoir_ml
        if self.stays[-1].content * reservoir.denominator > reservoir.numerator * self.scale.units:
            raise RefusalError(
                "volume_exceeds_reservoir",
                f"after the fill of {local(fact.at_us // 1_000_000, self.scenario).isoformat()} the reservoir "
                f"would hold more than its {plain_fraction(reservoir)} mL",
            )

    def _note_printed(self, fact: Fill | Programme) -> None:
        """Keeps the fills and programmes at the latest instant that has either."""
        if self.printed and self.printed[-1].at_us != fact.at_us:
            self.printed = []
        self.printed.append(fact)


@dataclass(slots=True)
class _OpenCycle:
    start: int
    programmed: int = 0
    added: int = 0
    drawn: int = 0
    ran_empty: bool = False

    def leave(self, units: int, by_needle: bool) -> None:
        if by_needle:
            self.drawn += units
        else:
            self.programmed += units


_TAKE = cast(
    dict[type[Fact], Callable[[_Walker, Fact], None]],
    {
        Stop: _Walker.stop,
        Resume: _Walker.resume,
        Withdraw: _Walker.withdraw,
        Fill: _Walker.fill,
        Programme: _Walker.run_programme,
        Bridge: _Walker.run_bridge,
        Bolus: _Walker.bolus,
        Prime: _Walker.prime,
    },
)


def _offset_us(at_us: int, scenario: Scenario) -> int:
    offset = local(at_us // 1_000_000, scenario).utcoffset() or timedelta()
    return offset // timedelta(microseconds=1)


def local(seconds: int, scenario: Scenario) -> datetime:
    """The instant so many seconds after 1970, on the scenario's clock."""
    return (EPOCH + timedelta(seconds=seconds)).astimezone(scenario.timezone)


def first_at(stay: Stay, ahead: Sequence[Piece], units: int, ratio: Fraction) -> tuple[int, int] | None:
    """When programmed × `ratio` + drawn by needle, both since the stay's fill, first reaches `units`.

    A tick as a quotient of whole numbers; None where it never comes, with `ahead` as what leaves after the
    known pieces. A `units` of 0 or less is reached at the fill.
    """
    times, share = ratio.numerator, ratio.denominator
    rest = units * share
    if rest <= 0:
        return stay.start, 1
    for piece in (*stay.pieces, *ahead):
        weight = share if piece.by_needle else times
        if piece.units is None or piece.units * weight >= rest:
            return _within(piece, rest, times)
        rest -= piece.units * weight
    return None


def _within(piece: Piece, rest: int, times: int) -> tuple[int, int] | None:
    """When, within `piece`, `rest` ÷ `times` units have left it."""
    flow = piece.flow
    if flow is None:
        return piece.start, 1
    if not times or not flow.a_day:
        return None
    return flow.reached(flow.given(piece.start) * times + rest, times)
