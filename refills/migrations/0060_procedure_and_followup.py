"""What a refill's visit found and did, what it left to be looked into, and how a clinic wants it done."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import itb.audit.history
from itb.audit.append_only import append_only
from itb.audit.chain import kept
from itb.walls import APPLICATION, walled

OF_A_VISIBLE_PUMP = "EXISTS (SELECT FROM patients_pump AS pump WHERE pump.id = pump_id)"
OF_A_VISIBLE_REFILL = "EXISTS (SELECT FROM refills_refill AS refill WHERE refill.id = refill_id)"

FOLLOWUP_OF_ITS_PUMP = """
ALTER TABLE refills_followup ADD CONSTRAINT followup_of_the_pumps_clinic
    FOREIGN KEY (pump_id, clinic_id) REFERENCES patients_pump (id, clinic_id) ON UPDATE CASCADE;
"""
NEVER_DELETED = f"REVOKE DELETE ON refills_followup, refills_procedurepolicy FROM {APPLICATION};"

REFUSE_WRONG_DRUG = """
CREATE FUNCTION refills_refuse_wrong_drug() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    filled record;
BEGIN
    SELECT (refill.at AT TIME ZONE clinic.zone)::date AS on, refill.recorded_by_id INTO filled
        FROM refills_refill AS refill JOIN accounts_clinic AS clinic ON clinic.id = refill.recorded_clinic_id
        WHERE refill.id = NEW.refill_id;
    IF NEW.expires_on < filled.on THEN
        RAISE EXCEPTION 'the drug had expired'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'procedure_drug_not_expired', TABLE = 'refills_procedure';
    END IF;
    IF NEW.checker_id = filled.recorded_by_id THEN
        RAISE EXCEPTION 'nobody is their own second person'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'procedure_checked_by_another', TABLE = 'refills_procedure';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER procedure_drug_checked BEFORE INSERT ON refills_procedure
    FOR EACH ROW EXECUTE FUNCTION refills_refuse_wrong_drug();
"""
REFUSE_WRONG_DRUG_BACK = """
DROP TRIGGER procedure_drug_checked ON refills_procedure;
DROP FUNCTION refills_refuse_wrong_drug;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0025_histories"),
        ("patients", "0020_histories"),
        ("refills", "0052_visits_by_day"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ChecklistStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("identified", "Name and birth date asked: they are this patient's"),
                            ("interrogated", "Pump interrogated before anything was done"),
                            (
                                "drug_read",
                                "All four read from the container itself",
                            ),
                            ("aspirated", "Drug came back on aspiration during the fill"),
                            ("running", "Interrogated again after the last change: the pump is running"),
                            ("well", "Observed, and well on leaving"),
                            ("taught", "Signs of overdose and withdrawal, and whom to call, gone over again"),
                            ("given", "New date written down for the patient"),
                        ],
                        max_length=12,
                    ),
                ),
                ("is_done", models.BooleanField()),
                ("reason", models.TextField(blank=True)),
                ("ticked_at", models.DateTimeField()),
                (
                    "refill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="refills.refill"
                    ),
                ),
                (
                    "ticked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("refill", "step"), name="checklist_each_step_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_done", True),
                            models.Q(("reason", ""), _negated=True),
                            ("step__in", ["taught", "given"]),
                            _connector="OR",
                        ),
                        name="checklist_critical_step_done_or_reasoned",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="ChecklistStepHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("step", models.CharField(max_length=12)),
                ("is_done", models.BooleanField()),
                ("reason", models.TextField(blank=True)),
                ("ticked_at", models.DateTimeField()),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="refills.checkliststep",
                    ),
                ),
                (
                    "refill",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="refills.refill",
                    ),
                ),
                (
                    "ticked_by",
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
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_che_pgh_cre_b1c2d7_idx")],
            },
        ),
        migrations.CreateModel(
            name="Followup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("pocket_fill", "A pocket fill is suspected"),
                            ("residual", "The residual was out of limits"),
                            ("trend", "Several residuals in a row were off to one side"),
                            ("not_running", "The pump was not confirmed running after the refill"),
                            ("other", "Something else is to be looked into"),
                        ],
                        max_length=12,
                    ),
                ),
                ("next_step", models.TextField()),
                ("due_on", models.DateField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("result", models.TextField(blank=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pump",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followups",
                        to="patients.pump",
                    ),
                ),
                (
                    "refill",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followup",
                        to="refills.refill",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at", None)), fields=["pump"], name="followup_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("closed_by", None), ("result", "")),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("closed_by__isnull", False),
                                models.Q(("result", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="followup_closed_with_a_result",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("next_step", ""), _negated=True), name="followup_has_a_next_step"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowupHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("about", models.CharField(max_length=12)),
                ("next_step", models.TextField()),
                ("due_on", models.DateField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("result", models.TextField(blank=True)),
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
                    "owner",
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
                        to="refills.followup",
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
                    "refill",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="refills.refill",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_fol_pgh_cre_114b5d_idx")],
            },
        ),
        migrations.CreateModel(
            name="Interrogation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "moment",
                    models.CharField(choices=[("before", "Before"), ("after", "After")], max_length=6),
                ),
                ("volume_ml", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("alarm_on", models.DateField(null=True)),
                ("alarms", models.JSONField(default=list)),
                (
                    "replacement_on",
                    models.DateField(help_text="When the pump itself must be replaced", null=True),
                ),
                ("dose_mcg_per_day", models.DecimalField(decimal_places=3, max_digits=8, null=True)),
                ("concentration_mcg_per_ml", models.DecimalField(decimal_places=2, max_digits=7, null=True)),
                (
                    "refill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interrogations",
                        to="refills.refill",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("refill", "moment"), name="interrogation_once_a_moment"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("volume_ml", None),
                                models.Q(("volume_ml__gte", 0), ("volume_ml__lte", 100)),
                                _connector="OR",
                            ),
                            models.Q(
                                ("dose_mcg_per_day", None), ("dose_mcg_per_day__gte", 0), _connector="OR"
                            ),
                            models.Q(
                                ("concentration_mcg_per_ml", None),
                                models.Q(
                                    ("concentration_mcg_per_ml__gt", 0),
                                    ("concentration_mcg_per_ml__lte", 4000),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="interrogation_figures_in_range",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="InterrogationHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("moment", models.CharField(max_length=6)),
                ("volume_ml", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("alarm_on", models.DateField(null=True)),
                ("alarms", models.JSONField(default=list)),
                ("replacement_on", models.DateField(null=True)),
                ("dose_mcg_per_day", models.DecimalField(decimal_places=3, max_digits=8, null=True)),
                ("concentration_mcg_per_ml", models.DecimalField(decimal_places=2, max_digits=7, null=True)),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="refills.interrogation",
                    ),
                ),
                (
                    "refill",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="refills.refill",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_int_pgh_cre_2cebeb_idx")],
            },
        ),
        migrations.CreateModel(
            name="Procedure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "symptoms",
                    models.JSONField(default=list, help_text="Since the last visit; none is an answer too"),
                ),
                ("symptoms_note", models.TextField(blank=True)),
                ("allergies", models.TextField(blank=True)),
                ("new_drugs", models.TextField(blank=True)),
                ("expires_on", models.DateField(help_text="Of the drug, as its label says")),
                ("waste_ml", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("pocket_fill_suspected", models.BooleanField(default=False)),
                (
                    "alarm_explanation",
                    models.TextField(
                        blank=True, help_text="Why the programmer's alarm date is another than ours"
                    ),
                ),
                ("observed_min", models.PositiveSmallIntegerField(null=True)),
                (
                    "checker",
                    models.ForeignKey(
                        help_text="The second person who read the label",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "refill",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="procedure",
                        to="refills.refill",
                    ),
                ),
                (
                    "witness",
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
                            ("waste_ml", None),
                            models.Q(("waste_ml__gte", 0), ("waste_ml__lte", 100)),
                            _connector="OR",
                        ),
                        name="procedure_waste_in_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("observed_min", None), ("observed_min__lte", 2880), _connector="OR"
                        ),
                        name="procedure_observed_within_two_days",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="ProcedureHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("symptoms", models.JSONField(default=list)),
                ("symptoms_note", models.TextField(blank=True)),
                ("allergies", models.TextField(blank=True)),
                ("new_drugs", models.TextField(blank=True)),
                ("expires_on", models.DateField()),
                ("waste_ml", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("pocket_fill_suspected", models.BooleanField(default=False)),
                ("alarm_explanation", models.TextField(blank=True)),
                ("observed_min", models.PositiveSmallIntegerField(null=True)),
                (
                    "checker",
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
                        to="refills.procedure",
                    ),
                ),
                (
                    "refill",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="refills.refill",
                    ),
                ),
                (
                    "witness",
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
                "abstract": False,
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_pro_pgh_cre_3590f7_idx")],
            },
        ),
        migrations.CreateModel(
            name="ProcedurePolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("demands_checker", models.BooleanField()),
                ("trend_ml", models.DecimalField(decimal_places=2, max_digits=4)),
                ("trend_count", models.PositiveSmallIntegerField()),
                (
                    "emergency_numbers",
                    models.TextField(blank=True, help_text="Whom to call, shown where the margin is short"),
                ),
                (
                    "clinic",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="procedure_policy",
                        to="accounts.clinic",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("trend_count__gte", 2),
                            ("trend_count__lte", 6),
                            ("trend_ml__gt", 0),
                            ("trend_ml__lte", 5),
                        ),
                        name="procedurepolicy_trend_in_range",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="ProcedurePolicyHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("demands_checker", models.BooleanField()),
                ("trend_ml", models.DecimalField(decimal_places=2, max_digits=4)),
                ("trend_count", models.PositiveSmallIntegerField()),
                ("emergency_numbers", models.TextField(blank=True)),
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
                        to="refills.procedurepolicy",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_pro_pgh_cre_1182a2_idx")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkliststep",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_checkliststephistory" ("id", "is_done", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "refill_id", "step", "ticked_at", "ticked_by_id") VALUES (NEW."id", NEW."is_done", NOW(), \'insert\', NEW."id", NEW."reason", NEW."refill_id", NEW."step", NEW."ticked_at", NEW."ticked_by_id"); RETURN NULL;',
                    hash="08369cda34d6998985a8d1fe171615daa5190603",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_110c8",
                    table="refills_checkliststep",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkliststep",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_checkliststephistory" ("id", "is_done", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "refill_id", "step", "ticked_at", "ticked_by_id") VALUES (NEW."id", NEW."is_done", NOW(), \'update\', NEW."id", NEW."reason", NEW."refill_id", NEW."step", NEW."ticked_at", NEW."ticked_by_id"); END IF; RETURN NULL;',
                    hash="d5d8d5d930a444d797d23e6517d8656b177a988e",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_69098",
                    table="refills_checkliststep",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="checkliststep",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_checkliststephistory" ("id", "is_done", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "refill_id", "step", "ticked_at", "ticked_by_id") VALUES (OLD."id", OLD."is_done", NOW(), \'delete\', OLD."id", OLD."reason", OLD."refill_id", OLD."step", OLD."ticked_at", OLD."ticked_by_id"); RETURN NULL;',
                    hash="53a41957155aeaa7f78d85fcc6078300903973bd",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_a5d71",
                    table="refills_checkliststep",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="followup",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_followuphistory" ("about", "clinic_id", "closed_at", "closed_by_id", "due_on", "id", "next_step", "opened_at", "opened_by_id", "owner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "refill_id", "result") VALUES (NEW."about", NEW."clinic_id", NEW."closed_at", NEW."closed_by_id", NEW."due_on", NEW."id", NEW."next_step", NEW."opened_at", NEW."opened_by_id", NEW."owner_id", NOW(), \'insert\', NEW."id", NEW."pump_id", NEW."refill_id", NEW."result"); RETURN NULL;',
                    hash="f58c554f5a62c02b7acf81e784fb7f6d9b91f7c9",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_7afb0",
                    table="refills_followup",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="followup",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_followuphistory" ("about", "clinic_id", "closed_at", "closed_by_id", "due_on", "id", "next_step", "opened_at", "opened_by_id", "owner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "refill_id", "result") VALUES (NEW."about", NEW."clinic_id", NEW."closed_at", NEW."closed_by_id", NEW."due_on", NEW."id", NEW."next_step", NEW."opened_at", NEW."opened_by_id", NEW."owner_id", NOW(), \'update\', NEW."id", NEW."pump_id", NEW."refill_id", NEW."result"); END IF; RETURN NULL;',
                    hash="a7a3ec9442ce4fbbc2540f6bbd3b1003c19aa18c",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_991cb",
                    table="refills_followup",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="followup",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_followuphistory" ("about", "clinic_id", "closed_at", "closed_by_id", "due_on", "id", "next_step", "opened_at", "opened_by_id", "owner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "refill_id", "result") VALUES (OLD."about", OLD."clinic_id", OLD."closed_at", OLD."closed_by_id", OLD."due_on", OLD."id", OLD."next_step", OLD."opened_at", OLD."opened_by_id", OLD."owner_id", NOW(), \'delete\', OLD."id", OLD."pump_id", OLD."refill_id", OLD."result"); RETURN NULL;',
                    hash="3e87b958233a1afc893b7bfe9c3f1527b5d8af99",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_cb2a3",
                    table="refills_followup",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="interrogation",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_interrogationhistory" ("alarm_on", "alarms", "concentration_mcg_per_ml", "dose_mcg_per_day", "id", "moment", "pgh_created_at", "pgh_label", "pgh_obj_id", "refill_id", "replacement_on", "volume_ml") VALUES (NEW."alarm_on", NEW."alarms", NEW."concentration_mcg_per_ml", NEW."dose_mcg_per_day", NEW."id", NEW."moment", NOW(), \'insert\', NEW."id", NEW."refill_id", NEW."replacement_on", NEW."volume_ml"); RETURN NULL;',
                    hash="b09f6c116406c1c5f494f038cceb7d68fd2f3d51",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_64b6b",
                    table="refills_interrogation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="interrogation",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_interrogationhistory" ("alarm_on", "alarms", "concentration_mcg_per_ml", "dose_mcg_per_day", "id", "moment", "pgh_created_at", "pgh_label", "pgh_obj_id", "refill_id", "replacement_on", "volume_ml") VALUES (NEW."alarm_on", NEW."alarms", NEW."concentration_mcg_per_ml", NEW."dose_mcg_per_day", NEW."id", NEW."moment", NOW(), \'update\', NEW."id", NEW."refill_id", NEW."replacement_on", NEW."volume_ml"); END IF; RETURN NULL;',
                    hash="70328f16c000a113042c581e3f7ed94066ac4873",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_7693f",
                    table="refills_interrogation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="interrogation",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_interrogationhistory" ("alarm_on", "alarms", "concentration_mcg_per_ml", "dose_mcg_per_day", "id", "moment", "pgh_created_at", "pgh_label", "pgh_obj_id", "refill_id", "replacement_on", "volume_ml") VALUES (OLD."alarm_on", OLD."alarms", OLD."concentration_mcg_per_ml", OLD."dose_mcg_per_day", OLD."id", OLD."moment", NOW(), \'delete\', OLD."id", OLD."refill_id", OLD."replacement_on", OLD."volume_ml"); RETURN NULL;',
                    hash="529b0ef440fbc32884dd1f8149adf62d7f4cc307",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_9a621",
                    table="refills_interrogation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="procedure",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_procedurehistory" ("alarm_explanation", "allergies", "checker_id", "expires_on", "id", "new_drugs", "observed_min", "pgh_created_at", "pgh_label", "pgh_obj_id", "pocket_fill_suspected", "refill_id", "symptoms", "symptoms_note", "waste_ml", "witness_id") VALUES (NEW."alarm_explanation", NEW."allergies", NEW."checker_id", NEW."expires_on", NEW."id", NEW."new_drugs", NEW."observed_min", NOW(), \'insert\', NEW."id", NEW."pocket_fill_suspected", NEW."refill_id", NEW."symptoms", NEW."symptoms_note", NEW."waste_ml", NEW."witness_id"); RETURN NULL;',
                    hash="0d6e4cd589fa815006155f87462b84c3498d38f8",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_5a268",
                    table="refills_procedure",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="procedure",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_procedurehistory" ("alarm_explanation", "allergies", "checker_id", "expires_on", "id", "new_drugs", "observed_min", "pgh_created_at", "pgh_label", "pgh_obj_id", "pocket_fill_suspected", "refill_id", "symptoms", "symptoms_note", "waste_ml", "witness_id") VALUES (NEW."alarm_explanation", NEW."allergies", NEW."checker_id", NEW."expires_on", NEW."id", NEW."new_drugs", NEW."observed_min", NOW(), \'update\', NEW."id", NEW."pocket_fill_suspected", NEW."refill_id", NEW."symptoms", NEW."symptoms_note", NEW."waste_ml", NEW."witness_id"); END IF; RETURN NULL;',
                    hash="ad2d0fc6e0565f53e26018cc22d28f70764188c0",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_f7c86",
                    table="refills_procedure",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="procedure",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_procedurehistory" ("alarm_explanation", "allergies", "checker_id", "expires_on", "id", "new_drugs", "observed_min", "pgh_created_at", "pgh_label", "pgh_obj_id", "pocket_fill_suspected", "refill_id", "symptoms", "symptoms_note", "waste_ml", "witness_id") VALUES (OLD."alarm_explanation", OLD."allergies", OLD."checker_id", OLD."expires_on", OLD."id", OLD."new_drugs", OLD."observed_min", NOW(), \'delete\', OLD."id", OLD."pocket_fill_suspected", OLD."refill_id", OLD."symptoms", OLD."symptoms_note", OLD."waste_ml", OLD."witness_id"); RETURN NULL;',
                    hash="1418554a231e76f0e16b1477ebb8ac52e44f67e3",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_c4f3c",
                    table="refills_procedure",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="procedurepolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_procedurepolicyhistory" ("clinic_id", "demands_checker", "emergency_numbers", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "trend_count", "trend_ml") VALUES (NEW."clinic_id", NEW."demands_checker", NEW."emergency_numbers", NEW."id", NOW(), \'insert\', NEW."id", NEW."trend_count", NEW."trend_ml"); RETURN NULL;',
                    hash="676f2783923a00712ac190ec1e63bf091a83f394",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_b0f4f",
                    table="refills_procedurepolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="procedurepolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_procedurepolicyhistory" ("clinic_id", "demands_checker", "emergency_numbers", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "trend_count", "trend_ml") VALUES (NEW."clinic_id", NEW."demands_checker", NEW."emergency_numbers", NEW."id", NOW(), \'update\', NEW."id", NEW."trend_count", NEW."trend_ml"); END IF; RETURN NULL;',
                    hash="49d1c235e7931439d26a449527bb06e60baa3fec",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_a9541",
                    table="refills_procedurepolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="procedurepolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_procedurepolicyhistory" ("clinic_id", "demands_checker", "emergency_numbers", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "trend_count", "trend_ml") VALUES (OLD."clinic_id", OLD."demands_checker", OLD."emergency_numbers", OLD."id", NOW(), \'delete\', OLD."id", OLD."trend_count", OLD."trend_ml"); RETURN NULL;',
                    hash="dca843e8b517c7bf223f02af9deec0df27235311",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_4f03b",
                    table="refills_procedurepolicy",
                    when="AFTER",
                ),
            ),
        ),
        *(
            operation
            for table in ("refills_procedure", "refills_interrogation", "refills_checkliststep")
            for operation in (append_only(table), walled(table, OF_A_VISIBLE_REFILL))
        ),
        walled("refills_followup"),
        walled("refills_procedurepolicy", at_door=True),
        migrations.RunSQL(FOLLOWUP_OF_ITS_PUMP, migrations.RunSQL.noop),
        migrations.RunSQL(NEVER_DELETED, migrations.RunSQL.noop),
        migrations.RunSQL(REFUSE_WRONG_DRUG, REFUSE_WRONG_DRUG_BACK),
        *kept("refills_procedurehistory", OF_A_VISIBLE_REFILL),
        *kept("refills_interrogationhistory", OF_A_VISIBLE_REFILL),
        *kept("refills_checkliststephistory", OF_A_VISIBLE_REFILL),
        *kept("refills_followuphistory", OF_A_VISIBLE_PUMP),
        *kept("refills_procedurepolicyhistory"),
    ]
