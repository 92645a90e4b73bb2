"""Invitations, proposals and emergency accesses are of one clinic; what must be known across clinics is a number.

An emergency access is found by the session that holds it, before any clinic is open. The functions run as the owner, so
that the open clinic hides nothing from them; they tell a clinic's number and a count, and nothing of anyone.
"""

from django.db import migrations

from itb.walls import walled

INVITED_TO = """
CREATE FUNCTION accounts_invited_to(hash text) RETURNS bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT clinic_id FROM accounts_invitation WHERE token_hash = hash
$$
"""
PARTS_OF = """
CREATE FUNCTION accounts_parts_of(person bigint) RETURNS bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*) FROM accounts_membership WHERE user_id = person AND ended_at IS NULL
$$
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0020_invitations_grants_emergencies")]
    operations = [
        walled("accounts_invitation"),
        walled("accounts_grant"),
        walled("accounts_emergencyaccess", at_door=True),
        migrations.RunSQL(INVITED_TO, "DROP FUNCTION accounts_invited_to(text)"),
        migrations.RunSQL(PARTS_OF, "DROP FUNCTION accounts_parts_of(bigint)"),
    ]
