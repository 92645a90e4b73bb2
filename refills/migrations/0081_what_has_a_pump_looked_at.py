"""What the rules ask of visits stands in the forecast's row, and whatever is said of a pump has it looked at again.

A missed visit is mended by another one that is booked or was kept, or by a refill on its day or later. Whatever hand
wrote about visits, people, drug or payer: the moment to look again comes now, and never later than it stood.
"""

from django.db import migrations

ASKED_FOR = """
CREATE OR REPLACE FUNCTION refills_projection_asked_for() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE pump patients_pump;
BEGIN
    SELECT * INTO pump FROM patients_pump WHERE id = NEW.pump_id;
    NEW.is_watched := pump.explanted_on IS NULL;
    NEW.is_reachable := refills_is_reachable(pump.patient_id);
    %s
    IF NEW.error <> ''%s OR NEW.facts_version IS DISTINCT FROM pump.facts_version
        OR NEW.findings @> '[{"code": "concentration_mismatch"}]' OR NEW.findings @> '[{"code": "pump_stopped"}]'
    THEN
        NEW.danger_at := NULL;
    END IF;
    NEW.alarm_danger_at := NEW.alarm_at - (NEW.earliest_empty_at - NEW.danger_at);
    RETURN NEW;
END $$;
"""
BOOKED = """NEW.visit_on := (SELECT "on" FROM refills_appointment WHERE pump_id = NEW.pump_id AND state = 'booked');"""
VISITS = """NEW.visit_on := NULL;
    NEW.visit_is_confirmed := false;
    SELECT "on", confirmed_at IS NOT NULL INTO NEW.visit_on, NEW.visit_is_confirmed
    FROM refills_appointment WHERE pump_id = NEW.pump_id AND state = 'booked';
    NEW.visit_is_confirmed := coalesce(NEW.visit_is_confirmed, false);
    NEW.missed_on := CASE WHEN NEW.visit_on IS NULL THEN refills_missed_on(NEW.pump_id) END;"""
MISSED = """
CREATE FUNCTION refills_missed_on(pump bigint) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT last."on" FROM (
        SELECT "on", state, clinic_id FROM refills_appointment
        WHERE pump_id = pump AND state IN ('missed', 'attended', 'unfilled') ORDER BY closed_at DESC, id DESC LIMIT 1
    ) AS last
    WHERE last.state = 'missed' AND NOT EXISTS (
        SELECT FROM refills_refill AS refill
        JOIN accounts_clinic AS clinic ON clinic.id = last.clinic_id
        WHERE refill.pump_id = pump AND (refill.at AT TIME ZONE clinic.zone)::date >= last."on"
            AND NOT EXISTS (SELECT FROM refills_correction WHERE refill_id = refill.id)
    )
$$;
"""
CHANGED = """
CREATE OR REPLACE FUNCTION refills_visit_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE refills_projection SET review_at = {moment} WHERE pump_id = NEW.pump_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION refills_contact_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- An array, so that the rows are found by their key whatever the planner knows of the tables. A contact handed over
    -- to another clinic may arrive before the forecast: that row is on its way, and is written when it moves.
    UPDATE refills_projection SET review_at = {moment}
    WHERE pump_id = ANY(ARRAY(SELECT id FROM patients_pump WHERE patient_id = NEW.patient_id))
        AND clinic_id = NEW.clinic_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION refills_refusal_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- An array, so that the rows are found by their key whatever the planner knows of the tables.
    UPDATE refills_projection SET review_at = {moment}
    WHERE pump_id = ANY(ARRAY(SELECT id FROM patients_pump WHERE patient_id = NEW.id));
    RETURN NULL;
END $$;
"""
NOTED = """
CREATE TRIGGER noted_changed AFTER INSERT ON refills_authorisation
    FOR EACH ROW EXECUTE FUNCTION refills_visit_changed();
CREATE TRIGGER noted_changed AFTER INSERT ON refills_drugorder
    FOR EACH ROW EXECUTE FUNCTION refills_visit_changed();
"""
FORWARD = (
    MISSED
    + ASKED_FOR % (VISITS, " OR NEW.refill_by IS NULL")
    + CHANGED.format(moment="least(review_at, clock_timestamp())")
    + NOTED
    + """
UPDATE refills_projection SET review_at = clock_timestamp()
WHERE pump_id IN (SELECT pump_id FROM refills_appointment WHERE state = 'missed');
"""
)
BACKWARD = (
    """
DROP TRIGGER noted_changed ON refills_drugorder;
DROP TRIGGER noted_changed ON refills_authorisation;
"""
    + CHANGED.format(moment="review_at")
    + ASKED_FOR % (BOOKED, "")
    + "DROP FUNCTION refills_missed_on;"
)


class Migration(migrations.Migration):
    dependencies = [("refills", "0080_visits_are_confirmed")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
