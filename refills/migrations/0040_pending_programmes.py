"""What waits for a second signature, and what a clinic demands of a programme."""

import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import itb.audit.history
from itb.audit.chain import kept
from itb.walls import APPLICATION, walled

OF_A_VISIBLE_PUMP = "EXISTS (SELECT FROM patients_pump AS pump WHERE pump.id = pump_id)"
TOLD = (
    "pump_id, at, printed_alarm_on, mode, concentration_mcg_per_ml, dose_mcg_per_day, pattern, reason, late_reason,"
    " bridge_volume_ml, bridge_hours, demands, recorded_at, recorded_by_id, recorded_clinic_id, key"
)
OLD, NEW = (", ".join(f"{row}.{name.strip()}" for name in TOLD.split(",")) for row in ("OLD", "NEW"))

# It is of the pump's clinic and moves along. It counts like a fact: whoever had the form open hears of it, and no
# forecast outlives it. What it holds stays; how it ended is said once.
HELD = f"""
ALTER TABLE refills_pendingprogramme ADD CONSTRAINT pending_programme_of_the_pumps_clinic
    FOREIGN KEY (pump_id, clinic_id) REFERENCES patients_pump (id, clinic_id) ON UPDATE CASCADE;
CREATE TRIGGER fact_counts AFTER INSERT OR UPDATE OF state ON refills_pendingprogramme
    FOR EACH ROW EXECUTE FUNCTION refills_fact_inserted();
CREATE TRIGGER told_stays BEFORE UPDATE ON refills_pendingprogramme
    FOR EACH ROW WHEN (({OLD}) IS DISTINCT FROM ({NEW})) EXECUTE FUNCTION itb_refuse_change();
CREATE TRIGGER ended_stays BEFORE UPDATE ON refills_pendingprogramme
    FOR EACH ROW WHEN (OLD.state <> 'open' AND (OLD.state, OLD.was_told, OLD.closed_at, OLD.closed_by_id, OLD.note)
        IS DISTINCT FROM (NEW.state, NEW.was_told, NEW.closed_at, NEW.closed_by_id, NEW.note))
    EXECUTE FUNCTION itb_refuse_change();
"""
HELD_BACK = """
DROP TRIGGER ended_stays ON refills_pendingprogramme;
DROP TRIGGER told_stays ON refills_pendingprogramme;
DROP TRIGGER fact_counts ON refills_pendingprogramme;
ALTER TABLE refills_pendingprogramme DROP CONSTRAINT pending_programme_of_the_pumps_clinic;
"""
TABLES = "refills_pendingprogramme, refills_programmingpolicy"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0025_histories"),
        ("patients", "0020_histories"),
        ("refills", "0031_corrections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PendingProgramme",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("printed_alarm_on", models.DateField(blank=True, null=True)),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("continuous", "Simple continuous"),
                            ("flex", "Flex (steps over 24 h)"),
                            ("periodic", "Periodic boluses"),
                        ],
                        max_length=12,
                    ),
                ),
                ("concentration_mcg_per_ml", models.DecimalField(decimal_places=2, max_digits=7)),
                ("dose_mcg_per_day", models.DecimalField(decimal_places=3, max_digits=8)),
                ("pattern", models.JSONField(default=dict)),
                ("reason", models.TextField(blank=True)),
                ("late_reason", models.TextField(blank=True)),
                ("bridge_volume_ml", models.DecimalField(decimal_places=3, max_digits=6, null=True)),
                ("bridge_hours", models.DecimalField(decimal_places=2, max_digits=6, null=True)),
                (
                    "demands",
                    models.JSONField(default=list, help_text="Why a second person signs, in sentences"),
                ),
                ("recorded_at", models.DateTimeField()),
                ("key", models.UUIDField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waits for a second signature"),
                            ("signed", "Signed"),
                            ("declined", "Declined"),
                            ("replaced", "Replaced by a later programme"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "was_told",
                    models.BooleanField(
                        default=True, help_text="Whether the pump was told it; a slip in writing it never was"
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True, help_text="Why it was declined")),
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
                    "programme",
                    models.OneToOneField(
                        help_text="What it became",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signature",
                        to="refills.programme",
                    ),
                ),
                (
                    "pump",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pending_programmes",
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
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("pump",),
                        name="pending_programme_one_open_a_pump",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("concentration_mcg_per_ml__gt", 0), ("concentration_mcg_per_ml__lte", 4000)
                        ),
                        name="pending_programme_concentration_in_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("dose_mcg_per_day__gte", 0), ("dose_mcg_per_day__lte", 5000)),
                        name="pending_programme_dose_in_range",
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
                        name="pending_programme_not_in_the_future",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("bridge_hours", None), ("bridge_volume_ml", None)),
                            models.Q(
                                ("bridge_hours__gt", 0),
                                ("bridge_hours__isnull", False),
                                ("bridge_volume_ml__gt", 0),
                                ("bridge_volume_ml__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="pending_programme_bridge_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("closed_by", None), ("state", "open")),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("closed_by__isnull", False),
                                ("state__in", ["signed", "declined", "replaced"]),
                            ),
                            _connector="OR",
                        ),
                        name="pending_programme_ends_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "signed"), _negated=True),
                            models.Q(("closed_by", models.F("recorded_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="pending_programme_signed_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("programme__isnull", False), ("state", "signed")),
                            models.Q(
                                models.Q(("state", "signed"), _negated=True), ("programme__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="pending_programme_signed_is_a_programme",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("note", ""), ("state", "declined"), _negated=True),
                        name="pending_programme_declined_with_a_reason",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="PendingProgrammeHistory",
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
                ("mode", models.CharField(max_length=12)),
                ("concentration_mcg_per_ml", models.DecimalField(decimal_places=2, max_digits=7)),
                ("dose_mcg_per_day", models.DecimalField(decimal_places=3, max_digits=8)),
                ("pattern", models.JSONField(default=dict)),
                ("reason", models.TextField(blank=True)),
                ("late_reason", models.TextField(blank=True)),
                ("bridge_volume_ml", models.DecimalField(decimal_places=3, max_digits=6, null=True)),
                ("bridge_hours", models.DecimalField(decimal_places=2, max_digits=6, null=True)),
                ("demands", models.JSONField(default=list)),
                ("recorded_at", models.DateTimeField()),
                ("key", models.UUIDField()),
                ("state", models.CharField(default="open", max_length=10)),
                ("was_told", models.BooleanField(default=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True)),
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
                        to="refills.pendingprogramme",
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
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
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_pen_pgh_cre_fc8e33_idx")]
            },
        ),
        migrations.CreateModel(
            name="ProgrammingPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("signature", models.CharField(max_length=10)),
                ("signature_pct", models.PositiveSmallIntegerField(null=True)),
                ("titration_days", models.PositiveSmallIntegerField()),
                ("confirm_pct", models.PositiveSmallIntegerField()),
                ("changed_because", models.TextField(blank=True, help_text="Why it was set so")),
                (
                    "clinic",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="programming_policy",
                        to="accounts.clinic",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("signature__in", ["always", "past", "never"])),
                        name="programming_signature_known",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="ProgrammingPolicyHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("signature", models.CharField(max_length=10)),
                ("signature_pct", models.PositiveSmallIntegerField(null=True)),
                ("titration_days", models.PositiveSmallIntegerField()),
                ("confirm_pct", models.PositiveSmallIntegerField()),
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
                        to="refills.programmingpolicy",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_pro_pgh_cre_f3a26f_idx")]
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pendingprogramme",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_pendingprogrammehistory" ("at", "bridge_hours", "bridge_volume_ml", "clinic_id", "closed_at", "closed_by_id", "concentration_mcg_per_ml", "demands", "dose_mcg_per_day", "id", "key", "late_reason", "mode", "note", "pattern", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "programme_id", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id", "state", "was_told") VALUES (NEW."at", NEW."bridge_hours", NEW."bridge_volume_ml", NEW."clinic_id", NEW."closed_at", NEW."closed_by_id", NEW."concentration_mcg_per_ml", NEW."demands", NEW."dose_mcg_per_day", NEW."id", NEW."key", NEW."late_reason", NEW."mode", NEW."note", NEW."pattern", NOW(), \'insert\', NEW."id", NEW."printed_alarm_on", NEW."programme_id", NEW."pump_id", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."state", NEW."was_told"); RETURN NULL;',
                    hash="28b5bfa1925ea6bf09323fee825d9a82416f0c1c",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_660a9",
                    table="refills_pendingprogramme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pendingprogramme",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_pendingprogrammehistory" ("at", "bridge_hours", "bridge_volume_ml", "clinic_id", "closed_at", "closed_by_id", "concentration_mcg_per_ml", "demands", "dose_mcg_per_day", "id", "key", "late_reason", "mode", "note", "pattern", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "programme_id", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id", "state", "was_told") VALUES (NEW."at", NEW."bridge_hours", NEW."bridge_volume_ml", NEW."clinic_id", NEW."closed_at", NEW."closed_by_id", NEW."concentration_mcg_per_ml", NEW."demands", NEW."dose_mcg_per_day", NEW."id", NEW."key", NEW."late_reason", NEW."mode", NEW."note", NEW."pattern", NOW(), \'update\', NEW."id", NEW."printed_alarm_on", NEW."programme_id", NEW."pump_id", NEW."reason", NEW."recorded_at", NEW."recorded_by_id", NEW."recorded_clinic_id", NEW."state", NEW."was_told"); END IF; RETURN NULL;',
                    hash="e1b2b87acf85285a817179517f58fb40a2c40731",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_0a388",
                    table="refills_pendingprogramme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pendingprogramme",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_pendingprogrammehistory" ("at", "bridge_hours", "bridge_volume_ml", "clinic_id", "closed_at", "closed_by_id", "concentration_mcg_per_ml", "demands", "dose_mcg_per_day", "id", "key", "late_reason", "mode", "note", "pattern", "pgh_created_at", "pgh_label", "pgh_obj_id", "printed_alarm_on", "programme_id", "pump_id", "reason", "recorded_at", "recorded_by_id", "recorded_clinic_id", "state", "was_told") VALUES (OLD."at", OLD."bridge_hours", OLD."bridge_volume_ml", OLD."clinic_id", OLD."closed_at", OLD."closed_by_id", OLD."concentration_mcg_per_ml", OLD."demands", OLD."dose_mcg_per_day", OLD."id", OLD."key", OLD."late_reason", OLD."mode", OLD."note", OLD."pattern", NOW(), \'delete\', OLD."id", OLD."printed_alarm_on", OLD."programme_id", OLD."pump_id", OLD."reason", OLD."recorded_at", OLD."recorded_by_id", OLD."recorded_clinic_id", OLD."state", OLD."was_told"); RETURN NULL;',
                    hash="4018f5f14bcec1bb2e5a2396370e0f27ddc2d34b",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_a825c",
                    table="refills_pendingprogramme",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programmingpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_programmingpolicyhistory" ("changed_because", "clinic_id", "confirm_pct", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "signature", "signature_pct", "titration_days") VALUES (NEW."changed_because", NEW."clinic_id", NEW."confirm_pct", NEW."id", NOW(), \'insert\', NEW."id", NEW."signature", NEW."signature_pct", NEW."titration_days"); RETURN NULL;',
                    hash="0834a1efdf1bb9b0b79027136bd2015cebb39fc2",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_f371d",
                    table="refills_programmingpolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programmingpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_programmingpolicyhistory" ("changed_because", "clinic_id", "confirm_pct", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "signature", "signature_pct", "titration_days") VALUES (NEW."changed_because", NEW."clinic_id", NEW."confirm_pct", NEW."id", NOW(), \'update\', NEW."id", NEW."signature", NEW."signature_pct", NEW."titration_days"); END IF; RETURN NULL;',
                    hash="c5548b32ba8dd53969b8cf5968cd0946cfc5fa3e",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_d79f3",
                    table="refills_programmingpolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programmingpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_programmingpolicyhistory" ("changed_because", "clinic_id", "confirm_pct", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "signature", "signature_pct", "titration_days") VALUES (OLD."changed_because", OLD."clinic_id", OLD."confirm_pct", OLD."id", NOW(), \'delete\', OLD."id", OLD."signature", OLD."signature_pct", OLD."titration_days"); RETURN NULL;',
                    hash="947c94b16e6fdb6df6871bfed05a349fc1dacc23",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_a9b53",
                    table="refills_programmingpolicy",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(HELD, HELD_BACK),
        walled("refills_pendingprogramme"),
        walled("refills_programmingpolicy", at_door=True),
        *kept("refills_pendingprogrammehistory", OF_A_VISIBLE_PUMP),
        *kept("refills_programmingpolicyhistory"),
        migrations.RunSQL(
            f"REVOKE DELETE ON {TABLES} FROM {APPLICATION}", f"GRANT DELETE ON {TABLES} TO {APPLICATION}"
        ),
    ]
