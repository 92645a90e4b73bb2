"""The reservoir as curves for a chart: points to be joined by straight lines.

Where the content jumps there are two points at one instant. Straight lines between the points are exact for a
constant flow; a flex or periodic day is drawn by its midnights, or by every so many of them where they would be
more points than asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from itb.infusion.plain import plain
from itb.infusion.ratio import learn
from itb.infusion.reservoir import Piece, Stay, Walked, first_at, walk
from itb.infusion.scenario import EPOCH, RefusalError, Scenario

_Point = TypeVar("_Point")
_Left = tuple[int, int, int]  # a tick, and the units programmed and drawn by needle since the fill


def content_points(
    scenario: Scenario, until: datetime, *, max_points: int = 400
) -> list[tuple[datetime, Decimal]]:
    """The content as programmed, mL, from the first known fill up to `until` (aware); never below 0.

    Empty where the facts allow no forecast, or `until` lies before the first fill. `max_points` is at least
    2.
    """
    walked = _walked(scenario)
    if walked is None:
        return []
    end = _tick(until, walked)
    stops = [*(stay.start for stay in walked.stays[1:]), end]
    stays = [
        (stay, min(stop, end)) for stay, stop in zip(walked.stays, stops, strict=True) if stay.start <= end
    ]

    def course(stride: int) -> list[tuple[datetime, Decimal]]:
        return [
            (_at(tick, walked, scenario), _ml(stay.content - programmed - drawn, walked))
            for stay, stop in stays
            for tick, programmed, drawn in _course(stay, walked, stop, stride, (Fraction(1),))
        ]

    return _at_most(course, max_points, _days(walked.stays[0], end, walked))


def band_points(
    scenario: Scenario, until: datetime, *, max_points: int = 400
) -> list[tuple[datetime, Decimal, Decimal]]:
    """From the last known fill up to `until`: the least and the most content, mL, that this pump may have.

    The fastest and the slowest delivery of its ratio's band; as `content_points` in all else.
    """
    walked = _walked(scenario)
    if walked is None or _tick(until, walked) < walked.stay.start:
        return []
    stay, end = walked.stay, _tick(until, walked)
    band = learn(walked.cycles, scenario.pump.accuracy_pct)

    def course(stride: int) -> list[tuple[datetime, Decimal, Decimal]]:
        return [
            (
                _at(tick, walked, scenario),
                _ml(stay.content - drawn - programmed * band.high, walked),
                _ml(stay.content - drawn - programmed * band.low, walked),
            )
            for tick, programmed, drawn in _course(stay, walked, end, stride, (band.high, band.low))
        ]

    return _at_most(course, max_points, _days(stay, end, walked))


def _walked(scenario: Scenario) -> Walked | None:
    try:
        return walk(scenario)
    except RefusalError:
        return None


def _at_most(course: Callable[[int], list[_Point]], most: int, days: int) -> list[_Point]:
    """The course with as many midnights as `most` points leave room for; without them, thinned evenly if need be."""
    bare = course(0)
    room = most - len(bare)
    if room > 0:
        return course(-(-days // room))
    if not room:
        return bare
    return [bare[index * (len(bare) - 1) // (most - 1)] for index in range(most)]


def _course(
    stay: Stay, walked: Walked, stop: int, stride: int, ratios: Sequence[Fraction]
) -> Iterator[_Left]:
    """What has left since the stay's fill, at every tick up to `stop` where a line bends, by every ratio empty too."""
    ahead = walked.ahead if stay is walked.stay else []
    empty = [first_at(stay, ahead, stay.content, ratio) for ratio in ratios]
    marks = [-(-found[0] // found[1]) for found in empty if found is not None]
    last = (stay.start, 0, 0)
    yield last
    for piece in (*stay.pieces, *ahead):
        if piece.start > stop:
            break
        end = stop if piece.end is None else min(stop, piece.end)
        for point in _along(piece, last, _bends(piece, end, stride * walked.scale.day, marks)):
            if point != last:
                yield point
                last = point
    if last[0] < stop:
        yield stop, last[1], last[2]


def _along(piece: Piece, last: _Left, bends: Sequence[int]) -> Iterator[_Left]:
    """The points of one piece: where it starts, with what had left before it, and at its bends."""
    _, programmed, drawn = last
    yield piece.start, programmed, drawn
    if piece.flow is None:
        units = piece.units or 0
        yield piece.start, programmed + units * (not piece.by_needle), drawn + units * piece.by_needle
        return
    given = piece.flow.given(piece.start)
    for tick in bends:
        yield tick, programmed + piece.flow.given(tick) - given, drawn


def _bends(piece: Piece, end: int, every: int, marks: Sequence[int]) -> Sequence[int]:
    """The ticks of a flowing piece at which to draw a point, its `end` the last: marks, and every so many midnights."""
    inside = {mark for mark in marks if piece.start < mark < end}
    if every and piece.flow is not None and len(piece.flow.rates) > 1:
        inside.update(_midnights(piece.start, end, piece.flow.shift, every))
    return [*sorted(inside), end]


def _midnights(start: int, stop: int, shift: int, every: int) -> range:
    """The pump's midnights after `start` and before `stop`, one of each `every` ticks."""
    first = ((start + shift) // every + 1) * every - shift
    return range(first, stop, every)


def _days(stay: Stay, end: int, walked: Walked) -> int:
    return max(0, end - stay.start) // walked.scale.day + 1


def _tick(until: datetime, walked: Walked) -> int:
    return (until - EPOCH) // timedelta(microseconds=1) * walked.scale.ticks


def _at(tick: int, walked: Walked, scenario: Scenario) -> datetime:
    at = EPOCH + timedelta(microseconds=tick // walked.scale.ticks)
    return at.astimezone(scenario.timezone)


def _ml(units: int | Fraction, walked: Walked) -> Decimal:
    return Decimal(plain(max(0, int(units)), walked.scale.units))
