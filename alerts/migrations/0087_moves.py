"""An alert moves by the table of alerts.moves and no other way, whoever writes it.

An event says what happened, the alert how it stands now, and the event before how it stood: the three must be a row of
the table. A closed alert is never opened again, and one that rests rests no longer than the drug lasts.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION alerts_event_is_a_move() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stood text;
    stands text;
BEGIN
    SELECT state INTO stands FROM alerts_alert WHERE id = NEW.alert_id;
    SELECT state INTO stood FROM alerts_alertevent
        WHERE alert_id = NEW.alert_id AND state IS NOT NULL ORDER BY id DESC LIMIT 1;
    NEW.state := stands;
    IF NEW.verb = 'opened' AND stands = 'open' AND stood IS NULL THEN
        RETURN NEW;
    END IF;
    IF stands IS NOT NULL AND NOT EXISTS (
        SELECT FROM (VALUES
            ('open', 'raised', 'open'),
            ('open', 'lowered', 'open'),
            ('open', 'changed', 'open'),
            ('open', 'escalated', 'open'),
            ('open', 'acknowledged', 'acknowledged'),
            ('open', 'snoozed', 'snoozed'),
            ('open', 'closed', 'closed'),
            ('acknowledged', 'raised', 'open'),
            ('acknowledged', 'lowered', 'acknowledged'),
            ('acknowledged', 'changed', 'open'),
            ('acknowledged', 'expired', 'open'),
            ('acknowledged', 'orphaned', 'open'),
            ('acknowledged', 'acknowledged', 'acknowledged'),
            ('acknowledged', 'passed', 'acknowledged'),
            ('acknowledged', 'handed_over', 'acknowledged'),
            ('acknowledged', 'snoozed', 'snoozed'),
            ('acknowledged', 'closed', 'closed'),
            ('snoozed', 'raised', 'open'),
            ('snoozed', 'lowered', 'snoozed'),
            ('snoozed', 'changed', 'open'),
            ('snoozed', 'expired', 'open'),
            ('snoozed', 'orphaned', 'open'),
            ('snoozed', 'acknowledged', 'acknowledged'),
            ('snoozed', 'handed_over', 'snoozed'),
            ('snoozed', 'snoozed', 'snoozed'),
            ('snoozed', 'closed', 'closed')
        ) AS move (began, verb, ended)
        WHERE move.verb = NEW.verb AND move.ended = stands AND (stood IS NULL OR move.began = stood)
    ) THEN
        RAISE EXCEPTION 'no alert moves so: % from % to %', NEW.verb, stood, stands
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'alert_event_is_a_move';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER alert_event_is_a_move BEFORE INSERT ON alerts_alertevent
    FOR EACH ROW EXECUTE FUNCTION alerts_event_is_a_move();

CREATE FUNCTION alerts_closed_stays_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a closed alert moves no more'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'alert_closed_stays_closed';
END $$;
CREATE TRIGGER alert_closed_stays_closed BEFORE UPDATE OF state ON alerts_alert
    FOR EACH ROW WHEN (OLD.state = 'closed' AND NEW.state <> 'closed')
    EXECUTE FUNCTION alerts_closed_stays_closed();

CREATE FUNCTION alerts_rest_is_bounded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM refills_projection AS row
        WHERE row.pump_id = NEW.pump_id AND row.error = '' AND NEW.acknowledged_until <= row.earliest_empty_at
          AND NEW.acknowledged_until <= row.alarm_at AND NEW.acknowledged_until::date <= row.refill_by + 1
    ) THEN
        RAISE EXCEPTION 'the drug in the pump does not last so long'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'alert_rest_is_bounded';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER alert_rest_is_bounded BEFORE INSERT OR UPDATE OF state, acknowledged_until ON alerts_alert
    FOR EACH ROW WHEN (NEW.state = 'snoozed') EXECUTE FUNCTION alerts_rest_is_bounded();
"""
BACKWARD = """
DROP TRIGGER alert_rest_is_bounded ON alerts_alert;
DROP FUNCTION alerts_rest_is_bounded;
DROP TRIGGER alert_closed_stays_closed ON alerts_alert;
DROP FUNCTION alerts_closed_stays_closed;
DROP TRIGGER alert_event_is_a_move ON alerts_alertevent;
DROP FUNCTION alerts_event_is_a_move;
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0086_each_hop_once"), ("refills", "0072_indexes_of_lists")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
