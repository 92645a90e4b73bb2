"""Which acts belong to a change, and whether any does."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0011_indexes_for_the_trail")]
    operations = [
        AddIndexConcurrently("auditevent", models.Index(fields=["written_at"], name="audit_by_transaction"))
    ]
