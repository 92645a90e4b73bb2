"""A clinic's webhook is told as a person is: through the same ledger, as the addressee of letters."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from itb.walls import APPLICATION, walled

SAME_CLINIC = """
ALTER TABLE outbox_hook ADD CONSTRAINT hook_with_its_clinic UNIQUE (id, clinic_id);
ALTER TABLE outbox_letter ADD CONSTRAINT letter_of_the_hooks_clinic
    FOREIGN KEY (hook_id, clinic_id) REFERENCES outbox_hook (id, clinic_id) NOT VALID;
"""
OTHERWISE = """
ALTER TABLE outbox_letter DROP CONSTRAINT letter_of_the_hooks_clinic;
ALTER TABLE outbox_hook DROP CONSTRAINT hook_with_its_clinic;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0060_drafts"),
        ("outbox", "0044_letters_to_see_to"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Hook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.URLField(max_length=500)),
                ("sealed", models.CharField(help_text="The secret that signs, sealed", max_length=300)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("clinic",),
                        name="hook_one_open_a_clinic",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("url__regex", "^https?://[^@#]+$")),
                        name="hook_address_holds_no_password",
                    ),
                ],
            },
        ),
        walled("outbox_hook"),
        migrations.RunSQL(
            f"REVOKE DELETE ON outbox_hook FROM {APPLICATION}",
            f"GRANT DELETE ON outbox_hook TO {APPLICATION}",
        ),
        migrations.AddField(
            model_name="letter",
            name="hook",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="outbox.hook",
            ),
        ),
        migrations.RemoveConstraint(model_name="letter", name="letter_to_one_person_or_one_invited_address"),
        AddConstraintNotValid(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hook", None), ("invitation", None), ("recipient__isnull", False)),
                    models.Q(("hook", None), ("invitation__isnull", False), ("recipient", None)),
                    models.Q(("hook__isnull", False), ("invitation", None), ("recipient", None)),
                    _connector="OR",
                ),
                name="letter_has_one_addressee",
            ),
        ),
        migrations.RunSQL(SAME_CLINIC, OTHERWISE),
    ]
