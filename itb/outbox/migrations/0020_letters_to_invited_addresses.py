"""A letter can go to an address that is invited, besides to a member of the clinic."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# The invitation's table is new and empty; of the letters, none has an invitation yet.
SAME_CLINIC = """
ALTER TABLE accounts_invitation ADD CONSTRAINT invitation_with_its_clinic UNIQUE (id, clinic_id);
ALTER TABLE outbox_letter ADD CONSTRAINT letter_of_the_invitations_clinic
    FOREIGN KEY (invitation_id, clinic_id) REFERENCES accounts_invitation (id, clinic_id) NOT VALID;
"""
OTHERWISE = """
ALTER TABLE outbox_letter DROP CONSTRAINT letter_of_the_invitations_clinic;
ALTER TABLE accounts_invitation DROP CONSTRAINT invitation_with_its_clinic;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_invitations_grants_emergencies"),
        ("outbox", "0002_walls"),
    ]

    operations = [
        migrations.AddField(
            "letter",
            "invitation",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.invitation",
            ),
        ),
        migrations.AlterField(
            "letter",
            "recipient",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="letters",
                to="accounts.membership",
            ),
        ),
        AddConstraintNotValid(
            "letter",
            models.CheckConstraint(
                condition=models.Q(recipient=None) ^ models.Q(invitation=None),
                name="letter_to_one_person_or_one_invited_address",
            ),
        ),
        migrations.RunSQL(SAME_CLINIC, OTHERWISE),
    ]
