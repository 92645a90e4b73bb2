"""The curves that a chart draws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from itb.infusion.curve import band_points, content_points
from tests.infusion.pumps import Json, continuous, fact, fill, flex, periodic, read, scenario

JAN = "2026-01-01T00:00:00Z"


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2026, 1, 1, hour, tzinfo=UTC) + timedelta(days=number - 1)


def points(*facts: Json, at: str, until: datetime, max_points: int = 400) -> list[tuple[datetime, Decimal]]:
    return content_points(read(scenario(*facts, at=at)), until, max_points=max_points)


def test_a_constant_flow_is_one_line_down_to_nothing() -> None:
    found = points(fill(JAN), continuous(JAN), at=JAN, until=day(301))
    assert found == [(day(1), 40), (day(201), 0), (day(301), 0)]


def test_the_line_ends_where_it_is_asked_to() -> None:
    assert points(fill(JAN), continuous(JAN), at=JAN, until=day(11)) == [(day(1), 40), (day(11), 38)]
    assert points(fill(JAN), continuous(JAN), at=JAN, until=day(0)) == []
    known = [fill(JAN), continuous(JAN), fact("withdraw", "2026-01-21T00:00:00Z", volume_ml="1")]
    assert points(*known, at="2026-02-01T00:00:00Z", until=day(11)) == [(day(1), 40), (day(11), 38)]


def test_a_fill_and_a_draw_give_two_points_at_one_instant() -> None:
    found = points(
        fill(JAN),
        continuous(JAN),
        fact("withdraw", "2026-01-06T00:00:00Z", volume_ml="1"),
        fact("prime", "2026-01-07T00:00:00Z", volume_ml="0.8"),
        fill("2026-01-11T00:00:00Z", "30", "36"),
        at="2026-01-11T00:00:00Z",
        until=day(16),
    )
    assert found == [
        (day(1), 40),
        (day(6), 39),
        (day(6), 38),
        (day(7), Decimal("37.8")),
        (day(7), 37),
        (day(11), Decimal("36.2")),
        (day(11), 30),
        (day(16), 29),
    ]


def test_a_stopped_pump_is_a_flat_line() -> None:
    stop, resume = fact("stop", "2026-01-06T00:00:00Z"), fact("resume", "2026-01-11T00:00:00Z")
    found = points(fill(JAN), continuous(JAN), stop, resume, at="2026-01-12T00:00:00Z", until=day(16))
    assert found == [(day(1), 40), (day(6), 39), (day(11), 39), (day(12), Decimal("38.8")), (day(16), 38)]
    found = points(fill(JAN), continuous(JAN), stop, at="2026-01-12T00:00:00Z", until=day(16))
    assert found == [(day(1), 40), (day(6), 39), (day(16), 39)]


def test_a_bridge_that_still_runs_bends_the_line_where_it_ends() -> None:
    bridge = fact("bridge", JAN, volume_ml="2", hours="48")
    found = points(fill(JAN), continuous(JAN), bridge, at="2026-01-02T00:00:00Z", until=day(8))
    assert found == [(day(1), 40), (day(2), 39), (day(3), 38), (day(8), 37)]


def test_a_flex_day_is_drawn_by_the_pumps_midnights() -> None:
    told = flex(JAN, {"00:00": "100", "12:00": "0"})
    found = points(fill(JAN), told, at="2026-01-02T12:00:00Z", until=day(4, 6))
    assert found == [
        (day(1), 40),
        (day(2), Decimal("39.4")),
        (day(2, 12), Decimal("38.8")),
        (day(3), Decimal("38.8")),
        (day(4), Decimal("38.2")),
        (day(4, 6), Decimal("37.9")),
    ]


def test_a_long_flex_stay_has_no_more_points_than_asked_for() -> None:
    for told in (flex(JAN, {"00:00": "10", "12:00": "0"}), periodic(JAN)):
        found = points(fill(JAN), told, at=JAN, until=day(180), max_points=50)
        assert 40 < len(found) <= 50
        assert found == sorted(found, key=lambda point: (point[0], -point[1]))


def test_more_facts_than_points_are_thinned_between_first_and_last() -> None:
    draws = [fact("withdraw", f"2026-01-{number:02}T00:00:00Z", volume_ml="0.1") for number in range(2, 30)]
    every = points(fill(JAN), continuous(JAN), *draws, at="2026-01-30T00:00:00Z", until=day(40))
    found = points(
        fill(JAN), continuous(JAN), *draws, at="2026-01-30T00:00:00Z", until=day(40), max_points=10
    )
    assert (len(found), found[0], found[-1]) == (10, every[0], every[-1])
    assert set(found) <= set(every)
    same = points(
        fill(JAN), continuous(JAN), *draws, at="2026-01-30T00:00:00Z", until=day(40), max_points=len(every)
    )
    assert same == every


def test_an_empty_stay_between_fills_stays_at_nothing() -> None:
    late = fill("2026-01-21T00:00:00Z", "40", "0")
    found = points(fill(JAN), continuous(JAN, "8000"), late, at="2026-01-21T00:00:00Z", until=day(22))
    assert found == [(day(1), 40), (day(11), 0), (day(21), 0), (day(21), 40), (day(22), 36)]


def test_the_band_spreads_from_the_last_fill() -> None:
    known = scenario(
        fill("2025-12-01T00:00:00Z"),
        continuous("2025-12-01T00:00:00Z"),
        fill(JAN, withdrawn_ml="33.8"),
        at="2026-01-11T00:00:00Z",
        pump={"accuracy_pct": "25"},
    )
    found = band_points(read(known), day(401))
    assert found == [
        (day(1), 40, 40),
        (day(11), Decimal("37.5"), Decimal("38.5")),
        (day(161), 0, 16),
        (day(1) + timedelta(days=Decimal(800).__int__() / 3), 0, 0),
        (day(401), 0, 0),
    ]
    assert band_points(read(known), day(0)) == []


def test_without_a_forecast_there_is_nothing_to_draw() -> None:
    nothing = read(scenario(at=JAN))
    assert content_points(nothing, day(9)) == []
    assert band_points(nothing, day(9)) == []
