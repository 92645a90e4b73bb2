"""Forecasts and visits are of the clinic that holds the pump, and move along when custody does.

A visit that the giving clinic had booked is none at the receiving one: it is cancelled by the move. The columns are
filled within the migration: it is made before any clinic works with the product.
"""

import django.db.models.deletion
from django.db import migrations, models

VISITS = """
ALTER TABLE refills_appointment ADD COLUMN clinic_id bigint;
UPDATE refills_appointment AS row SET clinic_id = pump.clinic_id
    FROM patients_pump AS pump WHERE pump.id = row.pump_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE refills_appointment ALTER COLUMN clinic_id SET NOT NULL;
ALTER TABLE refills_appointment ADD CONSTRAINT appointment_of_the_pumps_clinic
    FOREIGN KEY (pump_id, clinic_id) REFERENCES patients_pump (id, clinic_id) ON UPDATE CASCADE NOT VALID;
ALTER TABLE refills_appointment VALIDATE CONSTRAINT appointment_of_the_pumps_clinic;

CREATE FUNCTION refills_visit_stays_behind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.state := 'cancelled';
    NEW.closed_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER visit_stays_behind BEFORE UPDATE OF clinic_id ON refills_appointment
    FOR EACH ROW WHEN (OLD.clinic_id <> NEW.clinic_id AND OLD.state = 'booked')
    EXECUTE FUNCTION refills_visit_stays_behind();
"""
VISITS_BACK = """
DROP TRIGGER visit_stays_behind ON refills_appointment;
DROP FUNCTION refills_visit_stays_behind;
ALTER TABLE refills_appointment DROP COLUMN clinic_id CASCADE;
"""

FORECASTS = """
ALTER TABLE refills_projection ADD CONSTRAINT projection_of_the_pumps_clinic
    FOREIGN KEY (pump_id, clinic_id) REFERENCES patients_pump (id, clinic_id) ON UPDATE CASCADE NOT VALID;
ALTER TABLE refills_projection VALIDATE CONSTRAINT projection_of_the_pumps_clinic;
"""


class Migration(migrations.Migration):
    dependencies = [("refills", "0008_own_product_append_only"), ("patients", "0006_serial_by_clinic")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(VISITS, VISITS_BACK)],
            state_operations=[
                migrations.AddField(
                    model_name="appointment",
                    name="clinic",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                )
            ],
        ),
        migrations.RunSQL(
            FORECASTS, "ALTER TABLE refills_projection DROP CONSTRAINT projection_of_the_pumps_clinic;"
        ),
    ]
