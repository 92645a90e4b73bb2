"""Every letter that is there already is looked at, without stopping those that are written meanwhile."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outbox", "0020_letters_to_invited_addresses")]
    operations = [
        ValidateConstraint("letter", name="letter_to_one_person_or_one_invited_address"),
        migrations.RunSQL(
            "ALTER TABLE outbox_letter VALIDATE CONSTRAINT letter_of_the_invitations_clinic",
            migrations.RunSQL.noop,
        ),
    ]
