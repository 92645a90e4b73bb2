"""Whoever is watched no more is nobody's work from that instant: alerts close, and letters that wait are taken back."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION alerts_end_with_the_watch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    ended record;
BEGIN
    FOR ended IN UPDATE alerts_alert SET state = 'closed', closed_at = moment, waits_since = NULL
        WHERE pump_id = NEW.id AND state <> 'closed' RETURNING id, tier
    LOOP
        INSERT INTO alerts_alertevent (alert_id, at, verb, tier, note)
            VALUES (ended.id, moment, 'closed', ended.tier, 'The pump is watched no more');
        UPDATE outbox_letter SET state = 'superseded', lease_until = NULL
            WHERE topic = 'alert:' || ended.id AND state IN ('pending', 'claimed', 'dead', 'uncertain');
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER alerts_end_with_the_watch AFTER UPDATE OF explanted_on ON patients_pump
    FOR EACH ROW WHEN (OLD.explanted_on IS NULL AND NEW.explanted_on IS NOT NULL)
    EXECUTE FUNCTION alerts_end_with_the_watch();
"""
BACKWARD = """
DROP TRIGGER alerts_end_with_the_watch ON patients_pump;
DROP FUNCTION alerts_end_with_the_watch;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0088_duty"),
        ("outbox", "0031_letter_by_sent"),
        ("patients", "0034_offers"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
