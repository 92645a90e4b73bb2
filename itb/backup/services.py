"""Saying in the trail that a backup was made or restored: in each clinic's, since it holds each clinic's rows."""

from datetime import datetime

from django.db import models, transaction

from itb.accounts.models import Clinic
from itb.audit.services import record_act
from itb.backup.models import Backup
from itb.walls import inside


def record_backup(*, name: str, sha256: str, size: int, at: datetime) -> Backup:
    """Remember a backup of the instant `at`, and say it in every trail."""
    backup = Backup.objects.create(at=at, name=name, sha256=sha256, size=size)
    say_everywhere(verb="backup.made", subject=backup)
    return backup


def say_everywhere(*, verb: str, subject: models.Model) -> None:
    """Write the act into each clinic's trail. No person has done it: a command has."""
    for clinic_id in Clinic.objects.order_by("pk").values_list("pk", flat=True):
        with inside(clinic_id) as at, transaction.atomic():
            record_act(verb=verb, subject=subject, clinic_id=clinic_id, by_id=None, at=at)
