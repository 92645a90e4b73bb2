"""Pumps and catheters in sequence: none of a patient, and no serial number in a clinic, is implanted twice at a time.

An exclusion constraint cannot be added unvalidated; it takes the place of an index at once, over a table of as many
rows as there are pumps.
"""

from decimal import Decimal

import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

import itb.audit.history
from itb.audit.chain import kept
from itb.walls import APPLICATION, walled

PERIODS = """
ALTER TABLE patients_pump ADD CONSTRAINT pump_one_a_patient_at_a_time EXCLUDE USING gist
    (patient_id WITH =, daterange(implanted_on, explanted_on) WITH &&);
ALTER TABLE patients_pump ADD CONSTRAINT pump_serial_in_one_patient_of_a_clinic EXCLUDE USING gist
    (clinic_id WITH =, model WITH =, upper(serial) WITH =, daterange(implanted_on, explanted_on) WITH &&);
"""
ONES = """
DROP INDEX pump_one_a_patient_at_a_time, pump_serial_in_one_patient_of_a_clinic;
"""
PERIODS_BACK = """
ALTER TABLE patients_pump DROP CONSTRAINT pump_one_a_patient_at_a_time,
    DROP CONSTRAINT pump_serial_in_one_patient_of_a_clinic;
"""
ONES_BACK = [
    """CREATE UNIQUE INDEX pump_one_a_patient_at_a_time ON patients_pump (patient_id) WHERE explanted_on IS NULL""",
    """CREATE UNIQUE INDEX pump_serial_in_one_patient_of_a_clinic ON patients_pump
    (clinic_id, model, upper(serial)) WHERE explanted_on IS NULL""",
]
CATHETER = f"""
ALTER TABLE patients_catheter ADD CONSTRAINT catheter_of_the_patients_clinic
    FOREIGN KEY (patient_id, clinic_id) REFERENCES patients_patient (id, clinic_id) ON UPDATE CASCADE;
REVOKE DELETE ON patients_catheter FROM {APPLICATION};
"""
CATHETER_BACK = f"""
GRANT DELETE ON patients_catheter TO {APPLICATION};
ALTER TABLE patients_catheter DROP CONSTRAINT catheter_of_the_patients_clinic;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0032_departure"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="pump",
            name="keep_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="pump",
            name="keep_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="pump",
            name="keep_delete",
        ),
        migrations.AddField(
            model_name="pump",
            name="replacement_on",
            field=models.DateField(
                blank=True,
                help_text="As its interrogation says: the battery's end",
                null=True,
                verbose_name="To be replaced by",
            ),
        ),
        migrations.AddField(
            model_name="pumphistory",
            name="replacement_on",
            field=models.DateField(blank=True, null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pump",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_pumphistory" ("accuracy_pct", "alarm_ml", "catalogue_version", "clinic_id", "explanted_on", "id", "implanted_on", "max_flow_ml_per_day", "min_flow_ml_per_day", "model", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "replacement_on", "reservoir_ml", "serial", "unusable_ml") VALUES (NEW."accuracy_pct", NEW."alarm_ml", NEW."catalogue_version", NEW."clinic_id", NEW."explanted_on", NEW."id", NEW."implanted_on", NEW."max_flow_ml_per_day", NEW."min_flow_ml_per_day", NEW."model", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."replacement_on", NEW."reservoir_ml", NEW."serial", NEW."unusable_ml"); RETURN NULL;',
                    hash="4661876294ae7471b13b738dd81cc3b637a78e04",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_6485f",
                    table="patients_pump",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pump",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD."accuracy_pct" IS DISTINCT FROM (NEW."accuracy_pct") OR OLD."alarm_ml" IS DISTINCT FROM (NEW."alarm_ml") OR OLD."catalogue_version" IS DISTINCT FROM (NEW."catalogue_version") OR OLD."clinic_id" IS DISTINCT FROM (NEW."clinic_id") OR OLD."explanted_on" IS DISTINCT FROM (NEW."explanted_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."implanted_on" IS DISTINCT FROM (NEW."implanted_on") OR OLD."max_flow_ml_per_day" IS DISTINCT FROM (NEW."max_flow_ml_per_day") OR OLD."min_flow_ml_per_day" IS DISTINCT FROM (NEW."min_flow_ml_per_day") OR OLD."model" IS DISTINCT FROM (NEW."model") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."replacement_on" IS DISTINCT FROM (NEW."replacement_on") OR OLD."reservoir_ml" IS DISTINCT FROM (NEW."reservoir_ml") OR OLD."serial" IS DISTINCT FROM (NEW."serial") OR OLD."unusable_ml" IS DISTINCT FROM (NEW."unusable_ml")) THEN INSERT INTO "patients_pumphistory" ("accuracy_pct", "alarm_ml", "catalogue_version", "clinic_id", "explanted_on", "id", "implanted_on", "max_flow_ml_per_day", "min_flow_ml_per_day", "model", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "replacement_on", "reservoir_ml", "serial", "unusable_ml") VALUES (NEW."accuracy_pct", NEW."alarm_ml", NEW."catalogue_version", NEW."clinic_id", NEW."explanted_on", NEW."id", NEW."implanted_on", NEW."max_flow_ml_per_day", NEW."min_flow_ml_per_day", NEW."model", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."replacement_on", NEW."reservoir_ml", NEW."serial", NEW."unusable_ml"); END IF; RETURN NULL;',
                    hash="0131a79e6e6811e9b4426f81af50c3b5b271ddb2",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_17a02",
                    table="patients_pump",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pump",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_pumphistory" ("accuracy_pct", "alarm_ml", "catalogue_version", "clinic_id", "explanted_on", "id", "implanted_on", "max_flow_ml_per_day", "min_flow_ml_per_day", "model", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "replacement_on", "reservoir_ml", "serial", "unusable_ml") VALUES (OLD."accuracy_pct", OLD."alarm_ml", OLD."catalogue_version", OLD."clinic_id", OLD."explanted_on", OLD."id", OLD."implanted_on", OLD."max_flow_ml_per_day", OLD."min_flow_ml_per_day", OLD."model", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."replacement_on", OLD."reservoir_ml", OLD."serial", OLD."unusable_ml"); RETURN NULL;',
                    hash="d64c3abeb4c057540ec75b48baa46062ca4a8593",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_a06db",
                    table="patients_pump",
                    when="AFTER",
                ),
            ),
        ),
        AddConstraintNotValid(
            model_name="pump",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("explanted_on", None), ("explanted_on__gte", models.F("implanted_on")), _connector="OR"
                ),
                name="pump_explanted_after_its_implant",
            ),
        ),
        ValidateConstraint(model_name="pump", name="pump_explanted_after_its_implant"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(ONES, ONES_BACK),
                migrations.RunSQL(PERIODS, PERIODS_BACK),
            ],
            state_operations=[
                migrations.RemoveConstraint(
                    model_name="pump",
                    name="pump_one_a_patient_at_a_time",
                ),
                migrations.RemoveConstraint(
                    model_name="pump",
                    name="pump_serial_in_one_patient_of_a_clinic",
                ),
                migrations.AddConstraint(
                    model_name="pump",
                    constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("patient", "="),
                            (
                                models.Func(
                                    models.F("implanted_on"), models.F("explanted_on"), function="DATERANGE"
                                ),
                                "&&",
                            ),
                        ],
                        name="pump_one_a_patient_at_a_time",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="pump",
                    constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("clinic", "="),
                            ("model", "="),
                            (django.db.models.functions.text.Upper("serial"), "="),
                            (
                                models.Func(
                                    models.F("implanted_on"), models.F("explanted_on"), function="DATERANGE"
                                ),
                                "&&",
                            ),
                        ],
                        name="pump_serial_in_one_patient_of_a_clinic",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Catheter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "model",
                    models.CharField(
                        help_text="As the catalogue or the theatre names it",
                        max_length=60,
                        verbose_name="Model",
                    ),
                ),
                ("maker", models.CharField(max_length=60, verbose_name="Maker")),
                (
                    "length_cm",
                    models.DecimalField(decimal_places=1, max_digits=5, verbose_name="Implanted length"),
                ),
                (
                    "ml_per_cm",
                    models.DecimalField(decimal_places=5, max_digits=7, verbose_name="Volume by length"),
                ),
                (
                    "source",
                    models.CharField(
                        help_text="Where the volume by length comes from, with its mark", max_length=300
                    ),
                ),
                ("tip_level", models.CharField(max_length=3, verbose_name="Level of the tip")),
                ("implanted_on", models.DateField(verbose_name="Implanted on")),
                ("explanted_on", models.DateField(blank=True, null=True, verbose_name="Explanted on")),
                ("recorded_at", models.DateTimeField()),
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
                        related_name="catheters",
                        to="patients.patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("patient", "="),
                            (
                                models.Func(
                                    models.F("implanted_on"), models.F("explanted_on"), function="DATERANGE"
                                ),
                                "&&",
                            ),
                        ],
                        name="catheter_one_a_patient_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("length_cm__gt", 0),
                            ("length_cm__lte", 150),
                            ("ml_per_cm__gt", 0),
                            ("ml_per_cm__lte", Decimal("0.02")),
                        ),
                        name="catheter_length_and_volume_in_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("explanted_on", None),
                            ("explanted_on__gte", models.F("implanted_on")),
                            _connector="OR",
                        ),
                        name="catheter_explanted_after_its_implant",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="CatheterHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("model", models.CharField(max_length=60)),
                ("maker", models.CharField(max_length=60)),
                ("length_cm", models.DecimalField(decimal_places=1, max_digits=5)),
                ("ml_per_cm", models.DecimalField(decimal_places=5, max_digits=7)),
                ("source", models.CharField(max_length=300)),
                ("tip_level", models.CharField(max_length=3)),
                ("implanted_on", models.DateField()),
                ("explanted_on", models.DateField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.clinic",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="patients.catheter",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="patients_ca_pgh_cre_8b3609_idx")]
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="catheter",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_catheterhistory" ("clinic_id", "explanted_on", "id", "implanted_on", "length_cm", "maker", "ml_per_cm", "model", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "source", "tip_level") VALUES (NEW."clinic_id", NEW."explanted_on", NEW."id", NEW."implanted_on", NEW."length_cm", NEW."maker", NEW."ml_per_cm", NEW."model", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."source", NEW."tip_level"); RETURN NULL;',
                    hash="6efeb55af86e2a6b15d7d4914098e6f728f2146e",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_4863a",
                    table="patients_catheter",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="catheter",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "patients_catheterhistory" ("clinic_id", "explanted_on", "id", "implanted_on", "length_cm", "maker", "ml_per_cm", "model", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "source", "tip_level") VALUES (NEW."clinic_id", NEW."explanted_on", NEW."id", NEW."implanted_on", NEW."length_cm", NEW."maker", NEW."ml_per_cm", NEW."model", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."source", NEW."tip_level"); END IF; RETURN NULL;',
                    hash="78a6867e957bf9cabbe64a70b6fe1a0b772fcb0a",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_271e9",
                    table="patients_catheter",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="catheter",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_catheterhistory" ("clinic_id", "explanted_on", "id", "implanted_on", "length_cm", "maker", "ml_per_cm", "model", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "source", "tip_level") VALUES (OLD."clinic_id", OLD."explanted_on", OLD."id", OLD."implanted_on", OLD."length_cm", OLD."maker", OLD."ml_per_cm", OLD."model", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."recorded_at", OLD."recorded_by_id", OLD."source", OLD."tip_level"); RETURN NULL;',
                    hash="77e9a087cb4a8792afe8e1b4e93898ee6eed10eb",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_6aa42",
                    table="patients_catheter",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(CATHETER, CATHETER_BACK),
        walled("patients_catheter"),
        *kept(
            "patients_catheterhistory",
            "EXISTS (SELECT FROM patients_patient AS patient WHERE patient.id = patient_id)",
        ),
    ]
