"""The trail cannot be changed, whoever asks."""

from django.db import migrations

from itb.audit.append_only import CREATE_REFUSAL, append_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(CREATE_REFUSAL, "DROP FUNCTION itb_refuse_change"),
        append_only("audit_auditevent"),
    ]
