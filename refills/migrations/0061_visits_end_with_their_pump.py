"""A visit that was booked for a pump ends with it: nobody is expected, or reminded, for what is not there any more."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION refills_visit_ends_with_its_pump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE refills_appointment SET state = 'cancelled', closed_at = clock_timestamp()
        WHERE pump_id = NEW.id AND state = 'booked';
    RETURN NULL;
END $$;
CREATE TRIGGER visit_ends AFTER UPDATE ON patients_pump
    FOR EACH ROW WHEN (OLD.explanted_on IS NULL AND NEW.explanted_on IS NOT NULL)
    EXECUTE FUNCTION refills_visit_ends_with_its_pump();
"""
BACKWARD = """
DROP TRIGGER visit_ends ON patients_pump;
DROP FUNCTION refills_visit_ends_with_its_pump;
"""


class Migration(migrations.Migration):
    dependencies = [("refills", "0060_procedure_and_followup"), ("patients", "0032_departure")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
