"""Who is away and who stands in, whom the clinic has named as its lead, and when more people are told."""

import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import itb.audit.history
from itb.audit.chain import kept
from itb.walls import APPLICATION, walled

OF_ONE_CLINIC = """
ALTER TABLE alerts_absence ADD CONSTRAINT absence_of_one_of_the_clinic
    FOREIGN KEY (member_id, clinic_id) REFERENCES accounts_membership (id, clinic_id);
ALTER TABLE alerts_absence ADD CONSTRAINT absence_covered_by_one_of_the_clinic
    FOREIGN KEY (cover_id, clinic_id) REFERENCES accounts_membership (id, clinic_id);
ALTER TABLE alerts_lead ADD CONSTRAINT lead_is_one_of_the_clinic
    FOREIGN KEY (member_id, clinic_id) REFERENCES accounts_membership (id, clinic_id);
"""
OF_ANY = """
ALTER TABLE alerts_lead DROP CONSTRAINT lead_is_one_of_the_clinic;
ALTER TABLE alerts_absence DROP CONSTRAINT absence_covered_by_one_of_the_clinic;
ALTER TABLE alerts_absence DROP CONSTRAINT absence_of_one_of_the_clinic;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0060_drafts"),
        ("alerts", "0087_moves"),
        ("outbox", "0002_walls"),
        ("patients", "0004_custody"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EscalationPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("critical_second_minutes", models.PositiveSmallIntegerField()),
                ("critical_all_minutes", models.PositiveSmallIntegerField()),
                ("urgent_second_hours", models.PositiveSmallIntegerField()),
                ("due_all_days", models.PositiveSmallIntegerField()),
                ("evening_hour", models.PositiveSmallIntegerField()),
                ("urgent_at_night", models.CharField(max_length=10)),
                ("changed_because", models.TextField(blank=True, help_text="Why it was set so")),
                (
                    "clinic",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="escalation_policy",
                        to="accounts.clinic",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("critical_all_minutes__lte", 480),
                            ("critical_second_minutes__gte", 5),
                            ("critical_all_minutes__gt", models.F("critical_second_minutes")),
                        ),
                        name="escalation_of_critical_within_eight_hours",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_all_days__range", (1, 10)), ("urgent_second_hours__range", (1, 24))
                        ),
                        name="escalation_comes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("evening_hour__range", (15, 23))),
                        name="escalation_day_has_an_evening",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("urgent_at_night__in", ["told", "waits"])),
                        name="escalation_urgent_at_night_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EscalationPolicyHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("critical_second_minutes", models.PositiveSmallIntegerField()),
                ("critical_all_minutes", models.PositiveSmallIntegerField()),
                ("urgent_second_hours", models.PositiveSmallIntegerField()),
                ("due_all_days", models.PositiveSmallIntegerField()),
                ("evening_hour", models.PositiveSmallIntegerField()),
                ("urgent_at_night", models.CharField(max_length=10)),
                ("changed_because", models.TextField(blank=True)),
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
                        to="alerts.escalationpolicy",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["pgh_created_at"], name="alerts_esca_pgh_cre_ee3359_idx")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="escalationpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_escalationpolicyhistory" ("changed_because", "clinic_id", "critical_all_minutes", "critical_second_minutes", "due_all_days", "evening_hour", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "urgent_at_night", "urgent_second_hours") VALUES (NEW."changed_because", NEW."clinic_id", NEW."critical_all_minutes", NEW."critical_second_minutes", NEW."due_all_days", NEW."evening_hour", NEW."id", NOW(), \'insert\', NEW."id", NEW."urgent_at_night", NEW."urgent_second_hours"); RETURN NULL;',
                    hash="f50ae961ae51cf691ecc89d44fc231e31a5360d2",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_919c1",
                    table="alerts_escalationpolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="escalationpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "alerts_escalationpolicyhistory" ("changed_because", "clinic_id", "critical_all_minutes", "critical_second_minutes", "due_all_days", "evening_hour", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "urgent_at_night", "urgent_second_hours") VALUES (NEW."changed_because", NEW."clinic_id", NEW."critical_all_minutes", NEW."critical_second_minutes", NEW."due_all_days", NEW."evening_hour", NEW."id", NOW(), \'update\', NEW."id", NEW."urgent_at_night", NEW."urgent_second_hours"); END IF; RETURN NULL;',
                    hash="ea10773a81524f5112ecfbea23a11db3df5e0afc",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_9933c",
                    table="alerts_escalationpolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="escalationpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_escalationpolicyhistory" ("changed_because", "clinic_id", "critical_all_minutes", "critical_second_minutes", "due_all_days", "evening_hour", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "urgent_at_night", "urgent_second_hours") VALUES (OLD."changed_because", OLD."clinic_id", OLD."critical_all_minutes", OLD."critical_second_minutes", OLD."due_all_days", OLD."evening_hour", OLD."id", NOW(), \'delete\', OLD."id", OLD."urgent_at_night", OLD."urgent_second_hours"); RETURN NULL;',
                    hash="f8c4f879565123518cb531066d7520ceb4da7d2e",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_5efe3",
                    table="alerts_escalationpolicy",
                    when="AFTER",
                ),
            ),
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_on", models.DateField(verbose_name="First day away")),
                ("last_on", models.DateField(verbose_name="Last day away")),
                ("added_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(help_text="Back early, or never away", null=True)),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "cover",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
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
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="absences",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)),
                        fields=["clinic", "last_on"],
                        name="absence_standing",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("last_on__gte", models.F("first_on")),
                            (
                                "last_on__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("first_on"), "+", models.Value(366)
                                ),
                            ),
                        ),
                        name="absence_ends_after_it_begins_and_within_a_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cover", None),
                            models.Q(("cover", models.F("member")), _negated=True),
                            _connector="OR",
                        ),
                        name="absence_covered_by_another",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("ended_at", None)),
                        expressions=[
                            ("member", "="),
                            (
                                models.Func(
                                    models.F("first_on"),
                                    models.F("last_on"),
                                    models.Value("[]"),
                                    function="DATERANGE",
                                ),
                                "&&",
                            ),
                        ],
                        name="absence_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AbsenceHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                ("added_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
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
                    "cover",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.membership",
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
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="alerts.absence",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["pgh_created_at"], name="alerts_abse_pgh_cre_cab1b5_idx")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="absence",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_absencehistory" ("added_at", "added_by_id", "clinic_id", "cover_id", "ended_at", "ended_by_id", "first_on", "id", "last_on", "member_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."added_at", NEW."added_by_id", NEW."clinic_id", NEW."cover_id", NEW."ended_at", NEW."ended_by_id", NEW."first_on", NEW."id", NEW."last_on", NEW."member_id", NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="a965f1cfdc37089d4c7cfb84fd0eb5343f536113",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_1ab2a",
                    table="alerts_absence",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="absence",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "alerts_absencehistory" ("added_at", "added_by_id", "clinic_id", "cover_id", "ended_at", "ended_by_id", "first_on", "id", "last_on", "member_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."added_at", NEW."added_by_id", NEW."clinic_id", NEW."cover_id", NEW."ended_at", NEW."ended_by_id", NEW."first_on", NEW."id", NEW."last_on", NEW."member_id", NOW(), \'update\', NEW."id"); END IF; RETURN NULL;',
                    hash="3617868cf43d3aed43b673634052ab5c00e6fb5c",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_cc168",
                    table="alerts_absence",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="absence",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_absencehistory" ("added_at", "added_by_id", "clinic_id", "cover_id", "ended_at", "ended_by_id", "first_on", "id", "last_on", "member_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."added_at", OLD."added_by_id", OLD."clinic_id", OLD."cover_id", OLD."ended_at", OLD."ended_by_id", OLD."first_on", OLD."id", OLD."last_on", OLD."member_id", NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="482c35ce654630ed6b1a9a09f931637127686f38",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_852d1",
                    table="alerts_absence",
                    when="AFTER",
                ),
            ),
        ),
        migrations.CreateModel(
            name="Lead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("named_at", models.DateTimeField()),
                (
                    "clinic",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lead", to="accounts.clinic"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "named_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LeadHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("named_at", models.DateTimeField()),
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
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "named_by",
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
                        to="alerts.lead",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["pgh_created_at"], name="alerts_lead_pgh_cre_bab77a_idx")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lead",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_leadhistory" ("clinic_id", "id", "member_id", "named_at", "named_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."clinic_id", NEW."id", NEW."member_id", NEW."named_at", NEW."named_by_id", NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="32ca0e5dd27c737b0534f0cbd81b0661517a502f",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_f4016",
                    table="alerts_lead",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lead",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "alerts_leadhistory" ("clinic_id", "id", "member_id", "named_at", "named_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."clinic_id", NEW."id", NEW."member_id", NEW."named_at", NEW."named_by_id", NOW(), \'update\', NEW."id"); END IF; RETURN NULL;',
                    hash="2cc2d2e9e0e731b18b2237166b3016aa3e783cb3",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_41c5a",
                    table="alerts_lead",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lead",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_leadhistory" ("clinic_id", "id", "member_id", "named_at", "named_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."clinic_id", OLD."id", OLD."member_id", OLD."named_at", OLD."named_by_id", NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="91b2fe5a05f93d328f31b155f67849d1f4ce2bcd",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_7dadd",
                    table="alerts_lead",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(OF_ONE_CLINIC, OF_ANY),
        walled("alerts_escalationpolicy"),
        *kept("alerts_escalationpolicyhistory"),
        migrations.RunSQL(
            f"REVOKE DELETE ON alerts_escalationpolicy FROM {APPLICATION}",
            f"GRANT DELETE ON alerts_escalationpolicy TO {APPLICATION}",
        ),
        walled("alerts_absence"),
        *kept("alerts_absencehistory"),
        migrations.RunSQL(
            f"REVOKE DELETE ON alerts_absence FROM {APPLICATION}",
            f"GRANT DELETE ON alerts_absence TO {APPLICATION}",
        ),
        walled("alerts_lead"),
        *kept("alerts_leadhistory"),
        migrations.RunSQL(
            f"REVOKE DELETE ON alerts_lead FROM {APPLICATION}",
            f"GRANT DELETE ON alerts_lead TO {APPLICATION}",
        ),
    ]
