"""The auditor's page goes backwards by number, through a clinic, a patient or a person."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0010_traces_and_links")]
    operations = [
        AddIndexConcurrently("auditevent", models.Index(fields=["clinic_id", "id"], name="audit_by_number")),
        AddIndexConcurrently(
            "auditevent", models.Index(fields=["patient_id", "id"], name="audit_by_patient")
        ),
        AddIndexConcurrently("auditevent", models.Index(fields=["by_id", "id"], name="audit_by_person")),
    ]
