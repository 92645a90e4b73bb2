"""Alerts are of the clinic that holds the pump. A move closes what was open: the receiving clinic is told anew.

Who acknowledged it works elsewhere, and letters that still wait would reach the wrong people.
"""

from django.db import migrations

FORWARD = """
ALTER TABLE alerts_alert ADD CONSTRAINT alert_of_the_pumps_clinic
    FOREIGN KEY (pump_id, clinic_id) REFERENCES patients_pump (id, clinic_id) ON UPDATE CASCADE NOT VALID;
ALTER TABLE alerts_alert VALIDATE CONSTRAINT alert_of_the_pumps_clinic;

CREATE FUNCTION alerts_stay_behind() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := clock_timestamp();
BEGIN
    UPDATE alerts_alert SET state = 'closed', closed_at = moment WHERE id = NEW.id;
    INSERT INTO alerts_alertevent (alert_id, at, verb, tier, note)
        VALUES (NEW.id, moment, 'closed', NEW.tier, 'The patient moved to another clinic');
    UPDATE outbox_letter SET state = 'superseded', lease_until = NULL
        WHERE topic = 'alert:' || NEW.id AND state IN ('pending', 'claimed', 'dead', 'uncertain');
    RETURN NULL;
END $$;
CREATE TRIGGER alert_stays_behind AFTER UPDATE OF clinic_id ON alerts_alert
    FOR EACH ROW WHEN (OLD.clinic_id <> NEW.clinic_id AND NEW.state <> 'closed')
    EXECUTE FUNCTION alerts_stay_behind();
"""
BACKWARD = """
DROP TRIGGER alert_stays_behind ON alerts_alert;
DROP FUNCTION alerts_stay_behind;
ALTER TABLE alerts_alert DROP CONSTRAINT alert_of_the_pumps_clinic;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0002_append_only"),
        ("outbox", "0001_initial"),
        ("patients", "0006_serial_by_clinic"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
