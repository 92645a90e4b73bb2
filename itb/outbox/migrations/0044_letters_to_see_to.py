"""What nobody may have read is found at once, and of one message all that it carried."""

from django.contrib.postgres.operations import (
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("outbox", "0043_letters_that_come_back")]

    operations = [
        ValidateConstraint("letter", name="letter_state_known"),
        AddIndexConcurrently(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("state__in", ["dead", "bounced", "uncertain"])),
                fields=["clinic"],
                name="letter_to_see_to",
            ),
        ),
        RemoveIndexConcurrently(model_name="letter", name="letter_undelivered"),
        AddIndexConcurrently(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("envelope__isnull", False)),
                fields=["envelope"],
                name="letter_by_envelope",
            ),
        ),
    ]
