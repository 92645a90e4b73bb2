"""However many workers find that nobody took an alert, more people are told once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("alerts", "0085_in_hand")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    """CREATE UNIQUE INDEX CONCURRENTLY alert_event_each_hop_once
                    ON alerts_alertevent (alert_id, round, step) WHERE step IS NOT NULL""",
                    "DROP INDEX CONCURRENTLY alert_event_each_hop_once",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="alertevent",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("step__isnull", False)),
                        fields=("alert", "round", "step"),
                        name="alert_event_each_hop_once",
                    ),
                ),
            ],
        ),
    ]
