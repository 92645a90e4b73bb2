"""What may stand in the database whatever was posted: written here anew, from the label and sense, not from forms."""

from collections import Counter
from collections.abc import Iterable

from django.db import connection

from itb.walls import inside

FROM, TO = "date '1900-01-01'", "current_date + 1"
PRINTED = f"(printed_alarm_on IS NULL OR printed_alarm_on BETWEEN at::date - 1 AND {TO} + 3660)"
WHEN = f"at BETWEEN {FROM} AND recorded_at + interval '5 minutes'"
STRENGTH = "concentration_mcg_per_ml > 0 AND concentration_mcg_per_ml <= 4000"

RANGES: dict[str, str] = {
    "patients_patient": f"birth_date BETWEEN {FROM} AND {TO} AND record_number <> '' AND family_name <> ''"
    " AND origin IN ('spinal', 'cerebral') AND family_name || given_name !~ '[[:cntrl:]]'",
    "patients_contact": "name <> '' AND phone ~ '[0-9]' AND (channel <> 'email' OR email ~ '@')"
    f" AND coalesce(asked_on BETWEEN {FROM} AND {TO}, channel = '')",
    "patients_catheter": f"length_cm > 0 AND length_cm <= 150 AND implanted_on BETWEEN {FROM} AND {TO}"
    " AND tip_level ~ '^[CTL][0-9]+$' AND source <> ''",
    "patients_offer": "length(reason) >= 10",
    "patients_departure": f'"on" BETWEEN {FROM} AND {TO} AND length(reason) >= 10'
    " AND (NOT is_confirmed OR closed_by_id <> asked_by_id)",
    "patients_pump": f"alarm_ml > 0 AND alarm_ml < reservoir_ml AND reservoir_ml <= 100 AND length(serial) >= 4"
    f" AND implanted_on BETWEEN {FROM} AND {TO}",
    "patients_ownmodel": "reservoir_ml BETWEEN 0.01 AND 100 AND accuracy_pct BETWEEN 0 AND 50 AND key LIKE 'own-_%%'"
    " AND longest_stay_days BETWEEN 1 AND 400 AND coalesce(tubing_ml, 0) BETWEEN 0 AND 2 AND source <> ''",
    "refills_ownproduct": f"{STRENGTH} AND abs(amount_mcg / volume_ml - concentration_mcg_per_ml) <= 0.05"
    " AND volume_ml BETWEEN 0.01 AND 500 AND key LIKE 'own-_%%' AND source <> ''",
    "refills_refill": f"{WHEN} AND {PRINTED} AND {STRENGTH} AND lot <> ''"
    " AND coalesce(withdrawn_ml, 0) BETWEEN 0 AND 100"
    " AND filled_ml > 0 AND filled_ml <= (SELECT reservoir_ml FROM patients_pump WHERE id = pump_id)",
    "refills_programme": f"{WHEN} AND {PRINTED} AND {STRENGTH} AND dose_mcg_per_day > 0"
    " AND dose_mcg_per_day <= 5000 AND mode IN ('continuous', 'flex', 'periodic')",
    "refills_adjustment": f"{WHEN} AND coalesce(amount_mcg, 1) BETWEEN 0.01 AND 5000 AND coalesce(hours, 1) > 0"
    " AND coalesce(volume_ml, 1) > 0 AND coalesce(volume_ml, 1) <= 100 AND (kind <> 'stop' OR reason <> '')",
    "refills_procedure": "coalesce(waste_ml, 0) BETWEEN 0 AND 100 AND coalesce(observed_min, 0) <= 2880"
    " AND expires_on >= (SELECT at::date - 1 FROM refills_refill WHERE id = refill_id)"
    " AND checker_id IS DISTINCT FROM (SELECT recorded_by_id FROM refills_refill WHERE id = refill_id)",
    "refills_interrogation": "coalesce(volume_ml, 0) BETWEEN 0 AND 100 AND coalesce(dose_mcg_per_day, 0) <= 5000"
    " AND coalesce(concentration_mcg_per_ml, 1) > 0 AND coalesce(concentration_mcg_per_ml, 1) <= 4000",
    "refills_checkliststep": "is_done OR reason <> '' OR step IN ('taught', 'given')",
    "refills_followup": "next_step <> '' AND (closed_at IS NULL) = (result = '')"
    " AND due_on BETWEEN opened_at::date - 1 AND opened_at::date + 367",
    "refills_procedurepolicy": "trend_ml > 0 AND trend_ml <= 5 AND trend_count BETWEEN 2 AND 6",
    "refills_appointment": f"state <> 'booked' OR \"on\" BETWEEN current_date - 1 AND {TO} + 366",
    "refills_planningpolicy": "lead_days <= 90 AND authorisation_days BETWEEN 1 AND 180 AND visits_a_day <= 200"
    " AND failed_contacts BETWEEN 1 AND 10 AND closed_weekdays ~ '^1?2?3?4?5?6?7?$' AND closed_weekdays <> '1234567'",
    "refills_closure": "last_on BETWEEN first_on AND first_on + 366 AND reason <> ''",
    "refills_homerefill": "travel_days BETWEEN 0 AND 30 AND (is_at_home OR travel_days = 0)",
    "refills_authorisation": "ends_on BETWEEN starts_on AND starts_on + 3660 AND reference <> ''",
    "refills_drugorder": f"ordered_on BETWEEN current_date - 368 AND {TO}",
    "refills_contactattempt": f"{WHEN} AND whom <> '' AND next_step <> '' AND next_on <= {TO} + 366"
    " AND (outcome <> 'refused' OR handed_to_id IS NOT NULL)",
    "refills_policy": "margin_days BETWEEN 1 AND 60 AND max_interval_days BETWEEN 1 AND 365 AND accuracy_days <= 60"
    " AND shift_days <= 30 AND shift_max_days BETWEEN shift_days AND 60",
    "alerts_policy": "routine_days BETWEEN due_days + 1 AND 90 AND due_days BETWEEN urgent_days + 1 AND 60"
    " AND urgent_days BETWEEN 1 AND 30 AND critical_days_before_alarm BETWEEN 1 AND 30"
    " AND confirm_days BETWEEN 1 AND 60 AND replacement_urgent_days BETWEEN 1 AND 365"
    " AND replacement_due_days BETWEEN replacement_urgent_days + 1 AND 730",
    "outbox_policy": "morning_hour BETWEEN 4 AND 12 AND letters_a_day BETWEEN 2 AND 10",
    "alerts_alert": "state <> 'acknowledged' OR note <> ''"
    " AND acknowledged_until <= acknowledged_at + interval '3 days'",
    "alerts_escalationpolicy": "critical_all_minutes BETWEEN critical_second_minutes + 1 AND 480"
    " AND critical_second_minutes >= 5 AND urgent_second_hours BETWEEN 1 AND 24 AND due_all_days BETWEEN 1 AND 10"
    " AND evening_hour BETWEEN 15 AND 23 AND urgent_at_night IN ('told', 'waits')",
    "alerts_absence": "last_on BETWEEN first_on AND first_on + 366 AND cover_id IS DISTINCT FROM member_id",
}
"""By table: what is so of every row that a form can make."""

OUTSIDE = " UNION ALL ".join(
    f"SELECT '{table}', count(*) FROM {table} WHERE NOT coalesce({rule}, false)"
    for table, rule in RANGES.items()
)


def outside(clinics: Iterable[int]) -> dict[str, int]:
    """How many rows of each table are not as they must be, in these clinics; deferred rules are asked as well."""
    found: Counter[str] = Counter()
    for clinic in clinics:
        with inside(clinic), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(OUTSIDE)
            found.update(dict(cursor.fetchall()))
    return dict(+found)
