"""What leaves next, what may join it, and how many letters a person has had that day are found at once."""

from django.contrib.postgres.operations import (
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("outbox", "0041_what_leaves_together")]

    operations = [
        AddIndexConcurrently(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("state__in", ["pending", "claimed", "handing_over"])),
                fields=["-is_critical", "due_at", "id"],
                name="letter_to_claim",
            ),
        ),
        RemoveIndexConcurrently(model_name="letter", name="letter_open"),
        AddIndexConcurrently(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("state__in", ["pending", "uncertain"])),
                fields=["recipient"],
                name="letter_to_join",
            ),
        ),
        AddIndexConcurrently(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("handed_at__isnull", False)),
                fields=["recipient", "handed_at"],
                name="letter_by_hand_over",
            ),
        ),
        ValidateConstraint("letter", name="letter_critical_waits_for_no_digest"),
    ]
