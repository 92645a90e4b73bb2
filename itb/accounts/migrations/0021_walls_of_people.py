"""Invitations, proposals and emergency accesses are of one clinic.

What must be known before that clinic is open, or of the others, is asked across the walls: which clinic a token invites
to, which one a session has opened in an emergency, how many parts a person has. The answers are numbers.
"""

from django.db import migrations

from itb.walls import APPLICATION, walled

FORWARD = f"""
CREATE FUNCTION accounts_invited_to(token text) RETURNS bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT clinic_id FROM accounts_invitation WHERE token_hash = token
$$;
CREATE FUNCTION accounts_lent_to(access bigint, person bigint) RETURNS bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT clinic_id FROM accounts_emergencyaccess
    WHERE id = access AND opened_by_id = person AND ended_at IS NULL AND expires_at > clock_timestamp()
$$;
CREATE FUNCTION accounts_parts_of(person bigint) RETURNS bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*) FROM accounts_membership WHERE user_id = person AND ended_at IS NULL
$$;
REVOKE ALL ON FUNCTION accounts_invited_to, accounts_lent_to, accounts_parts_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_invited_to, accounts_lent_to, accounts_parts_of TO {APPLICATION};
"""
BACKWARD = "DROP FUNCTION accounts_invited_to, accounts_lent_to, accounts_parts_of;"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0020_invitations_grants_emergencies")]
    operations = [
        walled("accounts_invitation"),
        walled("accounts_grant"),
        walled("accounts_emergencyaccess"),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
