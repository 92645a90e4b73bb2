"""`manage.py backup PLACE`: one sealed file of every clinic's rows."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from itb.backup.dump import make_backup
from itb.backup.services import record_backup
from itb.backup.trouble import BackupError


class Command(BaseCommand):
    """Dumps as the owner, seals for BACKUP_RECIPIENTS, counts, and says it in every trail."""

    help = "Write a backup that only the holders of the keys in BACKUP_RECIPIENTS can open."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to."""
        parser.add_argument("place", type=Path, help="a folder, or the file to write; nothing is overwritten")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, or say what is in the way."""
        try:
            path, manifest = make_backup(options["place"], settings.BACKUP_RECIPIENTS)
        except BackupError as error:
            raise CommandError(str(error)) from error
        record_backup(name=path.name, sha256=manifest.sha256, size=manifest.size, at=manifest.at)
        rows = sum(manifest.rows.values())
        self.stdout.write(
            f"{path}: {rows} rows of {manifest.at:%Y-%m-%d %H:%M:%S} UTC, {manifest.size} bytes"
        )
