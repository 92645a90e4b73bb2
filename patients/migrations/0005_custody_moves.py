"""Custody begins with the patient and moves by one function, which only the clinic that holds the patient can call.

The application's role can read custody and cannot write it: `patients_hand_over` acts for it, as the owner.
"""

from django.db import migrations

from itb.walls import APPLICATION, OPEN

FORWARD = f"""
INSERT INTO patients_custody (patient_id, clinic_id, started_at, started_by_id)
    SELECT id, clinic_id, registered_at, registered_by_id FROM patients_patient;

CREATE FUNCTION patients_begin_custody() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO patients_custody (patient_id, clinic_id, started_at, started_by_id)
        VALUES (NEW.id, NEW.clinic_id, NEW.registered_at, NEW.registered_by_id);
    RETURN NULL;
END $$;
CREATE TRIGGER custody_begins AFTER INSERT ON patients_patient
    FOR EACH ROW EXECUTE FUNCTION patients_begin_custody();

CREATE FUNCTION patients_follow_custody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM patients_custody
                   WHERE patient_id = NEW.id AND clinic_id = NEW.clinic_id AND ended_at IS NULL) THEN
        RAISE EXCEPTION 'a patient is in the clinic that has custody'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'patient_follows_custody', TABLE = 'patients_patient';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER patient_follows_custody BEFORE UPDATE OF clinic_id ON patients_patient
    FOR EACH ROW WHEN (OLD.clinic_id <> NEW.clinic_id) EXECUTE FUNCTION patients_follow_custody();

CREATE FUNCTION patients_hand_over(given bigint, receiver bigint, person bigint) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
BEGIN
    UPDATE patients_custody SET ended_at = moment, ended_by_id = person
        WHERE patient_id = given AND clinic_id = {OPEN} AND ended_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the open clinic does not hold this patient' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO patients_custody (patient_id, clinic_id, started_at, started_by_id)
        VALUES (given, receiver, moment, person);
    UPDATE patients_patient SET clinic_id = receiver WHERE id = given;
END $$;
REVOKE ALL ON FUNCTION patients_hand_over FROM PUBLIC;
GRANT EXECUTE ON FUNCTION patients_hand_over TO {APPLICATION};
REVOKE INSERT, UPDATE, DELETE ON patients_custody FROM {APPLICATION};
"""
BACKWARD = f"""
GRANT INSERT, UPDATE, DELETE ON patients_custody TO {APPLICATION};
DROP FUNCTION patients_hand_over;
DROP TRIGGER patient_follows_custody ON patients_patient;
DROP TRIGGER custody_begins ON patients_patient;
DROP FUNCTION patients_follow_custody, patients_begin_custody;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0004_custody")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
