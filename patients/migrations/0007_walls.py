"""Patients and implants exist in the clinic that holds them."""

from django.db import migrations

from itb.walls import walled


class Migration(migrations.Migration):
    dependencies = [("patients", "0006_serial_by_clinic")]
    operations = [
        walled("patients_patient"),
        walled(
            "patients_custody",
            "EXISTS (SELECT FROM patients_patient AS patient WHERE patient.id = patient_id)",
        ),
        walled("patients_contact"),
        walled("patients_pump"),
        walled("patients_ownmodel"),
    ]
