"""Why a programme was started, where it owes a reason."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("refills", "0003_projection_triggers")]
    operations = [
        migrations.AddField(
            model_name="programme",
            name="reason",
            field=models.TextField(
                blank=True,
                default="",
                help_text="Why the dose more than doubled or halved, or the strengths differ",
            ),
            preserve_default=False,
        ),
    ]
