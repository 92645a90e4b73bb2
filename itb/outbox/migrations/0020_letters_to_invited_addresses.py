"""A letter can go to an address that is invited, besides to a member of the clinic."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_invitations_grants_emergencies"),
        ("outbox", "0001_initial"),
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
    ]
