"""Every letter that is there already is looked at, without stopping those that are written meanwhile."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outbox", "0048_letters_to_people_near_patients")]
    operations = [ValidateConstraint("letter", name="letter_has_one_addressee")]
