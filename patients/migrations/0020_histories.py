"""Old and new of every tracked row, from now on."""

from decimal import Decimal

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
        ("patients", "0007_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("relation", models.CharField(max_length=60)),
                ("phone", models.CharField(max_length=40)),
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
                        to="patients.contact",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="patients_co_pgh_cre_75bf82_idx")],
            },
        ),
        migrations.CreateModel(
            name="CustodyHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
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
                    "ended_by",
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
                        to="patients.custody",
                    ),
                ),
                (
                    "started_by",
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
                "indexes": [models.Index(fields=["pgh_created_at"], name="patients_cu_pgh_cre_52f8b4_idx")],
            },
        ),
        migrations.CreateModel(
            name="OwnModelHistory",
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
                        to="patients.ownmodel",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="patients_ow_pgh_cre_09c9e0_idx")],
            },
        ),
        migrations.CreateModel(
            name="PatientHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("record_number", models.CharField(max_length=40)),
                ("family_name", models.CharField(max_length=120)),
                ("given_name", models.CharField(max_length=120)),
                ("birth_date", models.DateField()),
                ("origin", models.CharField(max_length=10)),
                ("injury_at_t6_or_above", models.BooleanField(default=False)),
                ("communication_difficulty", models.BooleanField(default=False)),
                ("earlier_withdrawal", models.BooleanField(default=False)),
                ("cannot_hear_alarm", models.BooleanField(default=False)),
                ("registered_at", models.DateTimeField()),
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
                        to="patients.patient",
                    ),
                ),
                (
                    "registered_by",
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
                "indexes": [models.Index(fields=["pgh_created_at"], name="patients_pa_pgh_cre_17b62f_idx")],
            },
        ),
        migrations.CreateModel(
            name="PumpHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("model", models.CharField(max_length=40)),
                ("catalogue_version", models.PositiveIntegerField()),
                ("serial", models.CharField(max_length=40)),
                ("reservoir_ml", models.DecimalField(decimal_places=2, max_digits=5)),
                ("alarm_ml", models.DecimalField(decimal_places=2, max_digits=5)),
                ("unusable_ml", models.DecimalField(decimal_places=2, default=Decimal(0), max_digits=5)),
                ("accuracy_pct", models.DecimalField(decimal_places=2, max_digits=5)),
                ("min_flow_ml_per_day", models.DecimalField(decimal_places=4, max_digits=8, null=True)),
                ("max_flow_ml_per_day", models.DecimalField(decimal_places=4, max_digits=8, null=True)),
                ("implanted_on", models.DateField()),
                ("explanted_on", models.DateField(blank=True, null=True)),
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
                        to="patients.pump",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="patients_pu_pgh_cre_b61dd1_idx")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contact",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_contacthistory" ("clinic_id", "id", "name", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "relation") VALUES (NEW."clinic_id", NEW."id", NEW."name", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."phone", NEW."relation"); RETURN NULL;',
                    hash="adf2c8fba54cb72767d59a125d1bd4f0d83a96e8",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_ac07e",
                    table="patients_contact",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contact",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "patients_contacthistory" ("clinic_id", "id", "name", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "relation") VALUES (NEW."clinic_id", NEW."id", NEW."name", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."phone", NEW."relation"); END IF; RETURN NULL;',
                    hash="87e0b7d6e157438c8a8a1db11d821ce46af37746",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_fdc2c",
                    table="patients_contact",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contact",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_contacthistory" ("clinic_id", "id", "name", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "relation") VALUES (OLD."clinic_id", OLD."id", OLD."name", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."phone", OLD."relation"); RETURN NULL;',
                    hash="afb5a7c318f7578a72be1336b77739b9458981c3",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_15882",
                    table="patients_contact",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="custody",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_custodyhistory" ("clinic_id", "ended_at", "ended_by_id", "id", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at", "started_by_id") VALUES (NEW."clinic_id", NEW."ended_at", NEW."ended_by_id", NEW."id", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."started_at", NEW."started_by_id"); RETURN NULL;',
                    hash="7dc46472b5b5f23592a625094f839cf1616e44ce",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_443bc",
                    table="patients_custody",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="custody",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "patients_custodyhistory" ("clinic_id", "ended_at", "ended_by_id", "id", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at", "started_by_id") VALUES (NEW."clinic_id", NEW."ended_at", NEW."ended_by_id", NEW."id", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."started_at", NEW."started_by_id"); END IF; RETURN NULL;',
                    hash="47200b0bdae7663ec08496c28b14753bd5a8d65c",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_60b89",
                    table="patients_custody",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="custody",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_custodyhistory" ("clinic_id", "ended_at", "ended_by_id", "id", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at", "started_by_id") VALUES (OLD."clinic_id", OLD."ended_at", OLD."ended_by_id", OLD."id", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."started_at", OLD."started_by_id"); RETURN NULL;',
                    hash="de83f8d0adcc08934ae0178736506d0bae59cdb7",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_dd21b",
                    table="patients_custody",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ownmodel",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_ownmodelhistory" ("accuracy_pct", "added_at", "added_by_id", "alarm_ml", "clinic_id", "id", "key", "longest_stay_days", "maker", "max_flow_ml_per_day", "min_flow_ml_per_day", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "reservoir_ml", "source", "tubing_ml", "unusable_ml", "version") VALUES (NEW."accuracy_pct", NEW."added_at", NEW."added_by_id", NEW."alarm_ml", NEW."clinic_id", NEW."id", NEW."key", NEW."longest_stay_days", NEW."maker", NEW."max_flow_ml_per_day", NEW."min_flow_ml_per_day", NEW."name", NOW(), \'insert\', NEW."id", NEW."reservoir_ml", NEW."source", NEW."tubing_ml", NEW."unusable_ml", NEW."version"); RETURN NULL;',
                    hash="022332b9d4917bb86fe36c62c2ea1794e5191600",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_665d1",
                    table="patients_ownmodel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ownmodel",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "patients_ownmodelhistory" ("accuracy_pct", "added_at", "added_by_id", "alarm_ml", "clinic_id", "id", "key", "longest_stay_days", "maker", "max_flow_ml_per_day", "min_flow_ml_per_day", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "reservoir_ml", "source", "tubing_ml", "unusable_ml", "version") VALUES (NEW."accuracy_pct", NEW."added_at", NEW."added_by_id", NEW."alarm_ml", NEW."clinic_id", NEW."id", NEW."key", NEW."longest_stay_days", NEW."maker", NEW."max_flow_ml_per_day", NEW."min_flow_ml_per_day", NEW."name", NOW(), \'update\', NEW."id", NEW."reservoir_ml", NEW."source", NEW."tubing_ml", NEW."unusable_ml", NEW."version"); END IF; RETURN NULL;',
                    hash="5030a2ad0b273632028bfd8c3f61d3dd7e489262",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_db596",
                    table="patients_ownmodel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ownmodel",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_ownmodelhistory" ("accuracy_pct", "added_at", "added_by_id", "alarm_ml", "clinic_id", "id", "key", "longest_stay_days", "maker", "max_flow_ml_per_day", "min_flow_ml_per_day", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "reservoir_ml", "source", "tubing_ml", "unusable_ml", "version") VALUES (OLD."accuracy_pct", OLD."added_at", OLD."added_by_id", OLD."alarm_ml", OLD."clinic_id", OLD."id", OLD."key", OLD."longest_stay_days", OLD."maker", OLD."max_flow_ml_per_day", OLD."min_flow_ml_per_day", OLD."name", NOW(), \'delete\', OLD."id", OLD."reservoir_ml", OLD."source", OLD."tubing_ml", OLD."unusable_ml", OLD."version"); RETURN NULL;',
                    hash="fa3a493dc9c9b42c7e11c92a88e1752afa029b35",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_1b2f7",
                    table="patients_ownmodel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patient",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_patienthistory" ("birth_date", "cannot_hear_alarm", "clinic_id", "communication_difficulty", "earlier_withdrawal", "family_name", "given_name", "id", "injury_at_t6_or_above", "origin", "pgh_created_at", "pgh_label", "pgh_obj_id", "record_number", "registered_at", "registered_by_id") VALUES (NEW."birth_date", NEW."cannot_hear_alarm", NEW."clinic_id", NEW."communication_difficulty", NEW."earlier_withdrawal", NEW."family_name", NEW."given_name", NEW."id", NEW."injury_at_t6_or_above", NEW."origin", NOW(), \'insert\', NEW."id", NEW."record_number", NEW."registered_at", NEW."registered_by_id"); RETURN NULL;',
                    hash="da0d76e973edf23e2a7ed680f98fa6b9739eeeba",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_9df53",
                    table="patients_patient",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patient",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "patients_patienthistory" ("birth_date", "cannot_hear_alarm", "clinic_id", "communication_difficulty", "earlier_withdrawal", "family_name", "given_name", "id", "injury_at_t6_or_above", "origin", "pgh_created_at", "pgh_label", "pgh_obj_id", "record_number", "registered_at", "registered_by_id") VALUES (NEW."birth_date", NEW."cannot_hear_alarm", NEW."clinic_id", NEW."communication_difficulty", NEW."earlier_withdrawal", NEW."family_name", NEW."given_name", NEW."id", NEW."injury_at_t6_or_above", NEW."origin", NOW(), \'update\', NEW."id", NEW."record_number", NEW."registered_at", NEW."registered_by_id"); END IF; RETURN NULL;',
                    hash="c5fbefd9706592bae340c4164a79ade8c3aa9e6e",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_4db95",
                    table="patients_patient",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="patient",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_patienthistory" ("birth_date", "cannot_hear_alarm", "clinic_id", "communication_difficulty", "earlier_withdrawal", "family_name", "given_name", "id", "injury_at_t6_or_above", "origin", "pgh_created_at", "pgh_label", "pgh_obj_id", "record_number", "registered_at", "registered_by_id") VALUES (OLD."birth_date", OLD."cannot_hear_alarm", OLD."clinic_id", OLD."communication_difficulty", OLD."earlier_withdrawal", OLD."family_name", OLD."given_name", OLD."id", OLD."injury_at_t6_or_above", OLD."origin", NOW(), \'delete\', OLD."id", OLD."record_number", OLD."registered_at", OLD."registered_by_id"); RETURN NULL;',
                    hash="344fe750d18f14b20a4e50dfdfe75f21fe8a7c16",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_7547b",
                    table="patients_patient",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pump",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "patients_pumphistory" ("accuracy_pct", "alarm_ml", "catalogue_version", "clinic_id", "explanted_on", "id", "implanted_on", "max_flow_ml_per_day", "min_flow_ml_per_day", "model", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reservoir_ml", "serial", "unusable_ml") VALUES (NEW."accuracy_pct", NEW."alarm_ml", NEW."catalogue_version", NEW."clinic_id", NEW."explanted_on", NEW."id", NEW."implanted_on", NEW."max_flow_ml_per_day", NEW."min_flow_ml_per_day", NEW."model", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."reservoir_ml", NEW."serial", NEW."unusable_ml"); RETURN NULL;',
                    hash="81331be1edaf8b621afc21ff65ea146e54bdd974",
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
                    func='IF (OLD."accuracy_pct" IS DISTINCT FROM (NEW."accuracy_pct") OR OLD."alarm_ml" IS DISTINCT FROM (NEW."alarm_ml") OR OLD."catalogue_version" IS DISTINCT FROM (NEW."catalogue_version") OR OLD."clinic_id" IS DISTINCT FROM (NEW."clinic_id") OR OLD."explanted_on" IS DISTINCT FROM (NEW."explanted_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."implanted_on" IS DISTINCT FROM (NEW."implanted_on") OR OLD."max_flow_ml_per_day" IS DISTINCT FROM (NEW."max_flow_ml_per_day") OR OLD."min_flow_ml_per_day" IS DISTINCT FROM (NEW."min_flow_ml_per_day") OR OLD."model" IS DISTINCT FROM (NEW."model") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."reservoir_ml" IS DISTINCT FROM (NEW."reservoir_ml") OR OLD."serial" IS DISTINCT FROM (NEW."serial") OR OLD."unusable_ml" IS DISTINCT FROM (NEW."unusable_ml")) THEN INSERT INTO "patients_pumphistory" ("accuracy_pct", "alarm_ml", "catalogue_version", "clinic_id", "explanted_on", "id", "implanted_on", "max_flow_ml_per_day", "min_flow_ml_per_day", "model", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reservoir_ml", "serial", "unusable_ml") VALUES (NEW."accuracy_pct", NEW."alarm_ml", NEW."catalogue_version", NEW."clinic_id", NEW."explanted_on", NEW."id", NEW."implanted_on", NEW."max_flow_ml_per_day", NEW."min_flow_ml_per_day", NEW."model", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."reservoir_ml", NEW."serial", NEW."unusable_ml"); END IF; RETURN NULL;',
                    hash="76a0a8b526056a6e428685b1be935ca67864dee7",
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
                    func='INSERT INTO "patients_pumphistory" ("accuracy_pct", "alarm_ml", "catalogue_version", "clinic_id", "explanted_on", "id", "implanted_on", "max_flow_ml_per_day", "min_flow_ml_per_day", "model", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reservoir_ml", "serial", "unusable_ml") VALUES (OLD."accuracy_pct", OLD."alarm_ml", OLD."catalogue_version", OLD."clinic_id", OLD."explanted_on", OLD."id", OLD."implanted_on", OLD."max_flow_ml_per_day", OLD."min_flow_ml_per_day", OLD."model", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."reservoir_ml", OLD."serial", OLD."unusable_ml"); RETURN NULL;',
                    hash="a500eb0b8525cc8f3abe63f5fec7419406d36d60",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_a06db",
                    table="patients_pump",
                    when="AFTER",
                ),
            ),
        ),
        *kept(
            "patients_contacthistory",
            "EXISTS (SELECT FROM patients_patient AS patient WHERE patient.id = patient_id)",
        ),
        *kept(
            "patients_custodyhistory",
            "EXISTS (SELECT FROM patients_patient AS patient WHERE patient.id = patient_id)",
        ),
        *kept("patients_ownmodelhistory"),
        *kept(
            "patients_patienthistory",
            "EXISTS (SELECT FROM patients_patient AS patient WHERE patient.id = pgh_obj_id)",
        ),
        *kept(
            "patients_pumphistory",
            "EXISTS (SELECT FROM patients_patient AS patient WHERE patient.id = patient_id)",
        ),
    ]
