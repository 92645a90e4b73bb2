"""A pump without a forecast row is one that nobody watches: from now on PostgreSQL lets none be.

A trigger makes the row with the pump and puts it back when it is deleted. The foreign key is what remains where the
triggers were switched off: checked at the commit, since the pump is there first.
"""

from django.db import migrations

FORWARD = """
ALTER TABLE patients_pump ADD CONSTRAINT pump_has_its_projection
    FOREIGN KEY (id) REFERENCES refills_projection (pump_id) DEFERRABLE INITIALLY DEFERRED NOT VALID;
"""
BACKWARD = "ALTER TABLE patients_pump DROP CONSTRAINT pump_has_its_projection;"


class Migration(migrations.Migration):
    dependencies = [("refills", "0066_doses_within_reason")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(
            "ALTER TABLE patients_pump VALIDATE CONSTRAINT pump_has_its_projection;", migrations.RunSQL.noop
        ),
    ]
