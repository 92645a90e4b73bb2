"""Facts are never edited, and a reservoir holds no more than it can, whatever wrote the row."""

from django.db import migrations

from itb.audit.append_only import append_only

REFUSE_OVERFILL = """
CREATE FUNCTION refills_refuse_overfill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF GREATEST(NEW.filled_ml, NEW.withdrawn_ml) > (SELECT reservoir_ml FROM patients_pump WHERE id = NEW.pump_id) THEN
        RAISE EXCEPTION 'more than the reservoir holds'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refill_within_reservoir', TABLE = 'refills_refill';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refill_within_reservoir BEFORE INSERT ON refills_refill
    FOR EACH ROW EXECUTE FUNCTION refills_refuse_overfill();
"""


class Migration(migrations.Migration):
    dependencies = [("refills", "0001_initial"), ("audit", "0002_append_only")]
    operations = [
        append_only("refills_programme"),
        append_only("refills_refill"),
        migrations.RunSQL(
            REFUSE_OVERFILL,
            "DROP TRIGGER refill_within_reservoir ON refills_refill; DROP FUNCTION refills_refuse_overfill;",
        ),
    ]
