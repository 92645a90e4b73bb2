"""What a person has typed and not kept: theirs alone, in the clinic where they typed it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from itb.walls import APPLICATION, OPEN, walled

ONES_OWN = f"clinic_id = {OPEN} AND user_id = NULLIF(current_setting('itb.person', true), '')::bigint"

# What nobody came back to, whoever's it is and in whichever clinic: it tells a count and nothing else.
FORGET = f"""
CREATE FUNCTION accounts_forget_drafts(before timestamptz) RETURNS bigint LANGUAGE sql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH forgotten AS (DELETE FROM accounts_draft WHERE saved_at < before RETURNING 1) SELECT count(*) FROM forgotten
$$;
REVOKE ALL ON FUNCTION accounts_forget_drafts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_forget_drafts TO {APPLICATION};
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0025_histories"),
    ]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("path", models.CharField(max_length=200)),
                ("typed", models.TextField(help_text="As a browser sends a form")),
                ("saved_at", models.DateTimeField()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "clinic", "path"), name="draft_one_a_person_and_page"
                    )
                ],
            },
        ),
        walled("accounts_draft", ONES_OWN),
        migrations.RunSQL(FORGET, "DROP FUNCTION accounts_forget_drafts;"),
    ]
