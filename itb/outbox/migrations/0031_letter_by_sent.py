"""The letter that left last is asked for at the end of each cycle."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("outbox", "0030_epochs")]
    operations = [
        AddIndexConcurrently(
            "letter",
            models.Index(
                fields=["-sent_at", "-id"],
                name="letter_by_sent",
                condition=models.Q(sent_at__isnull=False),
            ),
        )
    ]
