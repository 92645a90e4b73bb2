"""The application makes no link. After the application's role was given its rights: whatever came later was taken back."""

from django.db import migrations

from itb.audit.chain import by_triggers_alone


class Migration(migrations.Migration):
    dependencies = [("audit", "0012_index_by_transaction"), ("accounts", "0002_application_role")]
    operations = [by_triggers_alone("audit_link")]
