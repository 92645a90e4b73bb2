"""Every letter that is there already is looked at, without stopping those that are written meanwhile."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outbox", "0045_webhooks")]
    operations = [
        ValidateConstraint("letter", name="letter_has_one_addressee"),
        migrations.RunSQL(
            "ALTER TABLE outbox_letter VALIDATE CONSTRAINT letter_of_the_hooks_clinic", migrations.RunSQL.noop
        ),
    ]
