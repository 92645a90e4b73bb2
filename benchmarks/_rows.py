"""A million rows for `migrations.py`, in whatever columns the schema of that day has."""

from collections.abc import Mapping
from typing import Any

import psycopg

PUMPS = 2_000

# Each table with the expressions of its columns over `n`; a column that the old schema lacks is left out.
TABLES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("accounts_clinic", "1", {"name": "'Bench'", "zone": "'Europe/London'", "phone": "'0'"}),
    ("accounts_user", "1", {
        "email": "'nurse@bench.example'", "name": "'Nurse'", "password": "'!'", "is_active": "true"}),
    ("accounts_membership", "1", {"user_id": "1", "clinic_id": "1", "role": "'nurse'", "started_at": "now()"}),
    ("patients_patient", "{pumps}", {
        "clinic_id": "1", "record_number": "'B' || n", "family_name": "'Bench' || n", "given_name": "'Alex'",
        "birth_date": "'1970-01-01'::date", "origin": "'spinal'", "injury_at_t6_or_above": "false",
        "communication_difficulty": "false", "earlier_withdrawal": "false", "cannot_hear_alarm": "false",
        "registered_at": "now()", "registered_by_id": "1"}),
    ("patients_contact", "{pumps}", {
        "patient_id": "n", "clinic_id": "1", "name": "'Kin'", "relation": "'sister'", "phone": "'0'"}),
    ("patients_pump", "{pumps}", {
        "patient_id": "n", "clinic_id": "1", "model": "'synchromed-ii-40'", "catalogue_version": "1",
        "serial": "'NGB' || n", "reservoir_ml": "40", "alarm_ml": "2", "unusable_ml": "0", "accuracy_pct": "14.5",
        "implanted_on": "'2000-01-01'::date", "facts_version": "0"}),
    ("refills_programme", "{rows} * 3 / 10", {
        "pump_id": "1 + n % {pumps}", "at": "now() - n / {pumps} * interval '9 days'", "recorded_at": "now()",
        "recorded_by_id": "1", "recorded_clinic_id": "1", "key": "gen_random_uuid()", "mode": "'continuous'",
        "concentration_mcg_per_ml": "2000", "dose_mcg_per_day": "700", "pattern": "'{{}}'", "reason": "''"}),
    ("refills_refill", "{rows} * 3 / 10", {
        "pump_id": "1 + n % {pumps}", "at": "now() - n / {pumps} * interval '9 days'", "recorded_at": "now()",
        "recorded_by_id": "1", "recorded_clinic_id": "1", "key": "gen_random_uuid()", "filled_ml": "40",
        "emptied": "true", "concentration_mcg_per_ml": "2000", "product": "'lioresal-2000-20'", "lot": "'B'",
        "withdrawn_ml": "8.5", "explanation": "''"}),
    ("audit_auditevent", "{rows} * 3 / 10", {
        "at": "now() - n * interval '1 minute'", "verb": "'refill.recorded'", "by_id": "1", "clinic_id": "1",
        "subject": "'refills.refill'", "subject_id": "n"}),
    ("outbox_letter", "{rows} / 10", {
        "key": "'bench:' || n", "clinic_id": "1", "recipient_id": "1", "topic": "'alert:' || n",
        "template": "'alerts/due'", "is_critical": "false", "state": "'sent'",
        "created_at": "now() - n * interval '1 minute'", "due_at": "now()", "attempt": "1",
        "sent_at": "now() - n * interval '1 minute'", "repeated": "false", "trouble": "''"}),
)  # fmt: skip


COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
PROJECTIONS = """
INSERT INTO refills_projection (pump_id, clinic_id, binding, error, findings, scenario, forecast, review_at)
SELECT id, 1, '', 'no_fill', '[]', '{}', '{}', clock_timestamp() + interval '20 hours' FROM patients_pump
"""


def build(owner: str, rows: int) -> int:
    """Fill the tables, past the triggers, as the owner; how many rows."""
    with psycopg.connect(owner, autocommit=True) as connection:
        for table, number, values in TABLES:
            there = {name for (name,) in connection.execute(COLUMNS, [table])}
            told = {name: value for name, value in values.items() if name in there}
            size = {"rows": rows, "pumps": PUMPS}
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            connection.execute(
                f"INSERT INTO {table} ({', '.join(told)}) SELECT {', '.join(told.values()).format(**size)}"
                f" FROM generate_series(1, {number.format(**size)}) AS n"
            )
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        connection.execute(PROJECTIONS)
        total = sum(one(connection, f"SELECT count(*) FROM {table}") for table, *_ in TABLES)
        connection.execute("VACUUM ANALYZE")
    return total


def one(connection: psycopg.Connection[Any], query: str) -> Any:
    """A single value."""
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]
