"""An invitation is found by its token, and an emergency access by its session, before any clinic is open."""

from django.db import migrations

from itb.walls import walled

# How many parts a person has, in whichever clinics: a count, and nothing of where. The owner looks, so that the open
# clinic does not hide the others.
PARTS_OF = """
CREATE FUNCTION accounts_parts_of(person bigint) RETURNS bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT count(*) FROM accounts_membership WHERE user_id = person AND ended_at IS NULL
$$
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0020_invitations_grants_emergencies")]
    operations = [
        walled("accounts_invitation", at_door=True),
        walled("accounts_emergencyaccess", at_door=True),
        walled("accounts_grant"),
        migrations.RunSQL(PARTS_OF, "DROP FUNCTION accounts_parts_of(bigint)"),
    ]
