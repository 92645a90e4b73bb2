"""Boluses, bridges, primes, draws, stops: kept as facts, and counted in the forecast."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from alerts.models import Alert
from alerts.rules import Kind
from alerts.sweep import sweep
from itb.infusion.forecast import Forecast
from patients.models import Pump
from refills import services
from refills.models import Adjustment, Programme, Projection
from refills.projection import forecast_of
from tests.cast import Cast, posted


def volume(cast: Cast, pump: Pump) -> Decimal:
    found = forecast_of(pump, cast.at)
    assert isinstance(found, Forecast)
    return found.volume_ml


@pytest.mark.parametrize(
    ("kind", "quantities", "leaves_ml"),
    [
        ("bolus", {"amount_mcg": 100}, "0.05"),
        ("prime", {"volume_ml": "0.316"}, "0.316"),
        ("withdraw", {"volume_ml": "1.5"}, "1.5"),
    ],
)
def test_what_leaves_at_once_is_missing_from_the_reservoir(
    cast: Cast, pump: Pump, kind: str, quantities: dict[str, Any], leaves_ml: str
) -> None:
    before = volume(cast, pump)
    cast.adjustment(pump, days_ago=1, kind=kind, **quantities)
    assert before - volume(cast, pump) == Decimal(leaves_ml)


def test_a_stopped_pump_is_critical_at_once_and_running_again_it_is_not(cast: Cast, pump: Pump) -> None:
    cast.adjustment(pump, days_ago=2, kind="stop")
    assert Projection.objects.get(pump=pump).danger_at is None
    sweep()
    assert Alert.objects.open().get(pump=pump).kind == Kind.NO_FORECAST.value
    cast.adjustment(pump, days_ago=1, kind="resume")
    sweep()
    assert not Alert.objects.open().filter(pump=pump).exists()


def test_a_programme_and_its_bridge_are_kept_together(cast: Cast, pump: Pump) -> None:
    cast.signs_nothing()
    at = cast.ago(0.001)
    new = Programme(
        pump=pump,
        at=at,
        mode=Programme.Mode.CONTINUOUS,
        concentration_mcg_per_ml=Decimal(500),
        dose_mcg_per_day=Decimal(400),
    )
    bridge = Adjustment(pump=pump, at=at, kind="bridge", volume_ml=Decimal("0.316"), hours=Decimal("9.48"))
    form = posted(pump)
    for _ in range(2):
        services.start_programme(programme=new, bridge=bridge, posted=form, by=cast.nurse, at=cast.at)
    assert Adjustment.objects.filter(pump=pump).count() == 1
    facts = Projection.objects.get(pump=pump).scenario["facts"]
    assert [fact["kind"] for fact in facts] == ["fill", "programme", "programme", "bridge"]


@pytest.mark.parametrize(
    ("kind", "quantities"),
    [
        ("bolus", {"volume_ml": 1}),
        ("bolus", {"amount_mcg": 0}),
        ("bridge", {"volume_ml": 1}),
        ("stop", {"hours": 1}),
        ("prime", {}),
        ("sip", {"volume_ml": 1}),
    ],
)
def test_the_database_refuses_a_kind_without_its_quantities(
    cast: Cast, pump: Pump, kind: str, quantities: dict[str, Any]
) -> None:
    adjustment = Adjustment(
        pump=pump,
        at=cast.at,
        kind=kind,
        recorded_at=cast.at,
        recorded_by=cast.nurse.user,
        recorded_clinic=cast.clinic,
        key=uuid4(),
        **quantities,
    )
    with pytest.raises(IntegrityError, match="adjustment_has_what_its_kind_needs"), transaction.atomic():
        adjustment.save()
