"""A letter that was refused has the pump of its alert looked at again, unless someone knows of it already.

A function of the owner's, since it looks over the walls; it tells how many pumps, and writes their moment and nothing
else. A row that a sweep holds is passed over: it is being looked at.
"""

from django.db import migrations

from itb.walls import APPLICATION

HEAR = f"""
CREATE FUNCTION alerts_hear_of_letters() RETURNS bigint LANGUAGE sql VOLATILE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH wanted AS (
        SELECT alert.pump_id FROM outbox_letter AS letter
        JOIN alerts_alert AS alert
            ON alert.id = CASE WHEN letter.topic ~ '^alert:[0-9]{{1,18}}$' THEN substr(letter.topic, 7)::bigint END
        WHERE letter.state = 'dead' AND alert.state = 'open' AND alert.kind <> 'undelivered'
            AND NOT EXISTS (
                SELECT FROM outbox_letter AS later WHERE later.topic = letter.topic
                    AND later.recipient_id = letter.recipient_id AND later.id > letter.id
            )
            AND NOT EXISTS (
                SELECT FROM alerts_alert AS known WHERE known.pump_id = alert.pump_id
                    AND known.kind = 'undelivered' AND known.state <> 'closed'
            )
    ), free AS (
        SELECT pump_id FROM refills_projection
        WHERE pump_id IN (SELECT pump_id FROM wanted) AND review_at > clock_timestamp()
        ORDER BY pump_id FOR UPDATE SKIP LOCKED
    ), told AS (
        UPDATE refills_projection SET review_at = clock_timestamp()
        WHERE pump_id IN (SELECT pump_id FROM free) RETURNING 1
    )
    SELECT count(*) FROM told
$$;
REVOKE ALL ON FUNCTION alerts_hear_of_letters FROM PUBLIC;
GRANT EXECUTE ON FUNCTION alerts_hear_of_letters TO {APPLICATION};
"""


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0080_kinds_and_their_policy"),
        ("outbox", "0031_letter_by_sent"),
        ("refills", "0081_what_has_a_pump_looked_at"),
    ]
    operations = [migrations.RunSQL(HEAR, "DROP FUNCTION alerts_hear_of_letters;")]
