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
        ("accounts", "0022_sign_in"),
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
                ("demands_second_factor", models.BooleanField(default=True)),
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
                "indexes": [models.Index(fields=["pgh_created_at"], name="accounts_cl_pgh_cre_3778a6_idx")],
            },
        ),
        migrations.CreateModel(
            name="EmergencyAccessHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("opened_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                ("expires_at", models.DateTimeField()),
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
                    "opened_by",
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
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.emergencyaccess",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="accounts_em_pgh_cre_cb9e4d_idx")],
            },
        ),
        migrations.CreateModel(
            name="GrantHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("is_confirmed", models.BooleanField(default=False)),
                (
                    "asked_by",
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
                        to="accounts.grant",
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
                "indexes": [models.Index(fields=["pgh_created_at"], name="accounts_gr_pgh_cre_51cc70_idx")],
            },
        ),
        migrations.CreateModel(
            name="InvitationHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("email", models.EmailField(max_length=254)),
                ("role", models.CharField(max_length=20)),
                ("invited_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "accepted_by",
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
                    "invited_by",
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
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.invitation",
                    ),
                ),
                (
                    "revoked_by",
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
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="accounts_in_pgh_cre_1f023d_idx")],
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
                "indexes": [models.Index(fields=["pgh_created_at"], name="accounts_me_pgh_cre_0814ed_idx")],
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
                "indexes": [models.Index(fields=["pgh_created_at"], name="accounts_us_pgh_cre_2f0ed9_idx")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clinic",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_clinichistory" ("demands_second_factor", "id", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "zone") VALUES (NEW."demands_second_factor", NEW."id", NEW."name", NOW(), \'insert\', NEW."id", NEW."phone", NEW."zone"); RETURN NULL;',
                    hash="90ce302a1b0fda9bbf8dc4514ca2c5b70410cb90",
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
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "accounts_clinichistory" ("demands_second_factor", "id", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "zone") VALUES (NEW."demands_second_factor", NEW."id", NEW."name", NOW(), \'update\', NEW."id", NEW."phone", NEW."zone"); END IF; RETURN NULL;',
                    hash="f4eae7e279dc3470c36fed6004ad8dc7c9c96c6d",
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
                    func='INSERT INTO "accounts_clinichistory" ("demands_second_factor", "id", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "zone") VALUES (OLD."demands_second_factor", OLD."id", OLD."name", NOW(), \'delete\', OLD."id", OLD."phone", OLD."zone"); RETURN NULL;',
                    hash="ffb056fe98d891411b6a9d689bb7559331985469",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_c2d66",
                    table="accounts_clinic",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="emergencyaccess",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_emergencyaccesshistory" ("clinic_id", "ended_at", "ended_by_id", "expires_at", "id", "opened_at", "opened_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."clinic_id", NEW."ended_at", NEW."ended_by_id", NEW."expires_at", NEW."id", NEW."opened_at", NEW."opened_by_id", NOW(), \'insert\', NEW."id", NEW."reason"); RETURN NULL;',
                    hash="d282e5534728638c6c08d5c21012e1128d5d8960",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_4a2e0",
                    table="accounts_emergencyaccess",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="emergencyaccess",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "accounts_emergencyaccesshistory" ("clinic_id", "ended_at", "ended_by_id", "expires_at", "id", "opened_at", "opened_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."clinic_id", NEW."ended_at", NEW."ended_by_id", NEW."expires_at", NEW."id", NEW."opened_at", NEW."opened_by_id", NOW(), \'update\', NEW."id", NEW."reason"); END IF; RETURN NULL;',
                    hash="b929cc294de05e0a555d54a56e3c0fad1a35567f",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_40fdf",
                    table="accounts_emergencyaccess",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="emergencyaccess",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_emergencyaccesshistory" ("clinic_id", "ended_at", "ended_by_id", "expires_at", "id", "opened_at", "opened_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."clinic_id", OLD."ended_at", OLD."ended_by_id", OLD."expires_at", OLD."id", OLD."opened_at", OLD."opened_by_id", NOW(), \'delete\', OLD."id", OLD."reason"); RETURN NULL;',
                    hash="954db7ad1488adbc25457b4de7c00a5a9b5aaa83",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_2802e",
                    table="accounts_emergencyaccess",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="grant",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_granthistory" ("asked_at", "asked_by_id", "clinic_id", "closed_at", "closed_by_id", "expires_at", "id", "is_confirmed", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."asked_at", NEW."asked_by_id", NEW."clinic_id", NEW."closed_at", NEW."closed_by_id", NEW."expires_at", NEW."id", NEW."is_confirmed", NOW(), \'insert\', NEW."id", NEW."user_id"); RETURN NULL;',
                    hash="40c3cc05197d39a24a5c6ecf98a74103db3c1998",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_b7c8c",
                    table="accounts_grant",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="grant",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "accounts_granthistory" ("asked_at", "asked_by_id", "clinic_id", "closed_at", "closed_by_id", "expires_at", "id", "is_confirmed", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."asked_at", NEW."asked_by_id", NEW."clinic_id", NEW."closed_at", NEW."closed_by_id", NEW."expires_at", NEW."id", NEW."is_confirmed", NOW(), \'update\', NEW."id", NEW."user_id"); END IF; RETURN NULL;',
                    hash="6257eddd9e978c649e1a193d40214374f93e488a",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_bc21d",
                    table="accounts_grant",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="grant",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_granthistory" ("asked_at", "asked_by_id", "clinic_id", "closed_at", "closed_by_id", "expires_at", "id", "is_confirmed", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (OLD."asked_at", OLD."asked_by_id", OLD."clinic_id", OLD."closed_at", OLD."closed_by_id", OLD."expires_at", OLD."id", OLD."is_confirmed", NOW(), \'delete\', OLD."id", OLD."user_id"); RETURN NULL;',
                    hash="eeaa9d79e40824feccbdd6652eafd237d52213a8",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_e60e7",
                    table="accounts_grant",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invitation",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_invitationhistory" ("accepted_at", "accepted_by_id", "clinic_id", "email", "expires_at", "id", "invited_at", "invited_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "revoked_by_id", "role") VALUES (NEW."accepted_at", NEW."accepted_by_id", NEW."clinic_id", NEW."email", NEW."expires_at", NEW."id", NEW."invited_at", NEW."invited_by_id", NOW(), \'insert\', NEW."id", NEW."revoked_at", NEW."revoked_by_id", NEW."role"); RETURN NULL;',
                    hash="0b72633a192aff4beead7baa6fd443c14a199138",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_37f59",
                    table="accounts_invitation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invitation",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD."accepted_at" IS DISTINCT FROM (NEW."accepted_at") OR OLD."accepted_by_id" IS DISTINCT FROM (NEW."accepted_by_id") OR OLD."clinic_id" IS DISTINCT FROM (NEW."clinic_id") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."invited_at" IS DISTINCT FROM (NEW."invited_at") OR OLD."invited_by_id" IS DISTINCT FROM (NEW."invited_by_id") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at") OR OLD."revoked_by_id" IS DISTINCT FROM (NEW."revoked_by_id") OR OLD."role" IS DISTINCT FROM (NEW."role")) THEN INSERT INTO "accounts_invitationhistory" ("accepted_at", "accepted_by_id", "clinic_id", "email", "expires_at", "id", "invited_at", "invited_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "revoked_by_id", "role") VALUES (NEW."accepted_at", NEW."accepted_by_id", NEW."clinic_id", NEW."email", NEW."expires_at", NEW."id", NEW."invited_at", NEW."invited_by_id", NOW(), \'update\', NEW."id", NEW."revoked_at", NEW."revoked_by_id", NEW."role"); END IF; RETURN NULL;',
                    hash="91c089a6a66d74a8deb5fd7f00d36a48341d6557",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_568da",
                    table="accounts_invitation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="invitation",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_invitationhistory" ("accepted_at", "accepted_by_id", "clinic_id", "email", "expires_at", "id", "invited_at", "invited_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "revoked_by_id", "role") VALUES (OLD."accepted_at", OLD."accepted_by_id", OLD."clinic_id", OLD."email", OLD."expires_at", OLD."id", OLD."invited_at", OLD."invited_by_id", NOW(), \'delete\', OLD."id", OLD."revoked_at", OLD."revoked_by_id", OLD."role"); RETURN NULL;',
                    hash="911a0b1787c955131ea838f4115f88152eb44a51",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_57fc8",
                    table="accounts_invitation",
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
        *kept("accounts_emergencyaccesshistory"),
        *kept("accounts_granthistory"),
        *kept("accounts_invitationhistory"),
        *kept("accounts_membershiphistory"),
        *kept("accounts_userhistory", OF_A_MEMBER),
    ]
