"""Which clinics have a pump whose moment has come is read off the ends of an index, however many pumps there are."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

# The ends and no range: by stale statistics PostgreSQL would take half the pumps for due, and read them all.
FORWARD = """
CREATE OR REPLACE FUNCTION refills_due_clinics() RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT clinic.id FROM accounts_clinic AS clinic
    WHERE (SELECT min(review_at) FROM refills_projection WHERE clinic_id = clinic.id) <= clock_timestamp()
       OR (SELECT max(review_at) FROM refills_projection WHERE clinic_id = clinic.id)
          > clock_timestamp() + interval '25 hours'
$$;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION refills_due_clinics() RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT clinic_id FROM refills_projection
    WHERE review_at <= clock_timestamp() OR review_at > clock_timestamp() + interval '25 hours'
$$;
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("refills", "0085_what_people_answer")]
    operations = [
        AddIndexConcurrently(
            "projection", models.Index(fields=["clinic", "review_at"], name="projection_to_look_at")
        ),
        RemoveIndexConcurrently("projection", "projection_due"),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
