"""Whom an act was about, when its transaction began, and the chain that each act is linked into."""

from django.contrib.postgres.functions import TransactionNow
from django.db import migrations, models

from itb.audit.append_only import append_only
from itb.audit.chain import CREATE_LINKING, DROP_LINKING, linked
from itb.audit.history import SignedIn
from itb.walls import walled


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_walls"),
    ]

    operations = [
        migrations.AddField(
            model_name="auditevent",
            name="count",
            field=models.IntegerField(help_text="How many rows left, where it is an export", null=True),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="patient_id",
            field=models.BigIntegerField(
                help_text="Whom it is about; none where about no patient", null=True
            ),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="role",
            field=models.TextField(
                db_default=SignedIn(),
                help_text="As which role of PostgreSQL it was written",
            ),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="written_at",
            field=models.DateTimeField(
                db_default=TransactionNow(),
                help_text="When its transaction began: the same in the histories that belong to it",
            ),
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("clinic_id", models.BigIntegerField(help_text="0 where no clinic was open")),
                ("sequence", models.BigIntegerField(help_text="1, 2, 3 … without a gap")),
                ("relation", models.CharField(help_text="The row's table", max_length=63)),
                ("row_id", models.BigIntegerField()),
                (
                    "width",
                    models.IntegerField(
                        help_text="How many columns the table had: what is added later is not in the hash"
                    ),
                ),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("clinic_id", "sequence"), name="link_once_a_place"),
                    models.UniqueConstraint(fields=("relation", "row_id"), name="link_once_a_row"),
                ],
            },
        ),
        append_only("audit_link"),
        walled("audit_link"),
        migrations.RunSQL(CREATE_LINKING, DROP_LINKING),
        linked("audit_auditevent"),
    ]
