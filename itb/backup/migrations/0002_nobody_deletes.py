"""What a backup would have to bring back is not deleted in the first place: the application's role may not.

Facts refuse it by their own triggers. A forecast may go: it comes back by itself, empty, and is computed anew.
"""

from django.db import migrations

from itb.walls import APPLICATION

TABLES = (
    "accounts_clinic, accounts_user, accounts_membership, accounts_invitation, accounts_grant,"
    " accounts_emergencyaccess, patients_patient, patients_contact, patients_pump,"
    " refills_appointment, refills_policy, alerts_alert, alerts_policy, outbox_letter, outbox_heartbeat, outbox_epoch"
)


class Migration(migrations.Migration):
    dependencies = [
        ("backup", "0001_initial"),
        ("accounts", "0025_histories"),
        ("patients", "0020_histories"),
        ("refills", "0020_histories"),
        ("alerts", "0020_histories"),
        ("outbox", "0031_letter_by_sent"),
    ]
    operations = [
        migrations.RunSQL(
            f"REVOKE DELETE ON {TABLES} FROM {APPLICATION}", f"GRANT DELETE ON {TABLES} TO {APPLICATION}"
        )
    ]
