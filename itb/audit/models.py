"""The trail: one row an act. It points by number, not by foreign key, so that it outlives what it speaks of."""

from django.contrib.postgres.functions import TransactionNow
from django.db import models

from itb.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet
from itb.audit.history import SignedIn


class AuditEvent(AppendOnlyModel):
    """One act: who did what to which object, or was shown it, when. `verb` reads like `refill.recorded`."""

    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    by_id = models.BigIntegerField(null=True, help_text="The user; none where the program itself acted")
    clinic_id = models.BigIntegerField()
    subject = models.CharField(max_length=60, help_text="The model's label, such as refills.refill")
    subject_id = models.BigIntegerField()
    patient_id = models.BigIntegerField(null=True, help_text="Whom it is about; none where about no patient")
    count = models.IntegerField(null=True, help_text="How many rows left, where it is an export")
    written_at = models.DateTimeField(
        db_default=TransactionNow(),
        help_text="When its transaction began: the same in the histories that belong to it",
    )
    role = models.TextField(db_default=SignedIn(), help_text="As which role of PostgreSQL it was written")

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["clinic_id", "-at"], name="audit_by_clinic"),
            models.Index(fields=["subject", "subject_id", "-at"], name="audit_by_subject"),
            # The auditor's page goes backwards by number.
            models.Index(fields=["clinic_id", "id"], name="audit_by_number"),
            models.Index(fields=["patient_id", "id"], name="audit_by_patient"),
            models.Index(fields=["by_id", "id"], name="audit_by_person"),
            models.Index(fields=["written_at"], name="audit_by_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject} {self.subject_id}"


class Link(AppendOnlyModel):
    """One link of a clinic's chain, for one row of an event or a history. The database alone writes it."""

    clinic_id = models.BigIntegerField(help_text="0 where no clinic was open")
    sequence = models.BigIntegerField(help_text="1, 2, 3 … without a gap")
    relation = models.CharField(max_length=63, help_text="The row's table")
    row_id = models.BigIntegerField()
    width = models.IntegerField(
        help_text="How many columns the table had: what is added later is not in the hash"
    )
    hash = models.CharField(max_length=64)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic_id", "sequence"], name="link_once_a_place"),
            models.UniqueConstraint(fields=["relation", "row_id"], name="link_once_a_row"),
        ]

    def __str__(self) -> str:
        return f"{self.clinic_id}:{self.sequence}"
