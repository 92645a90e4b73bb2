"""Which backups have been made: the files lie elsewhere, and the last one's age is said on every page."""

from django.db import models

from itb.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet


class Backup(AppendOnlyModel):
    """One file that was written whole and checked. It holds every clinic's rows, so it is of no clinic."""

    at = models.DateTimeField(help_text="The instant whose rows it holds")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField(help_text="In bytes")

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-at"], name="backup_by_age")]

    def __str__(self) -> str:
        return self.name
