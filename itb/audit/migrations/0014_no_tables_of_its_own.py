"""The application makes no table, not even one for the moment: else it could hang a trigger of the trail on it.

Those triggers write as the owner, into a history or a chain, whatever table they hang on; and by default anyone who may
sign in may make temporary tables.
"""

from django.db import migrations

FORWARD = """
DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$
"""
BACKWARD = """
DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()); END $$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0013_links_by_triggers_alone")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
