"""Which clinic holds a patient, from when until when. What hangs on the patient carries the clinic and moves along.

The columns are filled within the migration: it is made before any clinic works with the product.
"""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


def follows(table: str, model: str) -> migrations.SeparateDatabaseAndState:
    """Give `table`, which hangs on a patient, the patient's clinic: by a foreign key of both that cascades."""
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"""
                ALTER TABLE {table} ADD COLUMN clinic_id bigint;
                UPDATE {table} AS row SET clinic_id = patient.clinic_id
                    FROM patients_patient AS patient WHERE patient.id = row.patient_id;
                SET CONSTRAINTS ALL IMMEDIATE;
                ALTER TABLE {table} ALTER COLUMN clinic_id SET NOT NULL;
                ALTER TABLE {table} ADD CONSTRAINT {model}_of_the_patients_clinic
                    FOREIGN KEY (patient_id, clinic_id) REFERENCES patients_patient (id, clinic_id)
                    ON UPDATE CASCADE NOT VALID;
                ALTER TABLE {table} VALIDATE CONSTRAINT {model}_of_the_patients_clinic;
                """,
                f"ALTER TABLE {table} DROP COLUMN clinic_id CASCADE;",
            )
        ],
        state_operations=[
            migrations.AddField(
                model_name=model,
                name="clinic",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                ),
            )
        ],
    )


def person(*, null: bool) -> models.ForeignKey:
    return models.ForeignKey(
        null=null,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_application_role"),
        ("patients", "0003_own_model_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Custody",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("started_by", person(null=False)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", person(null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="custodies",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["patient"],
                        condition=models.Q(ended_at=None),
                        name="custody_one_open_a_patient",
                    ),
                    ExclusionConstraint(
                        name="custody_of_one_clinic_at_a_time",
                        expressions=[
                            ("patient", "="),
                            (
                                models.Func(
                                    models.F("started_at"), models.F("ended_at"), function="TSTZRANGE"
                                ),
                                "&&",
                            ),
                        ],
                    ),
                ]
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE patients_patient ADD CONSTRAINT patient_with_its_clinic UNIQUE (id, clinic_id);",
                    "ALTER TABLE patients_patient DROP CONSTRAINT patient_with_its_clinic CASCADE;",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="patient",
                    constraint=models.UniqueConstraint(
                        fields=["id", "clinic"], name="patient_with_its_clinic"
                    ),
                )
            ],
        ),
        follows("patients_pump", "pump"),
        follows("patients_contact", "contact"),
    ]
