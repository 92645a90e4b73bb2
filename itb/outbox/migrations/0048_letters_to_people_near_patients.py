"""A letter can go to somebody near a patient, who agreed to it, besides to a member of the clinic or one it invites."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0060_drafts"),
        ("outbox", "0042_letters_of_one_reader"),
    ]

    operations = [
        migrations.AddField(
            "letter",
            "to_address",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Of somebody near a patient, who agreed",
                max_length=254,
            ),
        ),
        migrations.AddField(
            "letter",
            "nonce",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="What the token in its links is made from",
                max_length=64,
            ),
        ),
        migrations.RemoveConstraint("letter", "letter_to_one_person_or_one_invited_address"),
        AddConstraintNotValid(
            "letter",
            models.CheckConstraint(
                condition=models.Q(recipient__isnull=False, invitation=None, to_address="")
                | models.Q(recipient=None, invitation__isnull=False, to_address="")
                | (models.Q(recipient=None, invitation=None) & ~models.Q(to_address="")),
                name="letter_has_one_addressee",
            ),
        ),
    ]
