"""What is asked at every tick and on every page costs the same however many letters wait for a digest."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# A stable moment, unlike clock_timestamp(), can be looked up in an index. Clinics are few: each is asked for one letter.
# The predicates are those of the indexes, word for word.
FORWARD = """
CREATE OR REPLACE FUNCTION outbox_clinics_with_letters() RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT clinic_id FROM outbox_letter
    WHERE state IN ('pending', 'claimed', 'handing_over') AND (state <> 'pending' OR pace <> 'digest')
$$;
CREATE OR REPLACE FUNCTION outbox_letter_is_late(patience interval) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM outbox_letter
                   WHERE state IN ('pending', 'claimed', 'handing_over') AND (state <> 'pending' OR pace <> 'digest')
                     AND created_at < statement_timestamp() - patience)
        OR EXISTS (SELECT FROM accounts_clinic AS clinic, LATERAL (
                       SELECT FROM outbox_letter
                       WHERE clinic_id = clinic.id AND state = 'pending' AND pace = 'digest'
                         AND created_at < statement_timestamp() - patience - interval '25 hours'
                       LIMIT 1) AS late)
$$;
CREATE OR REPLACE FUNCTION outbox_clinics_with_digests() RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT clinic.id FROM accounts_clinic AS clinic, LATERAL (
        SELECT FROM outbox_letter WHERE clinic_id = clinic.id AND state = 'pending' AND pace = 'digest' LIMIT 1
    ) AS waiting
    UNION
    SELECT clinic_id FROM outbox_letter
    WHERE state IN ('dead', 'bounced', 'uncertain') AND state = 'uncertain' AND pace <> 'alone'
$$;
"""
BACKWARD = """
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
CREATE OR REPLACE FUNCTION outbox_clinics_with_digests() RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT clinic_id FROM outbox_letter WHERE state = 'pending' AND pace = 'digest'
    UNION
    SELECT clinic_id FROM outbox_letter WHERE state = 'uncertain' AND pace <> 'alone'
$$;
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("outbox", "0049_letters_still_have_one_addressee")]
    operations = [
        AddIndexConcurrently(
            "letter",
            models.Index(
                fields=["clinic", "created_at"],
                name="letter_for_digest",
                condition=models.Q(state="pending", pace="digest"),
            ),
        ),
        AddIndexConcurrently(
            "letter",
            models.Index(
                fields=["-is_critical", "due_at", "id"],
                name="letter_to_take",
                condition=models.Q(
                    ~models.Q(state="pending") | ~models.Q(pace="digest"),
                    state__in=["pending", "claimed", "handing_over"],
                ),
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
