"""Under which number a person is reached: for the telephone list of their clinic."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import itb.audit.history


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0060_drafts"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="membership",
            name="keep_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="membership",
            name="keep_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="membership",
            name="keep_delete",
        ),
        migrations.AddField(
            model_name="membership",
            name="phone",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="For the clinic's telephone list",
                max_length=40,
            ),
        ),
        migrations.AddField(
            model_name="membershiphistory",
            name="phone",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "accounts_membershiphistory" ("clinic_id", "ended_at", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "role", "started_at", "user_id") VALUES (NEW."clinic_id", NEW."ended_at", NEW."id", NOW(), \'insert\', NEW."id", NEW."phone", NEW."role", NEW."started_at", NEW."user_id"); RETURN NULL;',
                    hash="5f2acbc2f842951fb29d20bc2938adc68730495f",
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
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "accounts_membershiphistory" ("clinic_id", "ended_at", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "role", "started_at", "user_id") VALUES (NEW."clinic_id", NEW."ended_at", NEW."id", NOW(), \'update\', NEW."id", NEW."phone", NEW."role", NEW."started_at", NEW."user_id"); END IF; RETURN NULL;',
                    hash="e3b5c74cc2c656c9b353d051aea6ead7deffb062",
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
                    func='INSERT INTO "accounts_membershiphistory" ("clinic_id", "ended_at", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "role", "started_at", "user_id") VALUES (OLD."clinic_id", OLD."ended_at", OLD."id", NOW(), \'delete\', OLD."id", OLD."phone", OLD."role", OLD."started_at", OLD."user_id"); RETURN NULL;',
                    hash="b26c0b3e58cec8fbc15fc927ff38b6aee44c7a2d",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_61deb",
                    table="accounts_membership",
                    when="AFTER",
                ),
            ),
        ),
    ]
