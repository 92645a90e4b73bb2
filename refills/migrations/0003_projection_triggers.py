"""Every pump has a projection row from its first moment, and no row outlives the facts it came from.

Unknown is the state that needs no program to be running: a pump inserted, a fact added, a flag raised, a row deleted,
by whatever hand, leaves a row without a moment of danger, which sorts first and reads as critical.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refills_blank_projection(pump bigint, clinic bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO refills_projection
        (pump_id, clinic_id, binding, error, findings, scenario, forecast, review_at)
    VALUES (pump, clinic, '', 'no_fill', '[]', '{}', '{}', clock_timestamp())
    ON CONFLICT (pump_id) DO NOTHING
$$;

CREATE FUNCTION refills_pump_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refills_blank_projection(NEW.id, (SELECT clinic_id FROM patients_patient WHERE id = NEW.patient_id));
    RETURN NULL;
END $$;
CREATE TRIGGER projection_for_each_pump AFTER INSERT ON patients_pump
    FOR EACH ROW EXECUTE FUNCTION refills_pump_inserted();

CREATE FUNCTION refills_projection_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM patients_pump WHERE id = OLD.pump_id AND explanted_on IS NULL) THEN
        PERFORM refills_blank_projection(OLD.pump_id, OLD.clinic_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER projection_comes_back AFTER DELETE ON refills_projection
    FOR EACH ROW EXECUTE FUNCTION refills_projection_deleted();

CREATE FUNCTION refills_fact_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE patients_pump SET facts_version = facts_version + 1 WHERE id = NEW.pump_id;
    RETURN NULL;
END $$;
CREATE TRIGGER fact_counts AFTER INSERT ON refills_refill
    FOR EACH ROW EXECUTE FUNCTION refills_fact_inserted();
CREATE TRIGGER fact_counts AFTER INSERT ON refills_programme
    FOR EACH ROW EXECUTE FUNCTION refills_fact_inserted();

CREATE FUNCTION refills_pump_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE refills_projection SET danger_at = NULL, facts_version = NULL, review_at = clock_timestamp()
    WHERE pump_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER pump_changed AFTER UPDATE ON patients_pump
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION refills_pump_changed();

CREATE FUNCTION refills_patient_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE patients_pump SET facts_version = facts_version + 1 WHERE patient_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER risk_changed AFTER UPDATE OF
    injury_at_t6_or_above, communication_difficulty, earlier_withdrawal, cannot_hear_alarm ON patients_patient
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION refills_patient_changed();
"""

BACKWARD = """
DROP TRIGGER risk_changed ON patients_patient;
DROP TRIGGER pump_changed ON patients_pump;
DROP TRIGGER fact_counts ON refills_programme;
DROP TRIGGER fact_counts ON refills_refill;
DROP TRIGGER projection_comes_back ON refills_projection;
DROP TRIGGER projection_for_each_pump ON patients_pump;
DROP FUNCTION refills_patient_changed, refills_pump_changed, refills_fact_inserted, refills_projection_deleted,
    refills_pump_inserted, refills_blank_projection;
"""


class Migration(migrations.Migration):
    dependencies = [("refills", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
