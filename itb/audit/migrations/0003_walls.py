"""The trail of a clinic is read in that clinic."""

from django.db import migrations

from itb.walls import walled


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [walled("audit_auditevent")]
