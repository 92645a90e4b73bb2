"""The list of each morning is kept for a fortnight, in its clinic."""

import django.db.models.deletion
from django.db import migrations, models

from itb.walls import walled


class Migration(migrations.Migration):
    initial = True
    dependencies = [("accounts", "0060_drafts")]

    operations = [
        migrations.CreateModel(
            name="MorningList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(help_text="The clinic's own day")),
                ("made_at", models.DateTimeField()),
                ("count", models.PositiveIntegerField(help_text="How many pumps stand on it")),
                ("csv", models.BinaryField()),
                ("pdf", models.BinaryField()),
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
                    models.UniqueConstraint(fields=("clinic", "on"), name="morninglist_once_a_clinic_day")
                ]
            },
        ),
        walled("morning_morninglist"),
    ]
