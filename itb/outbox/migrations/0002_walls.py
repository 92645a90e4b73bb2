"""Letters exist in the clinic whose people they are for.

Which clinics have letters to send, and whether one of any clinic is late, is asked across the walls: the answers are
numbers of clinics, and yes or no.
"""

from django.db import migrations

from itb.walls import APPLICATION, walled

FORWARD = f"""
ALTER TABLE accounts_membership ADD CONSTRAINT membership_with_its_clinic UNIQUE (id, clinic_id);
ALTER TABLE outbox_letter ADD CONSTRAINT letter_of_the_recipients_clinic
    FOREIGN KEY (recipient_id, clinic_id) REFERENCES accounts_membership (id, clinic_id) NOT VALID;
ALTER TABLE outbox_letter VALIDATE CONSTRAINT letter_of_the_recipients_clinic;

CREATE FUNCTION outbox_clinics_with_letters() RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT clinic_id FROM outbox_letter WHERE state IN ('pending', 'claimed', 'handing_over')
$$;
CREATE FUNCTION outbox_letter_is_late(patience interval) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM outbox_letter WHERE state IN ('pending', 'claimed', 'handing_over')
                   AND created_at < clock_timestamp() - patience)
$$;
REVOKE ALL ON FUNCTION outbox_clinics_with_letters, outbox_letter_is_late FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox_clinics_with_letters, outbox_letter_is_late TO {APPLICATION};
"""
BACKWARD = """
DROP FUNCTION outbox_clinics_with_letters, outbox_letter_is_late;
ALTER TABLE outbox_letter DROP CONSTRAINT letter_of_the_recipients_clinic;
ALTER TABLE accounts_membership DROP CONSTRAINT membership_with_its_clinic;
"""


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial"), ("accounts", "0003_walls")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD), walled("outbox_letter")]
