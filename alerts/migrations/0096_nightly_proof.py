"""That nobody is unmonitored is counted each night, and the count is kept."""

import django.db.models.deletion
from django.db import migrations, models

from itb.audit.append_only import append_only
from itb.walls import walled


class Migration(migrations.Migration):
    dependencies = [("accounts", "0060_drafts"), ("alerts", "0095_letters_to_patients")]

    operations = [
        migrations.CreateModel(
            name="Proof",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(help_text="The clinic's own day")),
                ("at", models.DateTimeField()),
                ("monitored", models.PositiveIntegerField(help_text="Pumps that are implanted")),
                (
                    "evaluated",
                    models.PositiveIntegerField(
                        help_text="Of them, those that were looked at when they should be"
                    ),
                ),
                (
                    "covered",
                    models.PositiveIntegerField(help_text="Of them, those with a forecast or an open alert"),
                ),
                (
                    "differences",
                    models.JSONField(
                        default=list, help_text="Of each pump that fell out its number, and why"
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.clinic",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "on"), name="proof_once_a_clinic_day"),
                    models.CheckConstraint(
                        condition=models.Q(
                            evaluated__lte=models.F("monitored"), covered__lte=models.F("monitored")
                        ),
                        name="proof_counts_parts_of_a_whole",
                    ),
                ]
            },
        ),
        append_only("alerts_proof"),
        walled("alerts_proof"),
    ]
