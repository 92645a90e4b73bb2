"""A clinic's own pump model is never edited: a change is its next version."""

from django.db import migrations

from itb.audit.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("patients", "0002_own_model"), ("audit", "0002_append_only")]
    operations = [append_only("patients_ownmodel")]
