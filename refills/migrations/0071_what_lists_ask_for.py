"""What a list asks for stands in the forecast's row, so that an index answers it: visit, reachable, implanted.

No program writes these columns. A trigger sets them whenever the row is written, by whatever hand, and a visit, a
contact or a pump that changes has its row written. The same trigger holds what the list relies on: whatever makes a
forecast unknown leaves it no moment of danger, so that it sorts first.
"""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION refills_is_reachable(patient bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM patients_contact WHERE patient_id = patient AND phone <> '' AND ended_at IS NULL)
        OR EXISTS (SELECT FROM patients_patient WHERE id = patient AND refused_on IS NOT NULL)
$$;

CREATE FUNCTION refills_projection_asked_for() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE pump patients_pump;
BEGIN
    SELECT * INTO pump FROM patients_pump WHERE id = NEW.pump_id;
    NEW.is_watched := pump.explanted_on IS NULL;
    NEW.is_reachable := refills_is_reachable(pump.patient_id);
    NEW.visit_on := (SELECT "on" FROM refills_appointment WHERE pump_id = NEW.pump_id AND state = 'booked');
    IF NEW.error <> '' OR NEW.facts_version IS DISTINCT FROM pump.facts_version
        OR NEW.findings @> '[{"code": "concentration_mismatch"}]' OR NEW.findings @> '[{"code": "pump_stopped"}]'
    THEN
        NEW.danger_at := NULL;
    END IF;
    NEW.alarm_danger_at := NEW.alarm_at - (NEW.earliest_empty_at - NEW.danger_at);
    RETURN NEW;
END $$;
CREATE TRIGGER projection_asked_for BEFORE INSERT OR UPDATE ON refills_projection
    FOR EACH ROW EXECUTE FUNCTION refills_projection_asked_for();

CREATE FUNCTION refills_visit_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE refills_projection SET review_at = review_at WHERE pump_id = NEW.pump_id;
    RETURN NULL;
END $$;
CREATE TRIGGER visit_changed AFTER INSERT OR UPDATE ON refills_appointment
    FOR EACH ROW EXECUTE FUNCTION refills_visit_changed();

CREATE FUNCTION refills_contact_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- An array, so that the rows are found by their key whatever the planner knows of the tables. A contact handed over
    -- to another clinic may arrive before the forecast: that row is on its way, and is written when it moves.
    UPDATE refills_projection SET review_at = review_at
    WHERE pump_id = ANY(ARRAY(SELECT id FROM patients_pump WHERE patient_id = NEW.patient_id))
        AND clinic_id = NEW.clinic_id;
    RETURN NULL;
END $$;

CREATE FUNCTION refills_refusal_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- An array, so that the rows are found by their key whatever the planner knows of the tables.
    UPDATE refills_projection SET review_at = review_at
    WHERE pump_id = ANY(ARRAY(SELECT id FROM patients_pump WHERE patient_id = NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER refusal_changed AFTER UPDATE OF refused_on ON patients_patient
    FOR EACH ROW WHEN (OLD.refused_on IS DISTINCT FROM NEW.refused_on) EXECUTE FUNCTION refills_refusal_changed();

CREATE TRIGGER contact_changed AFTER INSERT OR UPDATE ON patients_contact
    FOR EACH ROW EXECUTE FUNCTION refills_contact_changed();

UPDATE refills_projection SET review_at = review_at;
"""
BACKWARD = """
DROP TRIGGER refusal_changed ON patients_patient;
DROP FUNCTION refills_refusal_changed;
DROP TRIGGER contact_changed ON patients_contact;
DROP TRIGGER visit_changed ON refills_appointment;
DROP TRIGGER projection_asked_for ON refills_projection;
DROP FUNCTION refills_contact_changed, refills_visit_changed, refills_projection_asked_for, refills_is_reachable;
"""


class Migration(migrations.Migration):
    dependencies = [("refills", "0070_no_pump_without_a_forecast_row"), ("patients", "0032_departure")]
    operations = [
        migrations.AddField(
            "projection",
            "is_watched",
            models.BooleanField(default=True, db_default=True, help_text="The pump is implanted"),
        ),
        migrations.AddField(
            "projection",
            "is_reachable",
            models.BooleanField(default=False, db_default=False, help_text="Somebody can be called"),
        ),
        migrations.AddField(
            "projection", "visit_on", models.DateField(null=True, help_text="The visit that is booked")
        ),
        migrations.AddField(
            "projection",
            "alarm_danger_at",
            models.DateTimeField(null=True, help_text="The alarm less the vulnerability shift"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
