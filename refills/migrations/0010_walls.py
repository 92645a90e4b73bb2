"""Facts, visits, forecasts and products exist in the clinic that holds the pump.

A fact carries the clinic where it was recorded, which gives no access: it is seen by whoever sees its pump.
"""

from django.db import migrations

from itb.walls import APPLICATION, walled

OF_A_VISIBLE_PUMP = "EXISTS (SELECT FROM patients_pump AS pump WHERE pump.id = pump_id)"

# Which clinics have a pump that must be looked at: the same moment as `ProjectionQuerySet.due`. It tells numbers of
# clinics and nothing of a patient, so that a worker steps only through those with work.
DUE_CLINICS = f"""
CREATE FUNCTION refills_due_clinics() RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT clinic_id FROM refills_projection
    WHERE review_at <= clock_timestamp() OR review_at > clock_timestamp() + interval '25 hours'
$$;
REVOKE ALL ON FUNCTION refills_due_clinics FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refills_due_clinics TO {APPLICATION};
"""


class Migration(migrations.Migration):
    dependencies = [("refills", "0009_clinic_follows_custody"), ("patients", "0007_walls")]
    operations = [
        *(
            walled(table, OF_A_VISIBLE_PUMP)
            for table in ("refills_programme", "refills_refill", "refills_adjustment")
        ),
        walled("refills_appointment"),
        walled("refills_projection"),
        walled("refills_ownproduct"),
        walled("refills_policy", at_door=True),
        migrations.RunSQL(DUE_CLINICS, "DROP FUNCTION refills_due_clinics;"),
    ]
