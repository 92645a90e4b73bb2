"""A clinic whose pumps come due while the run goes on: facts, written in bulk by the owner of the tables.

The clinic lies where it is early afternoon, so that no day of its ends during a run.
"""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from psycopg import Connection

from tests.chaos.oracle import steps_of

PEOPLE, AFTERNOON = 8, 13
CALM_DAYS = (18, 10, 4)
"""Days from today to the refill-by date of pumps that stay in one step for the whole run."""

CLINIC = """
INSERT INTO accounts_clinic (name, zone, phone, demands_second_factor) VALUES (%s, %s, '1', false) RETURNING id
"""
PERSON = """
WITH person AS (
    INSERT INTO accounts_user (password, email, name, is_active) VALUES ('!', %(email)s, %(name)s, true) RETURNING id
)
INSERT INTO accounts_membership (role, started_at, clinic_id, user_id)
SELECT %(role)s, clock_timestamp() - interval '900 days', %(clinic)s, id FROM person RETURNING id, user_id
"""
PUMP = """
WITH patient AS (
    INSERT INTO patients_patient (clinic_id, record_number, family_name, given_name, birth_date, origin,
        injury_at_t6_or_above, communication_difficulty, earlier_withdrawal, cannot_hear_alarm, registered_at,
        registered_by_id, clinician_id)
    VALUES (%(clinic)s, %(name)s, %(name)s, 'Alex', '1980-01-01', 'spinal', false, false, false, %(flag)s,
        %(at)s, %(by)s, %(own)s) RETURNING id
), contact AS (
    INSERT INTO patients_contact (patient_id, clinic_id, name, relation, phone)
    SELECT id, %(clinic)s, 'Kin', 'sister', '+44 20 7946 0003' FROM patient
)
INSERT INTO patients_pump (patient_id, clinic_id, model, catalogue_version, serial, reservoir_ml, alarm_ml,
    unusable_ml, accuracy_pct, implanted_on, facts_version)
SELECT id, %(clinic)s, 'synchromed-ii-40', 1, %(name)s, 40, 2, 0, 14.5, '2020-01-01', 0 FROM patient RETURNING id
"""
PROGRAMME = """
INSERT INTO refills_programme (at, recorded_at, key, mode, concentration_mcg_per_ml, dose_mcg_per_day, pattern,
    pump_id, recorded_by_id, recorded_clinic_id, reason)
VALUES (%(at)s, %(at)s, gen_random_uuid(), 'continuous', 2000, 400, '{}', %(pump)s, %(by)s, %(clinic)s, '')
"""
REFILL = """
INSERT INTO refills_refill (at, recorded_at, key, filled_ml, emptied, concentration_mcg_per_ml, product, lot,
    explanation, pump_id, recorded_by_id, recorded_clinic_id)
VALUES (%(at)s, %(at)s, gen_random_uuid(), 40, true, 2000, 'lioresal-2000-20', 'L1', '', %(pump)s, %(by)s, %(clinic)s)
"""
LIKE_ALL = {
    "pump": 0,
    "clinic": 0,
    "own": 0,
    "reservoir_ml": Decimal(40),
    "alarm_ml": Decimal(2),
    "unusable_ml": Decimal(0),
    "accuracy_pct": Decimal("14.5"),
    "filled_ml": Decimal(40),
    "filled_with": Decimal(2000),
    "programmed_for": Decimal(2000),
    "dose_mcg_per_day": Decimal(400),
}


def build(
    owner: Connection[Any],
    dice: random.Random,
    *,
    critical: int,
    calm: int = 0,
    over: timedelta,
    since: timedelta = timedelta(0),
    people: int = PEOPLE,
) -> int:
    """`critical` pumps come to it one by one within `over` from `since` on, `calm` stay earlier; the clinic."""
    (now,) = owner.execute("SELECT public.clock_timestamp()").fetchone()  # type: ignore[misc]
    zone = zone_of_afternoon(now)
    with owner.transaction():
        (clinic,) = owner.execute(CLINIC, ["Chaos", zone]).fetchone()  # type: ignore[misc]
        parts = [person(owner, clinic, number) for number in range(people)]
        every = max(1, people // critical)
        for number in range(critical + calm):
            own, by = parts[number * every % people]
            flag = dice.random() < 1 / 3
            at = (
                fill_for_risk(now + since + over * dice.random(), zone, flag=flag)
                if number < critical
                else fill_for_day(now, CALM_DAYS[number % len(CALM_DAYS)], zone)
            )
            facts = {
                "clinic": clinic,
                "name": f"C{clinic}-{number}",
                "flag": flag,
                "at": at,
                "by": by,
                "own": own,
            }
            (pump,) = owner.execute(PUMP, facts).fetchone()  # type: ignore[misc]
            owner.execute(PROGRAMME, {**facts, "pump": pump})
            owner.execute(REFILL, {**facts, "pump": pump})
    return int(clinic)


def zone_of_afternoon(now: datetime) -> str:
    """Where it is early afternoon; the signs of these names are the other way round."""
    ahead = (AFTERNOON - now.astimezone(UTC).hour + 10) % 24 - 10
    return f"Etc/GMT{-ahead:+d}"


def person(owner: Connection[Any], clinic: int, number: int) -> tuple[int, int]:
    """A nurse or a prescriber: the number of their part, and their own."""
    facts = {
        "email": f"p{number}@{clinic}.example",
        "name": f"P{number}",
        "role": "prescriber" if number % 2 else "nurse",
        "clinic": clinic,
    }
    member, user = owner.execute(PERSON, facts).fetchone()  # type: ignore[misc]
    return member, user


def fill_for_risk(moment: datetime, zone: str, *, flag: bool) -> datetime:
    """When a pump was filled that runs into withdrawal risk at `moment`."""
    steps = _steps(moment, zone, flag=flag)
    (risk_at,) = [at for at, kind, _ in steps if kind == "withdrawal_risk"]
    return moment - (risk_at - moment)


def fill_for_day(now: datetime, days: int, zone: str) -> datetime:
    """When a pump was filled that has its refill-by date so many days from now."""
    steps = _steps(now, zone, flag=False)
    refill_by = [at for at, kind, _ in steps if kind == "refill_due"][-1]
    return now - (refill_by - now) + timedelta(days=days)


def _steps(at: datetime, zone: str, *, flag: bool) -> tuple[tuple[datetime, str, int], ...]:
    facts = {**LIKE_ALL, "zone": zone, "filled_at": at, "programmed_at": at, "flags": int(flag)}
    return steps_of(facts).ladder
