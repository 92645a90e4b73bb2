"""`manage.py explain_forecast`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from itb.infusion.forecast import forecast_json
from patients.models import Pump
from refills.models import Projection
from tests.cast import Cast


def explained(*words: object) -> str:
    out = StringIO()
    call_command("explain_forecast", *map(str, words), stdout=out)
    return out.getvalue()


def test_it_prints_how_each_date_came_about(pump: Pump) -> None:
    said = explained(pump.pk)
    row = Projection.objects.get(pump=pump)
    assert row.refill_by is not None
    assert row.refill_by.isoformat() in said
    assert "The core says the same today." in said


def test_it_prints_the_scenario_for_the_core_itself(pump: Pump) -> None:
    assert (
        forecast_json(json.loads(explained(pump.pk, "--scenario")))
        == Projection.objects.get(pump=pump).forecast
    )


def test_it_says_why_there_is_no_forecast(cast: Cast) -> None:
    pump = cast.bare_pump()
    cast.programme(pump, days_ago=1)
    assert "No forecast: no_fill" in explained(pump.pk)


def test_a_pump_that_is_not_there_is_a_sentence(cast: Cast) -> None:
    for pump in (999_999, cast.bare_pump().pk):
        with pytest.raises(CommandError, match="no stored forecast"):
            explained(pump)
