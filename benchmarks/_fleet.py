"""A clinic with many pumps, written in bulk by the owner: every pump forecast, a sixth due within 14 days."""

from psycopg import Cursor

PEOPLE = """
INSERT INTO patients_patient (clinic_id, record_number, family_name, given_name, birth_date, origin,
    injury_at_t6_or_above, communication_difficulty, earlier_withdrawal, cannot_hear_alarm, registered_at,
    registered_by_id)
SELECT %(clinic)s, 'B' || n, 'Bench' || n, 'Alex', DATE '1980-01-01' + (n %% 10000)::int, 'spinal',
    n %% 7 = 0, false, false, n %% 11 = 0, now() - interval '400 days', %(person)s
FROM generate_series(1, %(pumps)s) AS n
"""
CONTACTS = """
INSERT INTO patients_contact (patient_id, clinic_id, name, relation, phone)
SELECT id, clinic_id, 'Kin', 'sister', CASE WHEN id %% 50 = 0 THEN '' ELSE '3' END FROM patients_patient
WHERE clinic_id = %(clinic)s
"""
PUMPS = """
INSERT INTO patients_pump (patient_id, clinic_id, model, catalogue_version, serial, reservoir_ml, alarm_ml,
    unusable_ml, accuracy_pct, implanted_on, facts_version)
SELECT id, clinic_id, 'synchromed-ii-40', 1, 'NGB' || id, 40, 2, 0, 14.5, DATE '2020-01-01', 0
FROM patients_patient WHERE clinic_id = %(clinic)s
"""
# 84 days between fills: a sixth of them has 14 days or less.
FORECASTS = """
UPDATE refills_projection SET facts_version = 0, computed_at = now(), error = '', binding = 'band',
    danger_at = now() + make_interval(hours => (pump_id * 37 %% 2016)::int) + interval '1 day',
    earliest_empty_at = now() + make_interval(hours => (pump_id * 37 %% 2016)::int) + interval '1 day',
    alarm_at = now() + make_interval(hours => (pump_id * 37 %% 2016)::int) + interval '4 days',
    empty_at = now() + make_interval(hours => (pump_id * 37 %% 2016)::int) + interval '6 days',
    refill_by = current_date + (pump_id * 37 %% 2016 / 24)::int, dose_mcg_per_day = 400,
    concentration_mcg_per_ml = 2000, review_at = now() + interval '20 hours'
WHERE clinic_id = %(clinic)s
"""
VISITS = """
INSERT INTO refills_appointment (pump_id, clinic_id, "on", state, booked_at, booked_by_id)
SELECT id, clinic_id, current_date + (id %% 60)::int, 'booked', now(), %(person)s FROM patients_pump
WHERE clinic_id = %(clinic)s AND id %% 3 <> 0
"""
ALERTS = """
INSERT INTO alerts_alert (pump_id, clinic_id, kind, tier, sentence, occasion, resolved_occasion, state, opened_at, note)
SELECT pump_id, clinic_id, 'refill_due', 1, 'Due.', '', '', 'open', now(), '' FROM refills_projection
WHERE clinic_id = %(clinic)s AND refill_by < current_date + 14
"""
# What a stored forecast weighs: the facts that it came from and its steps.
LIKENESS = """
UPDATE refills_projection AS row SET scenario = one.scenario, forecast = one.forecast, findings = one.findings
FROM refills_projection AS one WHERE one.pump_id = %(pump)s AND row.clinic_id = %(clinic)s AND row.scenario = '{}'
"""
STATEMENTS = (PEOPLE, CONTACTS, PUMPS, FORECASTS, VISITS, ALERTS)


def fill(cursor: Cursor, *, clinic: int, person: int, pumps: int) -> None:
    """Write `pumps` pumps into `clinic`, as registered by `person`. `cursor` is the owner's."""
    for statement in STATEMENTS:
        cursor.execute(statement, {"clinic": clinic, "person": person, "pumps": pumps})
    cursor.execute("ANALYZE")


def likeness(cursor: Cursor, *, clinic: int, pump: int) -> None:
    """Give each forecast of the fleet the size of a true one, that of `pump`; then tidy up as PostgreSQL would."""
    cursor.execute(LIKENESS, {"clinic": clinic, "pump": pump})
    cursor.execute("VACUUM ANALYZE")
