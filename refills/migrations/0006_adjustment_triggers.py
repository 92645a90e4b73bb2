"""An adjustment is a fact like the others: never edited, and counted."""

from django.db import migrations

from itb.audit.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("refills", "0005_adjustment")]
    operations = [
        append_only("refills_adjustment"),
        migrations.RunSQL(
            "CREATE TRIGGER fact_counts AFTER INSERT ON refills_adjustment"
            " FOR EACH ROW EXECUTE FUNCTION refills_fact_inserted()",
            "DROP TRIGGER fact_counts ON refills_adjustment",
        ),
    ]
