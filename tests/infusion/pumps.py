"""Scenarios for tests, short to write: a 40 mL pump in UTC unless something else is said."""

from __future__ import annotations

from collections.abc import Mapping

from itb.infusion.forecast import Forecast, forecast
from itb.infusion.scenario import Refusal, Scenario, read_scenario

Json = dict[str, object]


def fill(at: str, filled_ml: str = "40", withdrawn_ml: str | None = None, **more: object) -> Json:
    found: Json = {"kind": "fill", "at": at, "withdrawn_ml": withdrawn_ml, "filled_ml": filled_ml}
    return found | {"concentration_mcg_per_ml": "2000"} | more


def continuous(at: str, dose_mcg_per_day: str = "400", **more: object) -> Json:
    return _programme(at, "continuous", {"dose_mcg_per_day": dose_mcg_per_day} | more)


def flex(at: str, steps: dict[str, str], **more: object) -> Json:
    day = [{"from": start, "mcg_per_h": mcg_per_h} for start, mcg_per_h in steps.items()]
    return _programme(at, "flex", {"steps": day} | more)


def periodic(at: str, **more: object) -> Json:
    day = {"basal_mcg_per_day": "240", "bolus_mcg": "50", "every_h": "6", "over_min": "30"}
    return _programme(at, "periodic", day | more)


def _programme(at: str, mode: str, more: Json) -> Json:
    return {"kind": "programme", "at": at, "mode": mode, "concentration_mcg_per_ml": "2000"} | more


def fact(kind: str, at: str, **more: object) -> Json:
    return {"kind": kind, "at": at} | more


def scenario(
    *facts: Json, at: str, timezone: str = "UTC", pump: Mapping[str, object] | None = None, **policy: object
) -> Json:
    return {
        "format": 1,
        "at": at,
        "timezone": timezone,
        "pump": {"reservoir_ml": "40", "alarm_ml": "2", "unusable_ml": "0", "accuracy_pct": "14.5"}
        | dict(pump or {}),
        "policy": {"margin_days": 7, "max_interval_days": 180, "accuracy_days": 2} | policy,
        "facts": list(facts),
    }


def read(data: object) -> Scenario:
    found = read_scenario(data)
    assert isinstance(found, Scenario), found
    return found


def foresee(
    *facts: Json, at: str, timezone: str = "UTC", pump: Mapping[str, object] | None = None, **policy: object
) -> Forecast:
    found = forecast(read(scenario(*facts, at=at, timezone=timezone, pump=pump, **policy)))
    assert isinstance(found, Forecast), found
    return found


def refusal(data: object) -> Refusal:
    found = read_scenario(data)
    outcome = found if isinstance(found, Refusal) else forecast(found)
    assert isinstance(outcome, Refusal), outcome
    return outcome
