"""The application's role may read and write rows, and nothing else: it owns no table, and no trigger obeys it."""

from django.db import migrations

from itb.walls import APPLICATION

FORWARD = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION}') THEN
        RAISE EXCEPTION 'There is no role {APPLICATION}: make it first (docs/decisions/0007-walls.md says how)';
    END IF;
    IF current_user = '{APPLICATION}' THEN
        RAISE EXCEPTION 'Migrations are run by the owner of the tables (OWNER_DATABASE_URL), not by {APPLICATION}';
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO {APPLICATION};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APPLICATION};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APPLICATION};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {APPLICATION};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {APPLICATION};
"""
BACKWARD = f"""
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM {APPLICATION};
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM {APPLICATION};
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {APPLICATION};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {APPLICATION};
REVOKE USAGE ON SCHEMA public FROM {APPLICATION};
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
