"""A discrepancy is one of the things that a refill may leave to be looked into."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0040_kinds")]
    operations = [
        migrations.AlterField(
            model_name="alert",
            name="kind",
            field=models.CharField(
                choices=[
                    ("no_forecast", "No forecast"),
                    ("withdrawal_risk", "Withdrawal risk"),
                    ("concentration_mismatch", "Concentration mismatch"),
                    ("refill_due", "Refill due"),
                    ("discrepancy", "Refill to look into"),
                    ("signature", "Second signature"),
                ],
                max_length=30,
            ),
        ),
    ]
