"""Two more steps in an alert's life: its owner left, and handed it over or not."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_walls")]

    operations = [
        migrations.AlterField(
            "alertevent",
            "verb",
            models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("raised", "Became more urgent"),
                    ("lowered", "Became less urgent"),
                    ("changed", "Is about something else now"),
                    ("acknowledged", "Acknowledged"),
                    ("expired", "Acknowledgement ran out"),
                    ("handed_over", "Handed over"),
                    ("orphaned", "Opened again: its owner has left"),
                    ("closed", "Closed"),
                ],
                max_length=15,
            ),
        ),
    ]
