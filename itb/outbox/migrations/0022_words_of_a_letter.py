"""A letter may be filled with words that its template is allowed, and they are about nobody."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0021_letters_have_one_addressee"),
    ]

    operations = [
        migrations.AddField(
            model_name="letter",
            name="words",
            field=models.JSONField(
                db_default={},
                default=dict,
                help_text="What the template is filled with: nothing about anyone",
            ),
        ),
    ]
