"""The reservoir's drawing: it says what the forecast says, and its words touch neither each other nor the edge."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.template.loader import render_to_string

from itb.dashboard.reservoir import LETTER, LINE, WIDTH, Mark, ReservoirChart, reservoir_chart
from itb.infusion.forecast import Forecast, forecast
from itb.infusion.scenario import Scenario, read_scenario
from patients.models import Pump
from refills.scenario import scenario_of
from tests.cast import Cast


@dataclass(frozen=True)
class History:
    """A pump's life in short."""

    name: str
    dose: str = "400"
    filled_days_ago: float = 30
    refills: list[dict[str, Any]] = field(default_factory=list)
    pump: dict[str, Any] = field(default_factory=dict)


HISTORIES = [
    History("healthy"),
    History("filled this minute", filled_days_ago=0),
    History("near its alarm", filled_days_ago=185),
    History("empty on paper", filled_days_ago=205),
    History("forgotten for years", filled_days_ago=290, dose="1600"),
    History("drips", dose="10"),
    History("nothing flows", dose="0"),
    History("rushes", dose="4900", filled_days_ago=3),
    History("refilled", refills=[{"days_ago": 10, "withdrawn_ml": Decimal("33.1")}]),
    History(
        "topped up",
        refills=[{"days_ago": 9, "withdrawn_ml": Decimal(0), "filled_ml": Decimal(2), "emptied": False}],
    ),
    History("part cannot be used", pump={"unusable_ml": Decimal("1.4")}),
]


def drawn(cast: Cast, history: History) -> tuple[ReservoirChart, Forecast, Pump]:
    pump = cast.running_pump(filled_days_ago=history.filled_days_ago, dose=history.dose)
    for refill in history.refills:
        cast.refill(pump, **refill)
    if history.pump:
        Pump.objects.filter(pk=pump.pk).update(**history.pump)
    pump = Pump.objects.select_related("patient__clinic").get(pk=pump.pk)
    scenario = read_scenario(scenario_of(pump, cast.at))
    assert isinstance(scenario, Scenario)
    found = forecast(scenario)
    assert isinstance(found, Forecast)
    return reservoir_chart(pump, scenario, found, cast.at), found, pump


def box(mark: Mark) -> tuple[float, float, float, float]:
    """The left and right end of a mark's words, how deep they stand, and where its line is."""
    width = len(mark.words) * LETTER
    left = mark.text_x - width if mark.anchor == "end" else mark.text_x
    return left, left + width, mark.text_y, mark.x


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
def test_the_words_of_the_marks_touch_neither_each_other_nor_the_edge_nor_a_line(
    cast: Cast, history: History
) -> None:
    drawing, _, _ = drawn(cast, history)
    boxes = [box(mark) for mark in drawing.marks]
    for index, (left, right, y, _) in enumerate(boxes):
        assert 0 <= left < right <= WIDTH
        for other_left, other_right, other_y, other_x in boxes[:index] + boxes[index + 1 :]:
            assert abs(y - other_y) >= LINE or left > other_right or right < other_left
            if other_y > y:
                assert not left + 2 < other_x < right - 2, "a line to lower words crosses these"


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
def test_the_drawing_is_well_formed_with_title_description_and_every_line_inside(
    cast: Cast, history: History
) -> None:
    drawing, _, _ = drawn(cast, history)
    svg = ET.fromstring(render_to_string("dashboard/reservoir.svg", {"drawing": drawing}))
    assert [child.tag for child in svg][:2] == ["title", "desc"]
    numbers = [
        float(number)
        for path in (drawing.past, drawing.future, drawing.band)
        for number in path.replace("M", " ").replace("L", " ").replace("Z", " ").split()
    ]
    assert all(-0.1 <= x <= WIDTH for x in numbers[::2])
    assert all(0 <= y <= drawing.height for y in numbers[1::2])


def test_the_table_holds_the_moments_of_the_forecast_in_the_order_of_time(cast: Cast) -> None:
    drawing, found, _ = drawn(cast, History("healthy"))
    told = {row.words: row.at or row.on for row in drawing.rows}
    assert told["Alarm"] == found.alarm_at
    assert told["Empty"] == found.empty_at
    assert told["Earliest empty"] == found.earliest_empty_at
    assert told["Refill by"] == found.refill_by
    days = [day for row in drawing.rows if (day := row.on or (row.at and row.at.date()))]
    assert days == sorted(days)
    left = {row.words: row.left for row in drawing.rows}
    assert (left["Last filled"], left["Alarm"], left["Now"]) == ("40.0 mL", "2 mL", "34.0 mL")


def test_a_pump_from_which_nothing_flows_has_no_marks_but_its_refill_by_date(cast: Cast) -> None:
    drawing, _, _ = drawn(cast, History("nothing flows", dose="0"))
    assert [mark.kind for mark in drawing.marks] == ["refill-by"]
    assert "never: nothing flows" in drawing.description


def test_the_past_stops_where_now_begins(cast: Cast) -> None:
    drawing, _, _ = drawn(cast, History("refilled", refills=[{"days_ago": 10, "withdrawn_ml": Decimal(34)}]))
    here = f"{drawing.now_x:g} {drawing.now_y:g}"
    assert drawing.past.endswith(here)
    assert drawing.future.startswith(f"M{here}")


def test_an_hour_later_the_same_facts_draw_the_same_moments(cast: Cast) -> None:
    _, _, pump = drawn(cast, History("healthy"))
    later = cast.at + timedelta(hours=1)
    scenario = read_scenario(scenario_of(pump, later))
    assert isinstance(scenario, Scenario)
    found = forecast(scenario)
    assert isinstance(found, Forecast)
    drawing, _, _ = drawn(cast, History("healthy"))
    words = [mark.words for mark in reservoir_chart(pump, scenario, found, later).marks]
    assert words == [mark.words for mark in drawing.marks]
