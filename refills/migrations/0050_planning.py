"""Closed days, orders, authorisations, contacts and refills at home: what visits are planned by."""

import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import itb.audit.history
from itb.audit.append_only import append_only
from itb.audit.chain import kept
from itb.walls import APPLICATION, walled

OF_A_VISIBLE_PUMP = "EXISTS (SELECT FROM patients_pump AS pump WHERE pump.id = pump_id)"
OF_A_VISIBLE_PATIENT = "EXISTS (SELECT FROM patients_patient AS patient WHERE patient.id = patient_id)"
NOTED = ("authorisation", "contactattempt", "drugorder")
WITH_THE_PATIENT = """
ALTER TABLE refills_homerefill ADD CONSTRAINT home_refill_of_the_patients_clinic
    FOREIGN KEY (patient_id, clinic_id) REFERENCES patients_patient (id, clinic_id) ON UPDATE CASCADE;
"""
CHANGED = "refills_planningpolicy, refills_closure, refills_homerefill"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0025_histories"),
        ("patients", "0020_histories"),
        ("refills", "0040_pending_programmes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Authorisation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "key",
                    models.UUIDField(
                        help_text="Of the form that was posted: the same post twice is one", unique=True
                    ),
                ),
                ("reference", models.CharField(max_length=60)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                (
                    "pump",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="patients.pump",
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
                (
                    "recorded_clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="authorisation_ends_after_it_starts",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Closure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                ("reason", models.CharField(max_length=80)),
                ("added_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
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
                        related_name="closures",
                        to="accounts.clinic",
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
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
                        name="closure_ends_after_it_begins_and_within_a_year",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)),
                        fields=("clinic", "first_on", "last_on"),
                        name="closure_of_the_same_days_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "key",
                    models.UUIDField(
                        help_text="Of the form that was posted: the same post twice is one", unique=True
                    ),
                ),
                ("at", models.DateTimeField()),
                ("whom", models.CharField(max_length=180)),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("telephone", "Telephone"),
                            ("message", "Text message"),
                            ("email", "E-mail"),
                            ("letter", "Letter"),
                            ("in_person", "In person"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("no_answer", "No answer"),
                            ("left_message", "Left a message"),
                            ("agreed", "Agreed to come"),
                            ("cannot_come", "Cannot come"),
                            ("wrong_number", "Wrong number"),
                            ("refused", "Refused"),
                            ("other", "Other"),
                        ],
                        max_length=12,
                    ),
                ),
                ("next_step", models.CharField(max_length=200)),
                ("next_on", models.DateField()),
                ("note", models.TextField(blank=True)),
                (
                    "handed_to",
                    models.ForeignKey(
                        help_text="The clinician whose it is now, after too many tries or a refusal",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pump",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="patients.pump",
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
                (
                    "recorded_clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pump", "-at"], name="contactattempt_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("way__in", ["telephone", "message", "email", "letter", "in_person"]),
                            (
                                "outcome__in",
                                [
                                    "no_answer",
                                    "left_message",
                                    "agreed",
                                    "cannot_come",
                                    "wrong_number",
                                    "refused",
                                    "other",
                                ],
                            ),
                        ),
                        name="contactattempt_way_and_outcome_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("next_step", ""), _negated=True),
                        name="contactattempt_has_a_next_step",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "refused"), _negated=True),
                            ("handed_to__isnull", False),
                            _connector="OR",
                        ),
                        name="contactattempt_refusal_is_somebodys",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("recorded_at"),
                                    "+",
                                    models.Value("5 minutes", models.DurationField()),
                                ),
                            )
                        ),
                        name="contactattempt_not_in_the_future",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DrugOrder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "key",
                    models.UUIDField(
                        help_text="Of the form that was posted: the same post twice is one", unique=True
                    ),
                ),
                ("ordered_on", models.DateField()),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "pump",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="patients.pump",
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
                (
                    "recorded_clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "ordered_on__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("recorded_at__date"), "+", models.Value(1)
                                ),
                            )
                        ),
                        name="drugorder_not_in_the_future",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HomeRefill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_at_home", models.BooleanField()),
                ("travel_days", models.PositiveSmallIntegerField()),
                ("set_at", models.DateTimeField()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "patient",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="home_refill",
                        to="patients.patient",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("travel_days__lte", 30)), name="homerefill_way_of_a_month_at_most"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanningPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("lead_days", models.PositiveSmallIntegerField()),
                ("authorisation_days", models.PositiveSmallIntegerField()),
                ("failed_contacts", models.PositiveSmallIntegerField()),
                ("visits_a_day", models.PositiveSmallIntegerField(help_text="0: no limit")),
                (
                    "closed_weekdays",
                    models.CharField(blank=True, help_text="ISO numbers in order: 1 is Monday", max_length=7),
                ),
                (
                    "clinic",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="planning_policy",
                        to="accounts.clinic",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_weekdays__regex", "^1?2?3?4?5?6?7?$"),
                            models.Q(("closed_weekdays", "1234567"), _negated=True),
                        ),
                        name="planningpolicy_some_weekday_is_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("failed_contacts__gte", 1)), name="planningpolicy_contacts_end"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuthorisationHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("recorded_at", models.DateTimeField()),
                ("key", models.UUIDField()),
                ("reference", models.CharField(max_length=60)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="refills.authorisation",
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
                "abstract": False,
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_aut_pgh_cre_b57dd8_idx")],
            },
        ),
        migrations.CreateModel(
            name="ClosureHistory",
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
                ("reason", models.CharField(max_length=80)),
                ("added_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
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
                    "lifted_by",
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
                        to="refills.closure",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_clo_pgh_cre_8e1217_idx")],
            },
        ),
        migrations.CreateModel(
            name="ContactAttemptHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("recorded_at", models.DateTimeField()),
                ("key", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("whom", models.CharField(max_length=180)),
                ("way", models.CharField(max_length=10)),
                ("outcome", models.CharField(max_length=12)),
                ("next_step", models.CharField(max_length=200)),
                ("next_on", models.DateField()),
                ("note", models.TextField(blank=True)),
                (
                    "handed_to",
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
                        to="refills.contactattempt",
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
                "abstract": False,
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_con_pgh_cre_20582b_idx")],
            },
        ),
        migrations.CreateModel(
            name="DrugOrderHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("recorded_at", models.DateTimeField()),
                ("key", models.UUIDField()),
                ("ordered_on", models.DateField()),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="refills.drugorder",
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
                "abstract": False,
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_dru_pgh_cre_36ce27_idx")],
            },
        ),
        migrations.CreateModel(
            name="HomeRefillHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("is_at_home", models.BooleanField()),
                ("travel_days", models.PositiveSmallIntegerField()),
                ("set_at", models.DateTimeField()),
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
                        to="refills.homerefill",
                    ),
                ),
                (
                    "set_by",
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
                "abstract": False,
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_hom_pgh_cre_3955ca_idx")],
            },
        ),
        migrations.CreateModel(
            name="PlanningPolicyHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("lead_days", models.PositiveSmallIntegerField()),
                ("authorisation_days", models.PositiveSmallIntegerField()),
                ("failed_contacts", models.PositiveSmallIntegerField()),
                ("visits_a_day", models.PositiveSmallIntegerField()),
                ("closed_weekdays", models.CharField(blank=True, max_length=7)),
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
                        to="refills.planningpolicy",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_pla_pgh_cre_7a8a6a_idx")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="authorisation",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_authorisationhistory" ("ends_on", "id", "key", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id", "reference", "starts_on") VALUES (NEW."ends_on", NEW."id", NEW."key", NOW(), \'insert\', NEW."id", NEW."pump_id", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."reference", NEW."starts_on"); RETURN NULL;',
                    hash="4aa57d18be817a86c31801524784692e02fdb216",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_a942b",
                    table="refills_authorisation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="authorisation",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_authorisationhistory" ("ends_on", "id", "key", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id", "reference", "starts_on") VALUES (NEW."ends_on", NEW."id", NEW."key", NOW(), \'update\', NEW."id", NEW."pump_id", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."reference", NEW."starts_on"); END IF; RETURN NULL;',
                    hash="74c53ed05f7c35fbf69d02d23da828bc5e0dfe49",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_34232",
                    table="refills_authorisation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="authorisation",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_authorisationhistory" ("ends_on", "id", "key", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id", "reference", "starts_on") VALUES (OLD."ends_on", OLD."id", OLD."key", NOW(), \'delete\', OLD."id", OLD."pump_id", OLD."recorded_at", OLD."recorded_by_id", OLD."recorded_clinic_id", OLD."reference", OLD."starts_on"); RETURN NULL;',
                    hash="78525085198588fc00ded346cb7f86edaeaa0f6f",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_8f387",
                    table="refills_authorisation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="closure",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_closurehistory" ("added_at", "added_by_id", "clinic_id", "first_on", "id", "last_on", "lifted_at", "lifted_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."added_at", NEW."added_by_id", NEW."clinic_id", NEW."first_on", NEW."id", NEW."last_on", NEW."lifted_at", NEW."lifted_by_id", NOW(), \'insert\', NEW."id", NEW."reason"); RETURN NULL;',
                    hash="d6849f8c1d495ff032230bdde4a52b64a7bcbfa5",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_a32df",
                    table="refills_closure",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="closure",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_closurehistory" ("added_at", "added_by_id", "clinic_id", "first_on", "id", "last_on", "lifted_at", "lifted_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (NEW."added_at", NEW."added_by_id", NEW."clinic_id", NEW."first_on", NEW."id", NEW."last_on", NEW."lifted_at", NEW."lifted_by_id", NOW(), \'update\', NEW."id", NEW."reason"); END IF; RETURN NULL;',
                    hash="29b4f39fedf1f092f65125b14728093edf5baaea",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_8ae6d",
                    table="refills_closure",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="closure",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_closurehistory" ("added_at", "added_by_id", "clinic_id", "first_on", "id", "last_on", "lifted_at", "lifted_by_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."added_at", OLD."added_by_id", OLD."clinic_id", OLD."first_on", OLD."id", OLD."last_on", OLD."lifted_at", OLD."lifted_by_id", NOW(), \'delete\', OLD."id", OLD."reason"); RETURN NULL;',
                    hash="96735772609add2b3e1eb5a186cec3737f0a70af",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_2d33b",
                    table="refills_closure",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactattempt",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_contactattempthistory" ("at", "handed_to_id", "id", "key", "next_on", "next_step", "note", "outcome", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id", "way", "whom") VALUES (NEW."at", NEW."handed_to_id", NEW."id", NEW."key", NEW."next_on", NEW."next_step", NEW."note", NEW."outcome", NOW(), \'insert\', NEW."id", NEW."pump_id", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."way", NEW."whom"); RETURN NULL;',
                    hash="811c53e16aac3dd7ae77bed21d68333cc4389781",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_928de",
                    table="refills_contactattempt",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactattempt",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_contactattempthistory" ("at", "handed_to_id", "id", "key", "next_on", "next_step", "note", "outcome", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id", "way", "whom") VALUES (NEW."at", NEW."handed_to_id", NEW."id", NEW."key", NEW."next_on", NEW."next_step", NEW."note", NEW."outcome", NOW(), \'update\', NEW."id", NEW."pump_id", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."way", NEW."whom"); END IF; RETURN NULL;',
                    hash="03d6c08d489e19b8f0cb11f2f106fae784341343",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_8ce19",
                    table="refills_contactattempt",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactattempt",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_contactattempthistory" ("at", "handed_to_id", "id", "key", "next_on", "next_step", "note", "outcome", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id", "way", "whom") VALUES (OLD."at", OLD."handed_to_id", OLD."id", OLD."key", OLD."next_on", OLD."next_step", OLD."note", OLD."outcome", NOW(), \'delete\', OLD."id", OLD."pump_id", OLD."recorded_at", OLD."recorded_by_id", OLD."recorded_clinic_id", OLD."way", OLD."whom"); RETURN NULL;',
                    hash="0b942823fc7eb18f964d91a78d387a7a222801f3",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_6e9b4",
                    table="refills_contactattempt",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="drugorder",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_drugorderhistory" ("id", "key", "note", "ordered_on", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id") VALUES (NEW."id", NEW."key", NEW."note", NEW."ordered_on", NOW(), \'insert\', NEW."id", NEW."pump_id", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id"); RETURN NULL;',
                    hash="b54f57a8292e800dfd3eb62ecf6cbd264f2c92fb",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_d8f21",
                    table="refills_drugorder",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="drugorder",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_drugorderhistory" ("id", "key", "note", "ordered_on", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id") VALUES (NEW."id", NEW."key", NEW."note", NEW."ordered_on", NOW(), \'update\', NEW."id", NEW."pump_id", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id"); END IF; RETURN NULL;',
                    hash="ecace1f8b80253610088d3e1553534c347be44d0",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_38bb1",
                    table="refills_drugorder",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="drugorder",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_drugorderhistory" ("id", "key", "note", "ordered_on", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "recorded_at", "recorded_by_id", "recorded_clinic_id") VALUES (OLD."id", OLD."key", OLD."note", OLD."ordered_on", NOW(), \'delete\', OLD."id", OLD."pump_id", OLD."recorded_at", OLD."recorded_by_id", OLD."recorded_clinic_id"); RETURN NULL;',
                    hash="69466d31053e42c56bc212a55fe8f8ffd016c49b",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_d88d4",
                    table="refills_drugorder",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="homerefill",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_homerefillhistory" ("clinic_id", "id", "is_at_home", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "set_at", "set_by_id", "travel_days") VALUES (NEW."clinic_id", NEW."id", NEW."is_at_home", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."set_at", NEW."set_by_id", NEW."travel_days"); RETURN NULL;',
                    hash="de15ce7943ecb6b2098ac909cb7c98d8dbac8276",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_e33df",
                    table="refills_homerefill",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="homerefill",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_homerefillhistory" ("clinic_id", "id", "is_at_home", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "set_at", "set_by_id", "travel_days") VALUES (NEW."clinic_id", NEW."id", NEW."is_at_home", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."set_at", NEW."set_by_id", NEW."travel_days"); END IF; RETURN NULL;',
                    hash="303b6aadb77f875e5dbf2a36f071a4de8a8708be",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_6301b",
                    table="refills_homerefill",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="homerefill",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_homerefillhistory" ("clinic_id", "id", "is_at_home", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "set_at", "set_by_id", "travel_days") VALUES (OLD."clinic_id", OLD."id", OLD."is_at_home", OLD."patient_id", NOW(), \'delete\', OLD."id", OLD."set_at", OLD."set_by_id", OLD."travel_days"); RETURN NULL;',
                    hash="ff2c5a4cc73e3a8811dfea33fb832791b8cdc87c",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_4ed05",
                    table="refills_homerefill",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planningpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_planningpolicyhistory" ("authorisation_days", "clinic_id", "closed_weekdays", "failed_contacts", "id", "lead_days", "pgh_created_at", "pgh_label", "pgh_obj_id", "visits_a_day") VALUES (NEW."authorisation_days", NEW."clinic_id", NEW."closed_weekdays", NEW."failed_contacts", NEW."id", NEW."lead_days", NOW(), \'insert\', NEW."id", NEW."visits_a_day"); RETURN NULL;',
                    hash="3f1b9b46ceb16d79b4a5d9b5f2619e73f43e22c5",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_c898f",
                    table="refills_planningpolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planningpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_planningpolicyhistory" ("authorisation_days", "clinic_id", "closed_weekdays", "failed_contacts", "id", "lead_days", "pgh_created_at", "pgh_label", "pgh_obj_id", "visits_a_day") VALUES (NEW."authorisation_days", NEW."clinic_id", NEW."closed_weekdays", NEW."failed_contacts", NEW."id", NEW."lead_days", NOW(), \'update\', NEW."id", NEW."visits_a_day"); END IF; RETURN NULL;',
                    hash="e6e67bb44a22b4057e49bd50ec533736238fd4dc",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_52791",
                    table="refills_planningpolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planningpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_planningpolicyhistory" ("authorisation_days", "clinic_id", "closed_weekdays", "failed_contacts", "id", "lead_days", "pgh_created_at", "pgh_label", "pgh_obj_id", "visits_a_day") VALUES (OLD."authorisation_days", OLD."clinic_id", OLD."closed_weekdays", OLD."failed_contacts", OLD."id", OLD."lead_days", NOW(), \'delete\', OLD."id", OLD."visits_a_day"); RETURN NULL;',
                    hash="3d2edf827fde4138e77645f8cc04d45679538901",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_11ccd",
                    table="refills_planningpolicy",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(
            WITH_THE_PATIENT,
            "ALTER TABLE refills_homerefill DROP CONSTRAINT home_refill_of_the_patients_clinic;",
        ),
        *(append_only(f"refills_{name}") for name in NOTED),
        *(walled(f"refills_{name}", OF_A_VISIBLE_PUMP) for name in NOTED),
        walled("refills_planningpolicy"),
        walled("refills_closure"),
        walled("refills_homerefill"),
        migrations.RunSQL(
            f"REVOKE DELETE ON {CHANGED} FROM {APPLICATION}", f"GRANT DELETE ON {CHANGED} TO {APPLICATION}"
        ),
        *(operation for name in NOTED for operation in kept(f"refills_{name}history", OF_A_VISIBLE_PUMP)),
        *kept("refills_homerefillhistory", OF_A_VISIBLE_PATIENT),
        *kept("refills_planningpolicyhistory"),
        *kept("refills_closurehistory"),
    ]
