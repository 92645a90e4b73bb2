"""A clinic's own product is never edited: a change is its next version."""

from django.db import migrations

from itb.audit.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("refills", "0007_own_product"), ("audit", "0002_append_only")]
    operations = [append_only("refills_ownproduct")]
