"""The trail: one row an act. It points by number, not by foreign key, so that it outlives what it speaks of."""

from django.db import models

from itb.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet


class AuditEvent(AppendOnlyModel):
    """One act: who did what to which object, when. `verb` reads like `refill.recorded`."""

    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    by_id = models.BigIntegerField(null=True, help_text="The user; none where the program itself acted")
    clinic_id = models.BigIntegerField()
    subject = models.CharField(max_length=60, help_text="The model's label, such as refills.refill")
    subject_id = models.BigIntegerField()

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["clinic_id", "-at"], name="audit_by_clinic"),
            models.Index(fields=["subject", "subject_id", "-at"], name="audit_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject} {self.subject_id}"
