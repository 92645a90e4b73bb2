"""An alert's life is only ever continued."""

from django.db import migrations

from itb.audit.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial"), ("audit", "0002_append_only")]
    operations = [append_only("alerts_alertevent")]
