"""Old and new of every tracked row, from now on."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import itb.audit.history
from itb.audit.chain import kept
from itb.walls import OPEN

OF_A_MEMBER = f"""EXISTS (SELECT FROM accounts_membership AS member
    WHERE member.user_id = accounts_userhistory.id AND member.clinic_id = {OPEN})"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_walls"),
        ("audit", "0010_traces_and_links"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClinicHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("zone", models.CharField(max_length=60)),
                ("phone", models.CharField(max_length=40)),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.clinic",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="accounts_clinic_history")],
            },
        ),
        migrations.CreateModel(
            name="MembershipHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("role", models.CharField(max_length=20)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
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
                        to="accounts.membership",
                    ),
                ),
                (
                    "user",
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
                "indexes": [models.Index(fields=["pgh_created_at"], name="accounts_membership_history")],
            },
        ),
        migrations.CreateModel(
            name="UserHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("email", models.EmailField(max_length=254)),
                ("name", models.CharField(max_length=120)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="accounts_user_history")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clinic",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_clinichistory" ("id", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "zone") VALUES (NEW."id", NEW."name", NOW(), \'insert\', NEW."id", NEW."phone", NEW."zone"); RETURN NULL;',
                    hash="c015768a1fad7d082b73d4ac09ffd62c1fc04f7f",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_32156",
                    table="accounts_clinic",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clinic",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "accounts_clinichistory" ("id", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "zone") VALUES (NEW."id", NEW."name", NOW(), \'update\', NEW."id", NEW."phone", NEW."zone"); END IF; RETURN NULL;',
                    hash="bce0954486ab374d875cf82fda6d0768baf12ee7",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_99e8e",
                    table="accounts_clinic",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clinic",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_clinichistory" ("id", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "zone") VALUES (OLD."id", OLD."name", NOW(), \'delete\', OLD."id", OLD."phone", OLD."zone"); RETURN NULL;',
                    hash="f0d3172e6fd4e40193febcfae7deb323241b2607",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_c2d66",
                    table="accounts_clinic",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_membershiphistory" ("clinic_id", "ended_at", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "started_at", "user_id") VALUES (NEW."clinic_id", NEW."ended_at", NEW."id", NOW(), \'insert\', NEW."id", NEW."role", NEW."started_at", NEW."user_id"); RETURN NULL;',
                    hash="e02e2a4b9b0f4157e813220ab6735dcb3ba85b11",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_67267",
                    table="accounts_membership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "accounts_membershiphistory" ("clinic_id", "ended_at", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "started_at", "user_id") VALUES (NEW."clinic_id", NEW."ended_at", NEW."id", NOW(), \'update\', NEW."id", NEW."role", NEW."started_at", NEW."user_id"); END IF; RETURN NULL;',
                    hash="ef0e108cc1e9a6ff39d574578906ed77eedf26c7",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_c6e28",
                    table="accounts_membership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_membershiphistory" ("clinic_id", "ended_at", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "started_at", "user_id") VALUES (OLD."clinic_id", OLD."ended_at", OLD."id", NOW(), \'delete\', OLD."id", OLD."role", OLD."started_at", OLD."user_id"); RETURN NULL;',
                    hash="5619336be9aab1762ae362aa9c0a5bd8c5123c97",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_61deb",
                    table="accounts_membership",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_userhistory" ("email", "id", "is_active", "name", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."email", NEW."id", NEW."is_active", NEW."name", NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="7d992899cd6b5be0515a0fcf9277a0cda39b1592",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_09385",
                    table="accounts_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."name" IS DISTINCT FROM (NEW."name")) THEN INSERT INTO "accounts_userhistory" ("email", "id", "is_active", "name", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."email", NEW."id", NEW."is_active", NEW."name", NOW(), \'update\', NEW."id"); END IF; RETURN NULL;',
                    hash="97cc19a77e8703e428e5feaf1d067feace1a1e79",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_013c6",
                    table="accounts_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_userhistory" ("email", "id", "is_active", "name", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."email", OLD."id", OLD."is_active", OLD."name", NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="e8354dbd03f8e031aaad0fac828682e5fd62a1a8",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_dabc6",
                    table="accounts_user",
                    when="AFTER",
                ),
            ),
        ),
        *kept("accounts_clinichistory", f"id = {OPEN}"),
        *kept("accounts_membershiphistory"),
        *kept("accounts_userhistory", OF_A_MEMBER),
    ]
