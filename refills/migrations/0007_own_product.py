"""Products that a clinic adds for itself, and under which version a refill's product was recorded."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("refills", "0006_adjustment_triggers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="refill",
            name="product_version",
            field=models.PositiveIntegerField(
                help_text="Of the catalogue, or of the clinic's own product; None: not kept at the time",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="refill",
            name="product",
            field=models.CharField(help_text="The catalogue's key, or a clinic's own", max_length=60),
        ),
        migrations.CreateModel(
            name="OwnProduct",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("version", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=60, verbose_name="Name")),
                ("maker", models.CharField(max_length=60, verbose_name="Maker")),
                ("source", models.CharField(max_length=300, verbose_name="Source")),
                ("added_at", models.DateTimeField()),
                ("form", models.CharField(max_length=30, verbose_name="Container")),
                ("amount_mcg", models.DecimalField(decimal_places=2, max_digits=9)),
                ("volume_ml", models.DecimalField(decimal_places=2, max_digits=6)),
                ("concentration_mcg_per_ml", models.DecimalField(decimal_places=2, max_digits=7)),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="accounts.clinic",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "key", "version"), name="ownproduct_each_version_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("key__startswith", "own-"), ("version__gte", 1)),
                        name="ownproduct_is_told_from_the_catalogue",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_mcg__gt", 0),
                            ("concentration_mcg_per_ml__gt", 0),
                            ("concentration_mcg_per_ml__lte", 4000),
                            ("volume_ml__gt", 0),
                        ),
                        name="ownproduct_figures_in_range",
                    ),
                ],
            },
        ),
    ]
