"""Which letters leave together, and when; which clinics have some that leave at once, and which owe a digest."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from itb.walls import APPLICATION

# What waits for a digest is late when a whole clinic day and its longest night have gone by without one.
FORWARD = f"""
CREATE OR REPLACE FUNCTION outbox_clinics_with_letters() RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT clinic_id FROM outbox_letter
    WHERE state IN ('pending', 'claimed', 'handing_over') AND NOT (state = 'pending' AND pace = 'digest')
$$;
CREATE OR REPLACE FUNCTION outbox_letter_is_late(patience interval) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM outbox_letter WHERE state IN ('pending', 'claimed', 'handing_over')
                   AND created_at < clock_timestamp() - patience
                       - CASE WHEN state = 'pending' AND pace = 'digest' THEN interval '25 hours' ELSE interval '0' END)
$$;
CREATE FUNCTION outbox_clinics_with_digests() RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT clinic_id FROM outbox_letter WHERE state = 'pending' AND pace = 'digest'
    UNION
    SELECT clinic_id FROM outbox_letter WHERE state = 'uncertain' AND pace <> 'alone'
$$;
REVOKE ALL ON FUNCTION outbox_clinics_with_digests FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox_clinics_with_digests TO {APPLICATION};
"""
BACKWARD = """
DROP FUNCTION outbox_clinics_with_digests;
CREATE OR REPLACE FUNCTION outbox_clinics_with_letters() RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT clinic_id FROM outbox_letter WHERE state IN ('pending', 'claimed', 'handing_over')
$$;
CREATE OR REPLACE FUNCTION outbox_letter_is_late(patience interval) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM outbox_letter WHERE state IN ('pending', 'claimed', 'handing_over')
                   AND created_at < clock_timestamp() - patience)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0040_policy_of_letters"),
    ]

    operations = [
        migrations.AddField(
            model_name="letter",
            name="envelope",
            field=models.BigIntegerField(
                help_text="The letter under whose key it left, alone or with others; its own number mostly",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="handed_at",
            field=models.DateTimeField(
                help_text="When a hand-over began that was not refused: it may have arrived", null=True
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="pace",
            field=models.CharField(
                choices=[
                    ("alone", "By itself"),
                    ("at_once", "At once, with others of its words"),
                    ("budget", "At once, while the day’s letters last"),
                    ("digest", "With the digest of the clinic’s day"),
                ],
                db_default="alone",
                default="alone",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="uncertain_at",
            field=models.DateTimeField(help_text="When a hand-over of it first broke off", null=True),
        ),
        AddConstraintNotValid(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("pace__in", ["alone", "at_once"]),
                    models.Q(("is_critical", False), ("pace__in", ["budget", "digest"])),
                    _connector="OR",
                ),
                name="letter_critical_waits_for_no_digest",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
