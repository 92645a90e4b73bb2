"""A programme that nobody has signed counts for the worse: the earlier of each moment, with it and without."""

from datetime import datetime
from typing import Any

import pytest

from itb.infusion.forecast import Forecast, forecast, forecast_json, readings, ruling_reading
from itb.infusion.scenario import Refusal, Scenario, read_scenario
from tests.infusion.pumps import Json, continuous, fact, fill, scenario

JAN, FEB, MARCH = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"
MOMENTS = ("alarm_at", "empty_at", "earliest_empty_at")


def foreseen(*unsigned: Json, at: str = MARCH, **policy: Any) -> Forecast:
    found = forecast(read(*unsigned, at=at, **policy))
    assert isinstance(found, Forecast)
    return found


def read(*unsigned: Json, at: str = MARCH, **policy: Any) -> Scenario:
    data = {**scenario(fill(JAN), continuous(JAN), at=at, **policy), "unsigned": list(unsigned)}
    found = read_scenario(data)
    assert isinstance(found, Scenario)
    return found


def moments(found: Forecast) -> list[datetime | None]:
    return [getattr(found, name) for name in MOMENTS]


@pytest.mark.parametrize(("dose", "is_faster"), [("800", True), ("200", False)])
def test_the_faster_of_the_two_holds(dose: str, is_faster: bool) -> None:
    without, signed = foreseen(), forecast(readings(read(continuous(FEB, dose)))[-1])
    assert isinstance(signed, Forecast)
    found, ruling = foreseen(continuous(FEB, dose)), signed if is_faster else without
    assert moments(found) == moments(ruling)
    assert (found.refill_by, found.binding, found.volume_ml) == (
        ruling.refill_by,
        ruling.binding,
        ruling.volume_ml,
    )
    assert "unsigned_programme" in {finding.code for finding in found.findings}


def test_a_bridge_belongs_to_its_programme() -> None:
    bridge = fact("bridge", FEB, volume_ml="0.3", hours="36")
    assert len(readings(read(continuous(FEB, "800"), bridge))) == 2


def test_of_several_each_alone_counts_too() -> None:
    fast, slow = continuous(FEB, "1600"), continuous("2026-02-10T00:00:00Z", "100")
    assert len(readings(read(fast, slow))) == 4
    assert moments(foreseen(fast, slow)) == moments(foreseen(fast))


def test_the_reading_to_draw_is_the_one_that_runs_empty_first() -> None:
    fast = continuous(FEB, "1600")
    assert len(ruling_reading(read(fast)).facts) == 3
    assert len(ruling_reading(read(continuous(FEB, "100"))).facts) == 2


def test_a_reading_without_a_forecast_is_worse_than_any_date() -> None:
    data = {**scenario(fill(JAN), at=MARCH), "unsigned": [continuous(JAN)]}
    found = read_scenario(data)
    assert isinstance(found, Scenario)
    refused = forecast(found)
    assert isinstance(refused, Refusal)
    assert refused.code == "no_programme"


def test_only_programmes_and_bridges_can_be_unsigned() -> None:
    data = {**scenario(fill(JAN), continuous(JAN), at=MARCH), "unsigned": [fill(FEB)]}
    assert "unsigned[0].kind: must be one of programme, bridge" in str(forecast_json(data)["message"])
