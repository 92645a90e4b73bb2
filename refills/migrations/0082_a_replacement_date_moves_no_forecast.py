"""By when a pump itself must be replaced says nothing of what is in it: the forecast stays, and the rules look at once.

Any other change of a pump leaves its forecast unknown until it is made anew, as before.
"""

from django.db import migrations

CHANGED = """
CREATE OR REPLACE FUNCTION refills_pump_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {only_replaced}UPDATE refills_projection SET danger_at = NULL, facts_version = NULL, review_at = clock_timestamp()
    WHERE pump_id = NEW.id;
    RETURN NULL;
END $$;
"""
ONLY_REPLACED = """IF to_jsonb(OLD) - 'replacement_on' = to_jsonb(NEW) - 'replacement_on' THEN
        UPDATE refills_projection SET review_at = clock_timestamp() WHERE pump_id = NEW.id;
        RETURN NULL;
    END IF;
    """


class Migration(migrations.Migration):
    dependencies = [("refills", "0081_what_has_a_pump_looked_at")]
    operations = [
        migrations.RunSQL(CHANGED.format(only_replaced=ONLY_REPLACED), CHANGED.format(only_replaced=""))
    ]
