"""Writing the trail: called by every service, inside its transaction."""

from datetime import datetime

from django.db import models

from itb.audit.models import AuditEvent


def record_act(
    *,
    verb: str,
    subject: models.Model,
    clinic_id: int,
    by_id: int | None,
    at: datetime,
    count: int | None = None,
) -> None:
    """Write that `verb` was done to `subject`. `by_id` is None where no person acted (the sweep).

    A subject that is about a patient says so by its `patient_id`. `count` is of an export: how many rows left.
    """
    AuditEvent.objects.create(
        at=at,
        verb=verb,
        by_id=by_id,
        clinic_id=clinic_id,
        subject=subject._meta.label_lower,
        subject_id=subject.pk,
        patient_id=getattr(subject, "patient_id", None),
        count=count,
    )
