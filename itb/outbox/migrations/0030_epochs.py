"""What is asked and done where a database may be older than what has been sent, across the walls.

The answers are numbers, instants and yes or no. A pause also leaves room in every sequence: a number that the forgotten
time has given out, in an address or in a letter's key, is never given to anything else.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from itb.walls import APPLICATION

FORWARD = f"""
CREATE FUNCTION outbox_marks(
    after_act bigint, after_letter bigint,
    OUT act_id bigint, OUT act_at timestamptz, OUT letter_id bigint, OUT letter_at timestamptz,
    OUT sent_id bigint, OUT sent_at timestamptz, OUT new_acts bigint, OUT new_letters bigint, OUT system text
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT act.id, act.at, letter.id, letter.created_at, sent.id, sent.sent_at,
           (SELECT count(*) FROM audit_auditevent AS event WHERE event.id > after_act),
           (SELECT count(*) FROM outbox_letter AS owed WHERE owed.id > after_letter),
           (SELECT system_identifier::text FROM pg_control_system())
    FROM (SELECT) AS one
    LEFT JOIN (SELECT id, at FROM audit_auditevent ORDER BY id DESC LIMIT 1) AS act ON true
    LEFT JOIN (SELECT id, created_at FROM outbox_letter ORDER BY id DESC LIMIT 1) AS letter ON true
    LEFT JOIN (SELECT each.id, each.sent_at FROM outbox_letter AS each WHERE each.sent_at IS NOT NULL
               ORDER BY each.sent_at DESC, each.id DESC LIMIT 1) AS sent ON true
$$;

CREATE FUNCTION outbox_knows(
    act bigint, act_at timestamptz, letter bigint, letter_at timestamptz, sent bigint, left_at timestamptz
) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT (act IS NULL OR EXISTS (SELECT FROM audit_auditevent AS event WHERE event.id = act AND event.at = act_at))
       AND (letter IS NULL OR EXISTS (SELECT FROM outbox_letter AS owed WHERE owed.id = letter AND owed.created_at = letter_at))
       AND (sent IS NULL OR EXISTS (SELECT FROM outbox_letter AS owed WHERE owed.id = sent AND owed.sent_at = left_at))
$$;

CREATE FUNCTION outbox_kept(
    act bigint, letter bigint, until timestamptz,
    OUT acts bigint, OUT letters bigint, OUT known_until timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT (SELECT count(*) FROM audit_auditevent AS event WHERE event.id <= act AND event.at <= until),
           (SELECT count(*) FROM outbox_letter AS owed WHERE owed.id <= letter),
           greatest((SELECT max(event.at) FROM audit_auditevent AS event WHERE event.at <= until),
                    (SELECT max(owed.sent_at) FROM outbox_letter AS owed WHERE owed.sent_at <= until))
$$;

CREATE FUNCTION outbox_pause(after integer, sentence text, gap_from timestamptz, gap_until timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    room CONSTANT bigint := 1000000;
    each record;
BEGIN
    LOCK TABLE outbox_epoch IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM outbox_epoch AS epoch WHERE epoch.begun_at IS NULL AND epoch.number > after) THEN
        RETURN;
    END IF;
    INSERT INTO outbox_epoch (number, found_at, sentence, gap_from, gap_until)
    SELECT greatest(after, coalesce(max(epoch.number), 0)) + 1, clock_timestamp(),
           outbox_pause.sentence, outbox_pause.gap_from, outbox_pause.gap_until FROM outbox_epoch AS epoch;
    FOR each IN SELECT schemaname, sequencename, last_value, max_value FROM pg_sequences
                WHERE schemaname = 'public' AND coalesce(last_value, 0) < max_value - room LOOP
        PERFORM setval(format('%I.%I', each.schemaname, each.sequencename)::regclass, coalesce(each.last_value, 0) + room);
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION outbox_marks, outbox_knows, outbox_kept, outbox_pause FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox_marks, outbox_knows, outbox_kept, outbox_pause TO {APPLICATION};
"""
BACKWARD = "DROP FUNCTION outbox_marks, outbox_knows, outbox_kept, outbox_pause;"


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0022_words_of_a_letter"),
        ("audit", "0010_traces_and_links"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Epoch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(unique=True)),
                ("found_at", models.DateTimeField()),
                (
                    "sentence",
                    models.CharField(help_text="What is known of the gap, for people", max_length=400),
                ),
                (
                    "gap_from",
                    models.DateTimeField(help_text="The last thing that this database knows of", null=True),
                ),
                (
                    "gap_until",
                    models.DateTimeField(
                        help_text="The last thing that is known to have happened", null=True
                    ),
                ),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "begun_at",
                    models.DateTimeField(help_text="From when letters leave again", null=True),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
