"""A letter can go to somebody near a patient, who agreed to it, besides to a member, an invited one, or a webhook."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0060_drafts"),
        ("outbox", "0046_letters_have_one_addressee_of_three"),
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
        migrations.RemoveConstraint("letter", "letter_has_one_addressee"),
        AddConstraintNotValid(
            "letter",
            models.CheckConstraint(
                condition=models.Q(recipient__isnull=False, invitation=None, hook=None, to_address="")
                | models.Q(recipient=None, invitation__isnull=False, hook=None, to_address="")
                | models.Q(recipient=None, invitation=None, hook__isnull=False, to_address="")
                | (models.Q(recipient=None, invitation=None, hook=None) & ~models.Q(to_address="")),
                name="letter_has_one_addressee",
            ),
        ),
    ]
