"""Whom nobody watches, asked of the rows as they stand: every line that it gives is a fault, and none may come.

A function and not a view, since a view binds to one clock when it is made (docs/decisions/0004). It runs with the
rights of who asks, so that it tells of the open clinic alone.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION alerts_unmonitored() RETURNS TABLE (pump_id bigint, alert_id bigint, why text)
    LANGUAGE sql STABLE AS $$
WITH present AS (
    SELECT clock_timestamp() AS at
), told AS (
    SELECT member.id, member.clinic_id, member.user_id, member.role, (
        SELECT max(absence.added_at) FROM alerts_absence AS absence
        WHERE absence.member_id = member.id AND absence.ended_at IS NULL
          AND (present.at AT TIME ZONE clinic.zone)::date BETWEEN absence.first_on AND absence.last_on
    ) AS gone_since
    FROM accounts_membership AS member
    JOIN accounts_user AS person ON person.id = member.user_id AND person.is_active
    JOIN accounts_clinic AS clinic ON clinic.id = member.clinic_id, present
    WHERE member.ended_at IS NULL
), pumps AS (
    SELECT pump.id, pump.clinic_id FROM patients_pump AS pump WHERE pump.explanted_on IS NULL
), untaken AS (
    SELECT alert.* FROM alerts_alert AS alert WHERE alert.state = 'open'
), held AS (
    SELECT alert.* FROM alerts_alert AS alert WHERE alert.state IN ('acknowledged', 'snoozed')
)
SELECT pump.id, NULL::bigint, 'no_row'
FROM pumps AS pump LEFT JOIN refills_projection AS row ON row.pump_id = pump.id
WHERE row.is_watched IS NOT TRUE
UNION ALL
SELECT pump.id, NULL, 'not_looked_at'
FROM pumps AS pump JOIN refills_projection AS row ON row.pump_id = pump.id, present
WHERE row.review_at < present.at - interval '5 minutes' OR row.review_at > present.at + interval '25 hours'
UNION ALL
SELECT pump.id, NULL, 'danger_without_alert'
FROM pumps AS pump JOIN refills_projection AS row ON row.pump_id = pump.id, present
WHERE (row.danger_at IS NULL OR row.danger_at <= present.at) AND row.review_at > present.at AND NOT EXISTS (
    SELECT FROM alerts_alert AS alert WHERE alert.pump_id = pump.id AND alert.state <> 'closed' AND alert.tier = 4)
UNION ALL
SELECT alert.pump_id, alert.id, 'alert_of_a_departed'
FROM alerts_alert AS alert JOIN patients_pump AS pump ON pump.id = alert.pump_id
WHERE alert.state <> 'closed' AND pump.explanted_on IS NOT NULL
UNION ALL
SELECT alert.pump_id, alert.id, 'owner_gone'
FROM held AS alert
WHERE NOT EXISTS (
    SELECT FROM told WHERE told.user_id = alert.acknowledged_by_id AND told.clinic_id = alert.clinic_id
      AND told.role IN ('nurse', 'prescriber', 'coordinator'))
UNION ALL
SELECT alert.pump_id, alert.id, 'owner_away'
FROM held AS alert JOIN told ON told.user_id = alert.acknowledged_by_id AND told.clinic_id = alert.clinic_id
WHERE told.gone_since > alert.acknowledged_at
UNION ALL
SELECT alert.pump_id, alert.id, 'owner_past_the_end'
FROM held AS alert, present
WHERE alert.acknowledged_until < present.at - interval '5 minutes'
UNION ALL
SELECT alert.pump_id, alert.id, 'rests_too_long'
FROM held AS alert LEFT JOIN refills_projection AS row ON row.pump_id = alert.pump_id, present
WHERE alert.state = 'snoozed' AND row.review_at > present.at
  AND (alert.tier = 4 OR row.earliest_empty_at IS NULL OR alert.acknowledged_until > row.earliest_empty_at)
UNION ALL
SELECT alert.pump_id, alert.id, 'untold'
FROM untaken AS alert
WHERE alert.tier > 1 AND NOT EXISTS (
    SELECT FROM outbox_letter AS letter JOIN told ON told.id = letter.recipient_id
    WHERE letter.topic = 'alert:' || alert.id AND letter.state <> 'superseded'
      AND letter.created_at >= COALESCE(alert.waits_since, alert.opened_at))
UNION ALL
SELECT alert.pump_id, alert.id, 'hop_overdue'
FROM untaken AS alert LEFT JOIN alerts_escalationpolicy AS policy ON policy.clinic_id = alert.clinic_id, present
WHERE alert.tier = 4 AND alert.hop < 2 AND present.at > COALESCE(alert.waits_since, alert.opened_at)
  + make_interval(mins => COALESCE(policy.critical_all_minutes, 60)) + interval '5 minutes'
UNION ALL
SELECT NULL, NULL, 'too_few_told'
FROM accounts_clinic AS clinic
WHERE EXISTS (SELECT FROM pumps WHERE pumps.clinic_id = clinic.id) AND 2 > (
    SELECT count(*) FROM told WHERE told.clinic_id = clinic.id AND told.role IN ('nurse', 'prescriber'))
UNION ALL
SELECT NULL, NULL, 'nobody_there'
FROM accounts_clinic AS clinic
WHERE EXISTS (SELECT FROM pumps WHERE pumps.clinic_id = clinic.id) AND NOT EXISTS (
    SELECT FROM told WHERE told.clinic_id = clinic.id AND told.gone_since IS NULL
      AND told.role IN ('nurse', 'prescriber', 'administrator'))
$$;
"""
BACKWARD = "DROP FUNCTION alerts_unmonitored"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0089_ends_with_the_watch")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
