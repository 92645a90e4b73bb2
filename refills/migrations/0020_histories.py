"""Old and new of every tracked row, from now on."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import itb.audit.history
from itb.audit.chain import kept


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0025_histories"),
        ("audit", "0010_traces_and_links"),
        ("patients", "0020_histories"),
        ("refills", "0010_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AdjustmentHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("key", models.UUIDField()),
                ("kind", models.CharField(max_length=10)),
                ("volume_ml", models.DecimalField(decimal_places=3, max_digits=6, null=True)),
                ("amount_mcg", models.DecimalField(decimal_places=2, max_digits=8, null=True)),
                ("hours", models.DecimalField(decimal_places=2, max_digits=6, null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="refills.adjustment",
                    ),
                ),
                (
                    "pump",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.pump",
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
                (
                    "recorded_clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.clinic",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_adj_pgh_cre_8424d7_idx")],
            },
        ),
        migrations.CreateModel(
            name="AppointmentHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("on", models.DateField()),
                ("state", models.CharField(default="booked", max_length=10)),
                ("booked_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "booked_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "closed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="refills.appointment",
                    ),
                ),
                (
                    "pump",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.pump",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_app_pgh_cre_00134e_idx")],
            },
        ),
        migrations.CreateModel(
            name="OwnProductHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("key", models.CharField(max_length=40)),
                ("version", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=60)),
                ("maker", models.CharField(max_length=60)),
                ("source", models.CharField(max_length=300)),
                ("added_at", models.DateTimeField()),
                ("form", models.CharField(max_length=30)),
                ("amount_mcg", models.DecimalField(decimal_places=2, max_digits=9)),
                ("volume_ml", models.DecimalField(decimal_places=2, max_digits=6)),
                ("concentration_mcg_per_ml", models.DecimalField(decimal_places=2, max_digits=7)),
                (
                    "added_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="refills.ownproduct",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_own_pgh_cre_6b12c3_idx")],
            },
        ),
        migrations.CreateModel(
            name="PolicyHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("margin_days", models.PositiveSmallIntegerField()),
                ("max_interval_days", models.PositiveSmallIntegerField()),
                ("accuracy_days", models.PositiveSmallIntegerField()),
                ("shift_days", models.PositiveSmallIntegerField()),
                ("shift_max_days", models.PositiveSmallIntegerField()),
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
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="refills.policy",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_pol_pgh_cre_cdbdcd_idx")],
            },
        ),
        migrations.CreateModel(
            name="ProgrammeHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("printed_alarm_on", models.DateField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField()),
                ("key", models.UUIDField()),
                ("mode", models.CharField(max_length=12)),
                ("concentration_mcg_per_ml", models.DecimalField(decimal_places=2, max_digits=7)),
                ("dose_mcg_per_day", models.DecimalField(decimal_places=3, max_digits=8)),
                ("pattern", models.JSONField(default=dict)),
                ("reason", models.TextField(blank=True)),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="refills.programme",
                    ),
                ),
                (
                    "pump",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.pump",
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
                (
                    "recorded_clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.clinic",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_pro_pgh_cre_d76441_idx")],
            },
        ),
        migrations.CreateModel(
            name="RefillHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("printed_alarm_on", models.DateField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField()),
                ("key", models.UUIDField()),
                ("withdrawn_ml", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("filled_ml", models.DecimalField(decimal_places=2, max_digits=5)),
                ("emptied", models.BooleanField(default=True)),
                ("concentration_mcg_per_ml", models.DecimalField(decimal_places=2, max_digits=7)),
                ("product", models.CharField(max_length=60)),
                ("product_version", models.PositiveIntegerField(null=True)),
                ("lot", models.CharField(max_length=40)),
                ("expected_ml", models.DecimalField(decimal_places=4, max_digits=8, null=True)),
                ("explanation", models.TextField(blank=True)),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="refills.refill",
                    ),
                ),
                (
                    "pump",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="patients.pump",
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
                (
                    "recorded_clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.clinic",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_ref_pgh_cre_e5bcbf_idx")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adjustment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_adjustmenthistory" ("amount_mcg", "at", "hours", "id", "key", "kind", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id", "volume_ml") VALUES (NEW."amount_mcg", NEW."at", NEW."hours", NEW."id", NEW."key", NEW."kind", NOW(), \'insert\', NEW."id", NEW."pump_id", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."volume_ml"); RETURN NULL;',
                    hash="79e29f19b59affa1528b687030fae93473506206",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_62f8f",
                    table="refills_adjustment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adjustment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_adjustmenthistory" ("amount_mcg", "at", "hours", "id", "key", "kind", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id", "volume_ml") VALUES (NEW."amount_mcg", NEW."at", NEW."hours", NEW."id", NEW."key", NEW."kind", NOW(), \'update\', NEW."id", NEW."pump_id", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."volume_ml"); END IF; RETURN NULL;',
                    hash="e1874dacf6f7bab5a891c07ff13e1872c4cfade5",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_7cacf",
                    table="refills_adjustment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adjustment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_adjustmenthistory" ("amount_mcg", "at", "hours", "id", "key", "kind", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id", "volume_ml") VALUES (OLD."amount_mcg", OLD."at", OLD."hours", OLD."id", OLD."key", OLD."kind", NOW(), \'delete\', OLD."id", OLD."pump_id", OLD."reason", OLD."recorded_at", OLD."recorded_by_id", OLD."recorded_clinic_id", OLD."volume_ml"); RETURN NULL;',
                    hash="1e5ed708da36d2ff1a1a8d78213b2dc8110e583f",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_30eea",
                    table="refills_adjustment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appointment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_appointmenthistory" ("booked_at", "booked_by_id", "clinic_id", "closed_at", "closed_by_id", "id", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "state") VALUES (NEW."booked_at", NEW."booked_by_id", NEW."clinic_id", NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."on", NOW(), \'insert\', NEW."id", NEW."pump_id", NEW."state"); RETURN NULL;',
                    hash="07b1f3c9ea49e703dcc87e9222772f55b688b104",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_68293",
                    table="refills_appointment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appointment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_appointmenthistory" ("booked_at", "booked_by_id", "clinic_id", "closed_at", "closed_by_id", "id", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "state") VALUES (NEW."booked_at", NEW."booked_by_id", NEW."clinic_id", NEW."closed_at", NEW."closed_by_id", NEW."id", NEW."on", NOW(), \'update\', NEW."id", NEW."pump_id", NEW."state"); END IF; RETURN NULL;',
                    hash="ef886ed6a85e004b73361afd30f6d98ca480a004",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_2af4a",
                    table="refills_appointment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appointment",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_appointmenthistory" ("booked_at", "booked_by_id", "clinic_id", "closed_at", "closed_by_id", "id", "on", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "state") VALUES (OLD."booked_at", OLD."booked_by_id", OLD."clinic_id", OLD."closed_at", OLD."closed_by_id", OLD."id", OLD."on", NOW(), \'delete\', OLD."id", OLD."pump_id", OLD."state"); RETURN NULL;',
                    hash="0ff1c25b2fae5d4fa79fdcbbda30c25faa391f26",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_79624",
                    table="refills_appointment",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ownproduct",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_ownproducthistory" ("added_at", "added_by_id", "amount_mcg", "clinic_id", "concentration_mcg_per_ml", "form", "id", "key", "maker", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "version", "volume_ml") VALUES (NEW."added_at", NEW."added_by_id", NEW."amount_mcg", NEW."clinic_id", NEW."concentration_mcg_per_ml", NEW."form", NEW."id", NEW."key", NEW."maker", NEW."name", NOW(), \'insert\', NEW."id", NEW."source", NEW."version", NEW."volume_ml"); RETURN NULL;',
                    hash="489bf5cb29a83bcb7e0a000137865c06a768feac",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_7e3d5",
                    table="refills_ownproduct",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ownproduct",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_ownproducthistory" ("added_at", "added_by_id", "amount_mcg", "clinic_id", "concentration_mcg_per_ml", "form", "id", "key", "maker", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "version", "volume_ml") VALUES (NEW."added_at", NEW."added_by_id", NEW."amount_mcg", NEW."clinic_id", NEW."concentration_mcg_per_ml", NEW."form", NEW."id", NEW."key", NEW."maker", NEW."name", NOW(), \'update\', NEW."id", NEW."source", NEW."version", NEW."volume_ml"); END IF; RETURN NULL;',
                    hash="edf795f667d94c8d15b868bb055d0f97dc7a95ae",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_aae58",
                    table="refills_ownproduct",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ownproduct",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_ownproducthistory" ("added_at", "added_by_id", "amount_mcg", "clinic_id", "concentration_mcg_per_ml", "form", "id", "key", "maker", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "version", "volume_ml") VALUES (OLD."added_at", OLD."added_by_id", OLD."amount_mcg", OLD."clinic_id", OLD."concentration_mcg_per_ml", OLD."form", OLD."id", OLD."key", OLD."maker", OLD."name", NOW(), \'delete\', OLD."id", OLD."source", OLD."version", OLD."volume_ml"); RETURN NULL;',
                    hash="8c9c99c25aa733cd656bfc3a255f465084c60bda",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_27b15",
                    table="refills_ownproduct",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_policyhistory" ("accuracy_days", "clinic_id", "id", "margin_days", "max_interval_days", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_days", "shift_max_days") VALUES (NEW."accuracy_days", NEW."clinic_id", NEW."id", NEW."margin_days", NEW."max_interval_days", NOW(), \'insert\', NEW."id", NEW."shift_days", NEW."shift_max_days"); RETURN NULL;',
                    hash="395399f95cef38164eddad9a3f5d21753de1ba18",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_6f950",
                    table="refills_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_policyhistory" ("accuracy_days", "clinic_id", "id", "margin_days", "max_interval_days", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_days", "shift_max_days") VALUES (NEW."accuracy_days", NEW."clinic_id", NEW."id", NEW."margin_days", NEW."max_interval_days", NOW(), \'update\', NEW."id", NEW."shift_days", NEW."shift_max_days"); END IF; RETURN NULL;',
                    hash="200b7d668af88991acedfc1600f7b702b5f45536",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_7fe36",
                    table="refills_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_policyhistory" ("accuracy_days", "clinic_id", "id", "margin_days", "max_interval_days", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_days", "shift_max_days") VALUES (OLD."accuracy_days", OLD."clinic_id", OLD."id", OLD."margin_days", OLD."max_interval_days", NOW(), \'delete\', OLD."id", OLD."shift_days", OLD."shift_max_days"); RETURN NULL;',
                    hash="bf468335f34ad4a164d348091265c5e3840fab33",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_502d4",
                    table="refills_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programme",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_programmehistory" ("at", "concentration_mcg_per_ml", "dose_mcg_per_day", "id", "key", "mode", "pattern", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id") VALUES (NEW."at", NEW."concentration_mcg_per_ml", NEW."dose_mcg_per_day", NEW."id", NEW."key", NEW."mode", NEW."pattern", NOW(), \'insert\', NEW."id", NEW."printed_alarm_on", NEW."pump_id", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id"); RETURN NULL;',
                    hash="8b9791e04e521819263bcac1768e809b5eec8f10",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_7039a",
                    table="refills_programme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programme",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_programmehistory" ("at", "concentration_mcg_per_ml", "dose_mcg_per_day", "id", "key", "mode", "pattern", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id") VALUES (NEW."at", NEW."concentration_mcg_per_ml", NEW."dose_mcg_per_day", NEW."id", NEW."key", NEW."mode", NEW."pattern", NOW(), \'update\', NEW."id", NEW."printed_alarm_on", NEW."pump_id", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id"); END IF; RETURN NULL;',
                    hash="6951d47a8abc9d2369b56dc1ab8cd6f7680db63a",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_4201e",
                    table="refills_programme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programme",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_programmehistory" ("at", "concentration_mcg_per_ml", "dose_mcg_per_day", "id", "key", "mode", "pattern", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id") VALUES (OLD."at", OLD."concentration_mcg_per_ml", OLD."dose_mcg_per_day", OLD."id", OLD."key", OLD."mode", OLD."pattern", NOW(), \'delete\', OLD."id", OLD."printed_alarm_on", OLD."pump_id", OLD."reason", OLD."recorded_at", OLD."recorded_by_id", OLD."recorded_clinic_id"); RETURN NULL;',
                    hash="8fa8312c9630a7a1c8324ccfa59a9f25099492c7",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_e959b",
                    table="refills_programme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refill",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_refillhistory" ("at", "concentration_mcg_per_ml", "emptied", "expected_ml", "explanation", "filled_ml", "id", "key", "lot", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "product", "product_version", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id", "withdrawn_ml") VALUES (NEW."at", NEW."concentration_mcg_per_ml", NEW."emptied", NEW."expected_ml", NEW."explanation", NEW."filled_ml", NEW."id", NEW."key", NEW."lot", NOW(), \'insert\', NEW."id", NEW."printed_alarm_on", NEW."product", NEW."product_version", NEW."pump_id", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."withdrawn_ml"); RETURN NULL;',
                    hash="55ff8a5de5c8e309c4694b8517fd887706753fd5",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_a32c8",
                    table="refills_refill",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refill",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_refillhistory" ("at", "concentration_mcg_per_ml", "emptied", "expected_ml", "explanation", "filled_ml", "id", "key", "lot", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "product", "product_version", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id", "withdrawn_ml") VALUES (NEW."at", NEW."concentration_mcg_per_ml", NEW."emptied", NEW."expected_ml", NEW."explanation", NEW."filled_ml", NEW."id", NEW."key", NEW."lot", NOW(), \'update\', NEW."id", NEW."printed_alarm_on", NEW."product", NEW."product_version", NEW."pump_id", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."withdrawn_ml"); END IF; RETURN NULL;',
                    hash="1e1f5191d5957a98882f8163e23754d1618faf89",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_e75f4",
                    table="refills_refill",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refill",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_refillhistory" ("at", "concentration_mcg_per_ml", "emptied", "expected_ml", "explanation", "filled_ml", "id", "key", "lot", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "product", "product_version", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id", "withdrawn_ml") VALUES (OLD."at", OLD."concentration_mcg_per_ml", OLD."emptied", OLD."expected_ml", OLD."explanation", OLD."filled_ml", OLD."id", OLD."key", OLD."lot", NOW(), \'delete\', OLD."id", OLD."printed_alarm_on", OLD."product", OLD."product_version", OLD."pump_id", OLD."recorded_at", OLD."recorded_by_id", OLD."recorded_clinic_id", OLD."withdrawn_ml"); RETURN NULL;',
                    hash="196c11e18d5675b0f18c4b8ef5c0a493f922bafa",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_61282",
                    table="refills_refill",
                    when="AFTER",
                ),
            ),
        ),
        *kept(
            "refills_adjustmenthistory", "EXISTS (SELECT FROM patients_pump AS pump WHERE pump.id = pump_id)"
        ),
        *kept(
            "refills_appointmenthistory", "EXISTS (SELECT FROM patients_pump AS pump WHERE pump.id = pump_id)"
        ),
        *kept("refills_ownproducthistory"),
        *kept("refills_policyhistory"),
        *kept(
            "refills_programmehistory", "EXISTS (SELECT FROM patients_pump AS pump WHERE pump.id = pump_id)"
        ),
        *kept("refills_refillhistory", "EXISTS (SELECT FROM patients_pump AS pump WHERE pump.id = pump_id)"),
    ]
