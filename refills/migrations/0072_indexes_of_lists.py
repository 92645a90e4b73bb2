"""An index for each count above the worklist: of what is wanting, so that nothing wanting is nothing read."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("refills", "0071_what_lists_ask_for")]
    operations = [
        AddIndexConcurrently(
            "projection",
            models.Index(
                fields=["clinic"],
                name="projection_unbooked",
                condition=models.Q(is_watched=True, visit_on=None),
            ),
        ),
        AddIndexConcurrently(
            "projection",
            models.Index(
                fields=["clinic"],
                name="projection_unreachable",
                condition=models.Q(is_watched=True, is_reachable=False),
            ),
        ),
        AddIndexConcurrently(
            "projection",
            models.Index(fields=["clinic", "alarm_danger_at"], name="projection_by_alarm_danger"),
        ),
    ]
