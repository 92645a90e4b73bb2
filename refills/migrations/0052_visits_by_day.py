"""Visits are found by their day, and what each must say is looked at."""

import django.contrib.postgres.operations
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index that is made beside the work locks nobody out

    dependencies = [
        ("refills", "0051_visits"),
    ]

    operations = [
        django.contrib.postgres.operations.AddIndexConcurrently(
            model_name="appointment",
            index=models.Index(fields=["clinic", "on"], name="appointment_by_day"),
        ),
        django.contrib.postgres.operations.ValidateConstraint(
            model_name="appointment",
            name="appointment_without_a_refill_says_why_and_what_next",
        ),
    ]
