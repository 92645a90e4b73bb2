"""Memberships are read at the door, before a clinic is open, and written in their own clinic."""

from django.db import migrations

from itb.walls import walled


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_application_role")]
    operations = [walled("accounts_membership", at_door=True)]
