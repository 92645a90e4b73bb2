"""A letter can come back; then its address is marked until its person confirms it, or has another."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from itb.walls import APPLICATION, walled

SAME_CLINIC = """
ALTER TABLE outbox_bounce ADD CONSTRAINT bounce_of_the_recipients_clinic
    FOREIGN KEY (recipient_id, clinic_id) REFERENCES accounts_membership (id, clinic_id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0060_drafts"),
        ("outbox", "0042_letters_of_one_reader"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bounce",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.EmailField(max_length=254)),
                ("found_at", models.DateTimeField()),
                (
                    "trouble",
                    models.CharField(help_text="What the server answered, without addresses", max_length=200),
                ),
                (
                    "confirmed_at",
                    models.DateTimeField(help_text="When its person said that it is right", null=True),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bounces",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("confirmed_at", None)),
                        fields=("recipient", "address"),
                        name="bounce_one_open_an_address",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            SAME_CLINIC, "ALTER TABLE outbox_bounce DROP CONSTRAINT bounce_of_the_recipients_clinic"
        ),
        walled("outbox_bounce"),
        migrations.RunSQL(
            f"REVOKE DELETE ON outbox_bounce FROM {APPLICATION}",
            f"GRANT DELETE ON outbox_bounce TO {APPLICATION}",
        ),
        migrations.AlterField(
            model_name="letter",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Waiting"),
                    ("claimed", "Being sent"),
                    ("handing_over", "Handing over"),
                    ("sent", "Sent"),
                    ("dead", "Refused"),
                    ("bounced", "Came back"),
                    ("uncertain", "Uncertain"),
                    ("superseded", "No longer needed"),
                ],
                default="pending",
                max_length=20,
            ),
        ),
        migrations.RemoveConstraint(model_name="letter", name="letter_state_known"),
        AddConstraintNotValid(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "pending",
                            "claimed",
                            "handing_over",
                            "sent",
                            "dead",
                            "bounced",
                            "uncertain",
                            "superseded",
                        ],
                    )
                ),
                name="letter_state_known",
            ),
        ),
    ]
