"""A fact can be struck out. Of a kind there is one *standing* fact at an instant: what was struck may be told anew."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import itb.audit.history
from itb.audit.append_only import append_only
from itb.audit.chain import kept
from itb.walls import walled

OF_A_VISIBLE_PUMP = "EXISTS (SELECT FROM patients_pump AS pump WHERE pump.id = pump_id)"
HOLD_THE_PUMP = "PERFORM FROM patients_pump WHERE id = NEW.pump_id FOR NO KEY UPDATE;"
"""Who writes about a pump stands in line, whatever wrote it: what the next statement sees is what stays."""

OF_ITS_PUMP = f"""
CREATE FUNCTION refills_correction_of_its_pump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {HOLD_THE_PUMP}
    IF NEW.pump_id IS DISTINCT FROM COALESCE(
        (SELECT pump_id FROM refills_refill WHERE id = NEW.refill_id),
        (SELECT pump_id FROM refills_programme WHERE id = NEW.programme_id),
        (SELECT pump_id FROM refills_adjustment WHERE id = NEW.adjustment_id)
    ) THEN
        RAISE EXCEPTION 'the fact is of another pump' USING ERRCODE = 'foreign_key_violation',
            CONSTRAINT = 'correction_of_its_pump', TABLE = 'refills_correction';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER correction_of_its_pump BEFORE INSERT ON refills_correction
    FOR EACH ROW EXECUTE FUNCTION refills_correction_of_its_pump();
CREATE TRIGGER fact_counts AFTER INSERT ON refills_correction
    FOR EACH ROW EXECUTE FUNCTION refills_fact_inserted();
"""
OF_ITS_PUMP_BACK = """
DROP TRIGGER fact_counts ON refills_correction;
DROP TRIGGER correction_of_its_pump ON refills_correction;
DROP FUNCTION refills_correction_of_its_pump;
"""


def one_standing(kind: str, rule: str, also: str = "") -> migrations.RunSQL:
    """Refuse a second standing fact at an instant, under the name of the constraint that said so before."""
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION refills_one_standing_{kind}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {HOLD_THE_PUMP}
            IF EXISTS (
                SELECT FROM refills_{kind} AS other
                WHERE other.pump_id = NEW.pump_id AND other.at = NEW.at {also}
                    AND NOT EXISTS (SELECT FROM refills_correction WHERE {kind}_id = other.id)
            ) THEN
                RAISE EXCEPTION 'two at one instant' USING ERRCODE = 'unique_violation',
                    CONSTRAINT = '{rule}', TABLE = 'refills_{kind}';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER one_standing BEFORE INSERT ON refills_{kind}
            FOR EACH ROW EXECUTE FUNCTION refills_one_standing_{kind}();
        """,
        f"DROP TRIGGER one_standing ON refills_{kind}; DROP FUNCTION refills_one_standing_{kind};",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("refills", "0030_late_reasons"),
        ("patients", "0020_histories"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField()),
                ("struck_at", models.DateTimeField()),
                (
                    "key",
                    models.UUIDField(
                        help_text="Of the form that was posted: the same post twice is one correction",
                        unique=True,
                    ),
                ),
                (
                    "adjustment",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="refills.adjustment"
                    ),
                ),
                (
                    "programme",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="refills.programme"
                    ),
                ),
                (
                    "pump",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="patients.pump",
                    ),
                ),
                (
                    "recorded_clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "refill",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to="refills.refill"
                    ),
                ),
                (
                    "struck_by",
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
                        condition=models.Q(
                            models.Q(("adjustment", None), ("programme", None), ("refill__isnull", False)),
                            models.Q(("adjustment", None), ("programme__isnull", False), ("refill", None)),
                            models.Q(("adjustment__isnull", False), ("programme", None), ("refill", None)),
                            _connector="OR",
                        ),
                        name="correction_of_one_fact",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="correction_has_a_reason"
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="CorrectionHistory",
            fields=[
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_by_id", models.BigIntegerField(db_default=itb.audit.history.OpenPerson(), null=True)),
                ("pgh_clinic_id", models.BigIntegerField(db_default=itb.audit.history.OpenClinic())),
                ("pgh_role", models.TextField(db_default=itb.audit.history.SignedIn())),
                ("id", models.BigIntegerField()),
                ("reason", models.TextField()),
                ("struck_at", models.DateTimeField()),
                ("key", models.UUIDField()),
                (
                    "adjustment",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="refills.adjustment",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="refills.correction",
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
                (
                    "refill",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="refills.refill",
                    ),
                ),
                (
                    "struck_by",
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
                "indexes": [models.Index(fields=["pgh_created_at"], name="refills_cor_pgh_cre_8c890b_idx")]
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correction",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_correctionhistory" ("adjustment_id", "id", "key", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "pump_id", "reason", "recorded_clinic_id", "refill_id", "struck_at", "struck_by_id") VALUES (NEW."adjustment_id", NEW."id", NEW."key", NOW(), \'insert\', NEW."id", NEW."programme_id", NEW."pump_id", NEW."reason", NEW."recorded_clinic_id", NEW."refill_id", NEW."struck_at", NEW."struck_by_id"); RETURN NULL;',
                    hash="47216915caba49f67ac3fc620269c382efe74259",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_140ee",
                    table="refills_correction",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correction",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "refills_correctionhistory" ("adjustment_id", "id", "key", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "pump_id", "reason", "recorded_clinic_id", "refill_id", "struck_at", "struck_by_id") VALUES (NEW."adjustment_id", NEW."id", NEW."key", NOW(), \'update\', NEW."id", NEW."programme_id", NEW."pump_id", NEW."reason", NEW."recorded_clinic_id", NEW."refill_id", NEW."struck_at", NEW."struck_by_id"); END IF; RETURN NULL;',
                    hash="5eec204c85b587cfb579499f20e0c8e1c593e28d",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_bd94b",
                    table="refills_correction",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correction",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "refills_correctionhistory" ("adjustment_id", "id", "key", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "pump_id", "reason", "recorded_clinic_id", "refill_id", "struck_at", "struck_by_id") VALUES (OLD."adjustment_id", OLD."id", OLD."key", NOW(), \'delete\', OLD."id", OLD."programme_id", OLD."pump_id", OLD."reason", OLD."recorded_clinic_id", OLD."refill_id", OLD."struck_at", OLD."struck_by_id"); RETURN NULL;',
                    hash="cbec0d48cf750b15ce65cb718ac968f6d47b5a7d",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_364ad",
                    table="refills_correction",
                    when="AFTER",
                ),
            ),
        ),
        append_only("refills_correction"),
        walled("refills_correction", OF_A_VISIBLE_PUMP),
        *kept("refills_correctionhistory", OF_A_VISIBLE_PUMP),
        migrations.RunSQL(OF_ITS_PUMP, OF_ITS_PUMP_BACK),
        migrations.RemoveConstraint(
            model_name="adjustment",
            name="adjustment_one_of_a_kind_at_an_instant",
        ),
        migrations.RemoveConstraint(
            model_name="programme",
            name="programme_one_at_an_instant",
        ),
        migrations.RemoveConstraint(
            model_name="refill",
            name="refill_one_at_an_instant",
        ),
        one_standing("refill", "refill_one_at_an_instant"),
        one_standing("programme", "programme_one_at_an_instant"),
        one_standing("adjustment", "adjustment_one_of_a_kind_at_an_instant", "AND other.kind = NEW.kind"),
    ]
