"""In whose hands an alert is, until when and what they do next; since when nobody has it, and how far the word went."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

import itb.audit.history


class Migration(migrations.Migration):
    dependencies = [("alerts", "0081_hear_of_letters")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="alert",
            name="keep_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="alert",
            name="keep_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="alert",
            name="keep_delete",
        ),
        migrations.AddField(
            model_name="alert",
            name="hop",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="The last hop of this round"
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="next_on",
            field=models.DateField(help_text="When its owner goes on with it", null=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="round",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="How often it has begun to wait"
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="waits_since",
            field=models.DateTimeField(
                help_text="Since when nobody has it: its hops count from here", null=True
            ),
        ),
        migrations.AddField(
            model_name="alertevent",
            name="round",
            field=models.PositiveSmallIntegerField(help_text="Of a hop: which wait it belongs to", null=True),
        ),
        migrations.AddField(
            model_name="alertevent",
            name="state",
            field=models.CharField(
                blank=True, help_text="How it left the alert; a trigger writes it", max_length=15, null=True
            ),
        ),
        migrations.AddField(
            model_name="alertevent",
            name="step",
            field=models.PositiveSmallIntegerField(help_text="Of a hop: the first, the second", null=True),
        ),
        migrations.AddField(
            model_name="alerthistory",
            name="hop",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="alerthistory",
            name="next_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="alerthistory",
            name="round",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="alerthistory",
            name="waits_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="alert",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Open"),
                    ("acknowledged", "Acknowledged"),
                    ("snoozed", "Snoozed"),
                    ("closed", "Closed"),
                ],
                default="open",
                max_length=15,
            ),
        ),
        migrations.AlterField(
            model_name="alertevent",
            name="verb",
            field=models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("raised", "Became more urgent"),
                    ("lowered", "Became less urgent"),
                    ("changed", "Is about something else now"),
                    ("acknowledged", "Acknowledged"),
                    ("passed", "Passed to a colleague"),
                    ("snoozed", "Snoozed"),
                    ("expired", "Ran out, and opened again"),
                    ("escalated", "Nobody took it: more people are told"),
                    ("handed_over", "Handed over"),
                    ("orphaned", "Opened again: its owner has left"),
                    ("closed", "Closed"),
                ],
                max_length=15,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alert",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_insert",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_alerthistory" ("acknowledged_at", "acknowledged_by_id", "acknowledged_until", "clinic_id", "closed_at", "hop", "id", "kind", "next_on", "note", "occasion", "opened_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "resolved_occasion", "round", "sentence", "state", "tier", "waits_since") VALUES (NEW."acknowledged_at", NEW."acknowledged_by_id", NEW."acknowledged_until", NEW."clinic_id", NEW."closed_at", NEW."hop", NEW."id", NEW."kind", NEW."next_on", NEW."note", NEW."occasion", NEW."opened_at", NOW(), \'insert\', NEW."id", NEW."pump_id", NEW."resolved_occasion", NEW."round", NEW."sentence", NEW."state", NEW."tier", NEW."waits_since"); RETURN NULL;',
                    hash="6105b6359dbc16979158516683bbc337c2c259b2",
                    operation="INSERT",
                    pgid="pgtrigger_keep_insert_98a19",
                    table="alerts_alert",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alert",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_update",
                sql=itb.audit.history.HistorySql(
                    func='IF (OLD.* IS DISTINCT FROM NEW.*) THEN INSERT INTO "alerts_alerthistory" ("acknowledged_at", "acknowledged_by_id", "acknowledged_until", "clinic_id", "closed_at", "hop", "id", "kind", "next_on", "note", "occasion", "opened_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "resolved_occasion", "round", "sentence", "state", "tier", "waits_since") VALUES (NEW."acknowledged_at", NEW."acknowledged_by_id", NEW."acknowledged_until", NEW."clinic_id", NEW."closed_at", NEW."hop", NEW."id", NEW."kind", NEW."next_on", NEW."note", NEW."occasion", NEW."opened_at", NOW(), \'update\', NEW."id", NEW."pump_id", NEW."resolved_occasion", NEW."round", NEW."sentence", NEW."state", NEW."tier", NEW."waits_since"); END IF; RETURN NULL;',
                    hash="e37e534c3c99fe207eeec8c955bc9b7b786a396e",
                    operation="UPDATE",
                    pgid="pgtrigger_keep_update_57d86",
                    table="alerts_alert",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alert",
            trigger=pgtrigger.compiler.Trigger(
                name="keep_delete",
                sql=itb.audit.history.HistorySql(
                    func='INSERT INTO "alerts_alerthistory" ("acknowledged_at", "acknowledged_by_id", "acknowledged_until", "clinic_id", "closed_at", "hop", "id", "kind", "next_on", "note", "occasion", "opened_at", "pgh_created_at", "pgh_label", "pgh_obj_id", "pump_id", "resolved_occasion", "round", "sentence", "state", "tier", "waits_since") VALUES (OLD."acknowledged_at", OLD."acknowledged_by_id", OLD."acknowledged_until", OLD."clinic_id", OLD."closed_at", OLD."hop", OLD."id", OLD."kind", OLD."next_on", OLD."note", OLD."occasion", OLD."opened_at", NOW(), \'delete\', OLD."id", OLD."pump_id", OLD."resolved_occasion", OLD."round", OLD."sentence", OLD."state", OLD."tier", OLD."waits_since"); RETURN NULL;',
                    hash="2114e991ba6c8bd4acafbeb285a395cbc5407401",
                    operation="DELETE",
                    pgid="pgtrigger_keep_delete_9ee3a",
                    table="alerts_alert",
                    when="AFTER",
                ),
            ),
        ),
        AddConstraintNotValid(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["open", "closed"]),
                    models.Q(("acknowledged_by__isnull", False), ("acknowledged_until__isnull", False)),
                    _connector="OR",
                ),
                name="alert_in_hand_has_an_owner_and_an_end",
            ),
        ),
        AddConstraintNotValid(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "snoozed"), ("tier", 4), _negated=True),
                name="alert_critical_is_never_snoozed",
            ),
        ),
        ValidateConstraint(model_name="alert", name="alert_in_hand_has_an_owner_and_an_end"),
        ValidateConstraint(model_name="alert", name="alert_critical_is_never_snoozed"),
    ]
