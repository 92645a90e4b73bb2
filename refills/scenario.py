"""From rows to a scenario file: what is known about one pump at a moment, in the core's open format."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from patients.models import Pump
from refills.models import Adjustment, Fact, Programme, Refill
from refills.policy import margins_of

Json = dict[str, Any]


def scenario_of(
    pump: Pump,
    at: datetime,
    extra: Iterable[Json] = (),
    *,
    without: Collection[Fact] = (),
    known_at: datetime | None = None,
) -> Json:
    """The scenario of `pump` at `at`, with `extra` facts that are not kept yet (what a form holds so far).

    `without`: as if these were struck out. `known_at`: from what was known at that moment alone.
    """
    clinic = pump.patient.clinic
    margins = margins_of(clinic)
    return {
        "format": 1,
        "at": at.isoformat(),
        "timezone": clinic.zone,
        "pump": _pump(pump),
        "policy": {
            "margin_days": margins.margin_days,
            "max_interval_days": margins.max_interval_days,
            "accuracy_days": margins.accuracy_days,
        },
        "facts": [*_kept(pump, without, known_at), *extra],
    }


def _kept(pump: Pump, without: Collection[Fact], known_at: datetime | None) -> Iterator[Json]:
    """What counts, one kind after the other, each in its order."""
    refills = pump.refills.standing(known_at).order_by("at")
    programmes = pump.programmes.standing(known_at).order_by("at")
    adjustments = pump.adjustments.standing(known_at).order_by("at")
    yield from (fill_fact(each) for each in refills if each not in without)
    yield from (programme_fact(each) for each in programmes if each not in without)
    yield from (adjustment_fact(each) for each in adjustments if each not in without)


def _pump(pump: Pump) -> Json:
    constants = (
        "reservoir_ml",
        "alarm_ml",
        "unusable_ml",
        "accuracy_pct",
        "min_flow_ml_per_day",
        "max_flow_ml_per_day",
    )
    return {name: _text(value) for name in constants if (value := getattr(pump, name)) is not None}


def fill_fact(refill: Refill) -> Json:
    """A refill as a `fill`."""
    return {
        "kind": "fill",
        "at": refill.at.isoformat(),
        "withdrawn_ml": _text(refill.withdrawn_ml),
        "filled_ml": _text(refill.filled_ml),
        "concentration_mcg_per_ml": _text(refill.concentration_mcg_per_ml),
        "emptied": refill.emptied,
        **_printed(refill),
    }


def programme_fact(programme: Programme) -> Json:
    """A programme in its mode's own keys."""
    return {
        "kind": "programme",
        "at": programme.at.isoformat(),
        "mode": programme.mode,
        "concentration_mcg_per_ml": _text(programme.concentration_mcg_per_ml),
        **pattern_of(programme),
        **_printed(programme),
    }


def pattern_of(programme: Programme) -> Json:
    """The mode's own keys. A continuous programme kept without them has no boluses: its dose is the day's."""
    if programme.mode == Programme.Mode.CONTINUOUS:
        return {"dose_mcg_per_day": _text(programme.dose_mcg_per_day), **programme.pattern}
    return {**programme.pattern}


def adjustment_fact(adjustment: Adjustment) -> Json:
    """A bolus, prime, bridge, withdraw, stop or resume with the quantities of its kind."""
    quantities = {"volume_ml": "volume_ml", "amount_mcg": "mcg", "hours": "hours"}
    return {
        "kind": adjustment.kind,
        "at": adjustment.at.isoformat(),
        **{
            key: _text(value)
            for name, key in quantities.items()
            if (value := getattr(adjustment, name)) is not None
        },
    }


def _printed(fact: Refill | Programme) -> Json:
    return {"printed_alarm_on": fact.printed_alarm_on.isoformat()} if fact.printed_alarm_on else {}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
