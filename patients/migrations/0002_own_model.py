"""Pump models that a clinic adds to the catalogue for itself."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("patients", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="pump",
            name="catalogue_version",
            field=models.PositiveIntegerField(help_text="Of the catalogue, or of the clinic's own model"),
        ),
        migrations.AlterField(
            model_name="pump",
            name="model",
            field=models.CharField(
                help_text="The catalogue's key, or a clinic's own", max_length=40, verbose_name="Model"
            ),
        ),
        migrations.CreateModel(
            name="OwnModel",
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
                ("reservoir_ml", models.DecimalField(decimal_places=2, max_digits=5)),
                ("alarm_ml", models.DecimalField(decimal_places=2, max_digits=5)),
                ("accuracy_pct", models.DecimalField(decimal_places=2, max_digits=5)),
                ("longest_stay_days", models.PositiveSmallIntegerField()),
                ("unusable_ml", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("min_flow_ml_per_day", models.DecimalField(decimal_places=4, max_digits=8, null=True)),
                ("max_flow_ml_per_day", models.DecimalField(decimal_places=4, max_digits=8, null=True)),
                ("tubing_ml", models.DecimalField(decimal_places=3, max_digits=5, null=True)),
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
                        fields=("clinic", "key", "version"), name="ownmodel_each_version_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("key__startswith", "own-"), ("version__gte", 1)),
                        name="ownmodel_is_told_from_the_catalogue",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("alarm_ml__gte", 0),
                            ("alarm_ml__lt", models.F("reservoir_ml")),
                            ("reservoir_ml__gt", 0),
                        ),
                        name="ownmodel_alarm_within_reservoir",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accuracy_pct__gte", 0), ("accuracy_pct__lt", 100), ("longest_stay_days__gt", 0)
                        ),
                        name="ownmodel_accuracy_and_stay_in_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("unusable_ml", None),
                            models.Q(("unusable_ml__gte", 0), ("unusable_ml__lt", models.F("reservoir_ml"))),
                            _connector="OR",
                        ),
                        name="ownmodel_unusable_within_reservoir",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("min_flow_ml_per_day", None),
                                ("min_flow_ml_per_day__gte", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("max_flow_ml_per_day", None), ("max_flow_ml_per_day__gt", 0), _connector="OR"
                            ),
                            models.Q(
                                ("min_flow_ml_per_day", None),
                                ("max_flow_ml_per_day", None),
                                ("min_flow_ml_per_day__lte", models.F("max_flow_ml_per_day")),
                                _connector="OR",
                            ),
                        ),
                        name="ownmodel_flows_in_order",
                    ),
                ],
            },
        ),
    ]
