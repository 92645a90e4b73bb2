"""A serial number is one patient's within a clinic: a refusal that reached further would tell of another clinic."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("patients", "0005_custody_moves")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        """CREATE UNIQUE INDEX CONCURRENTLY pump_serial_in_one_patient_of_a_clinic ON patients_pump
                        (clinic_id, model, upper(serial)) WHERE explanted_on IS NULL""",
                        "DROP INDEX CONCURRENTLY pump_serial_in_one_patient",
                        "CREATE UNIQUE INDEX CONCURRENTLY pump_with_its_clinic ON patients_pump (id, clinic_id)",
                        """ALTER TABLE patients_pump
                        ADD CONSTRAINT pump_with_its_clinic UNIQUE USING INDEX pump_with_its_clinic""",
                    ],
                    [
                        "ALTER TABLE patients_pump DROP CONSTRAINT pump_with_its_clinic CASCADE",
                        """CREATE UNIQUE INDEX CONCURRENTLY pump_serial_in_one_patient ON patients_pump
                        (model, upper(serial)) WHERE explanted_on IS NULL AND NOT model LIKE 'own-%'""",
                        "DROP INDEX CONCURRENTLY pump_serial_in_one_patient_of_a_clinic",
                    ],
                )
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="pump", name="pump_serial_in_one_patient"),
                migrations.AddConstraint(
                    model_name="pump",
                    constraint=models.UniqueConstraint(
                        models.F("clinic"),
                        models.F("model"),
                        django.db.models.functions.text.Upper("serial"),
                        condition=models.Q(("explanted_on", None)),
                        name="pump_serial_in_one_patient_of_a_clinic",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="pump",
                    constraint=models.UniqueConstraint(fields=["id", "clinic"], name="pump_with_its_clinic"),
                ),
            ],
        ),
    ]
