"""What is owed, computed from the facts alone: neither the rules nor the outbox are asked, only the forecast core.

It reads facts in SQL, has docs/decisions/0020 written out a second time, and says who must have been told of what.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import dict_row

from itb.infusion.forecast import Forecast, forecast
from itb.infusion.scenario import Scenario, read_scenario

POLICY = {"margin_days": 7, "max_interval_days": 180, "accuracy_days": 2}
ROUTINE_DAYS, DUE_DAYS, URGENT_DAYS, BEFORE_ALARM_DAYS = 21, 14, 7, 3
FLAG_DAYS, MOST_FLAG_DAYS = 7, 14
AT_ONCE, ONE = 2, 1
"""How many must be told: a critical step reaches two, any other the patient's own clinician."""

FACTS = """
SELECT pump.id AS pump, pump.clinic_id AS clinic, patient.clinician_id AS own, clinic.zone,
    pump.reservoir_ml, pump.alarm_ml, pump.unusable_ml, pump.accuracy_pct,
    refill.at AS filled_at, refill.filled_ml, refill.concentration_mcg_per_ml AS filled_with,
    programme.at AS programmed_at, programme.dose_mcg_per_day, programme.concentration_mcg_per_ml AS programmed_for,
    injury_at_t6_or_above::int + communication_difficulty::int + earlier_withdrawal::int + cannot_hear_alarm::int
        AS flags
FROM patients_pump AS pump
JOIN patients_patient AS patient ON patient.id = pump.patient_id
JOIN accounts_clinic AS clinic ON clinic.id = pump.clinic_id
JOIN refills_refill AS refill ON refill.pump_id = pump.id
JOIN refills_programme AS programme ON programme.pump_id = pump.id
ORDER BY pump.id
"""


@dataclass(frozen=True, slots=True)
class Owed:
    """Of `pump` its own clinician must have been told that it has come to `kind`, and so many people in all."""

    pump: int
    kind: str
    own: int
    people: int
    since: datetime
    """When the step came."""
    clinic: int = 0


@dataclass(frozen=True, slots=True)
class Steps:
    """The moments of one pump, earliest to gravest: each with what it is called."""

    pump: int
    clinic: int
    own: int
    ladder: tuple[tuple[datetime, str, int], ...]

    def at(self, moment: datetime) -> Owed | None:
        """What must have been told by then: of the steps that have come the last one."""
        come = [step for step in self.ladder if step[0] <= moment]
        if not come:
            return None
        since, kind, people = come[-1]
        return Owed(self.pump, kind, self.own, people, since, self.clinic)


def owed(owner: Connection[Any], until: datetime) -> list[Owed]:
    """What must have been told of every pump by `until`."""
    return [each for steps in every_pump(owner) if (each := steps.at(until))]


def every_pump(owner: Connection[Any]) -> Iterator[Steps]:
    """The steps of each pump, from its facts."""
    with owner.cursor(row_factory=dict_row) as cursor:
        for facts in cursor.execute(FACTS).fetchall():
            yield steps_of(facts)


def steps_of(facts: dict[str, Any]) -> Steps:
    """The countdown of one pump, of which no visit is booked."""
    found = forecast_of(facts)
    assert found.alarm_at, "it flows"
    assert found.empty_at
    assert found.earliest_empty_at
    zone = ZoneInfo(facts["zone"])
    shift = timedelta(days=min(FLAG_DAYS * facts["flags"], MOST_FLAG_DAYS))
    risk_at = min(found.alarm_at - timedelta(days=BEFORE_ALARM_DAYS), found.earliest_empty_at) - shift
    visits = [
        (_midnight(found.refill_by - timedelta(days=days), zone) - shift, "refill_due", ONE)
        for days in (ROUTINE_DAYS, DUE_DAYS, URGENT_DAYS, 0)
    ]
    grave = [
        (risk_at, "withdrawal_risk", AT_ONCE),
        (min(found.alarm_at, found.empty_at), "emergency", AT_ONCE),
    ]
    return Steps(facts["pump"], facts["clinic"], facts["own"], (*visits, *grave))


def forecast_of(facts: dict[str, Any]) -> Forecast:
    """By the core."""
    pump = {name: f"{facts[name]:f}" for name in ("reservoir_ml", "alarm_ml", "unusable_ml", "accuracy_pct")}
    fill = {
        "kind": "fill",
        "at": facts["filled_at"].isoformat(),
        "withdrawn_ml": None,
        "filled_ml": _text(facts["filled_ml"]),
        "concentration_mcg_per_ml": _text(facts["filled_with"]),
        "emptied": True,
    }
    programme = {
        "kind": "programme",
        "at": facts["programmed_at"].isoformat(),
        "mode": "continuous",
        "concentration_mcg_per_ml": _text(facts["programmed_for"]),
        "dose_mcg_per_day": _text(facts["dose_mcg_per_day"]),
    }
    scenario = read_scenario(
        {
            "format": 1,
            "at": facts["filled_at"].isoformat(),
            "timezone": facts["zone"],
            "pump": pump,
            "policy": POLICY,
            "facts": [fill, programme],
        }
    )
    assert isinstance(scenario, Scenario), scenario
    found = forecast(scenario)
    assert isinstance(found, Forecast), found
    return found


def _text(value: Decimal) -> str:
    return f"{value:f}"


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
