"""`manage.py restore FILE --key KEYFILE`: the database as it was, checked before anything is dropped."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from itb.backup import restore
from itb.backup.services import say_everywhere
from itb.backup.tools import OWNER
from itb.backup.trouble import BackupError
from itb.outbox.models import Epoch


class Command(BaseCommand):
    """Checks, replaces in one transaction, brings the schema to the present, and leaves sending paused."""

    help = "Put a backup in the database's place. Letters wait until an administrator has confirmed it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which file, whose key, and the word that a database which is not empty may go."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--key", type=Path, required=True, help="a file with the age secret key")
        parser.add_argument(
            "--replace", default="", metavar="DATABASE", help="its name, typed: it is not empty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, or say what is in the way."""
        try:
            restore.refuse_to_overwrite(options["replace"])
            manifest = restore.check(options["file"], options["key"])
            restore.put_back(options["file"], options["key"], manifest)
        except BackupError as error:
            raise CommandError(str(error)) from error
        call_command("migrate", database=OWNER, interactive=False, verbosity=0)
        faults = restore.faults_of_trail(manifest)
        epoch = Epoch.objects.latest("number")
        say_everywhere(verb="backup.restored", subject=epoch)
        self.stdout.write(
            f"{sum(manifest.rows.values())} rows of {manifest.at:%Y-%m-%d %H:%M:%S} UTC are back."
        )
        self.stdout.write(f"{epoch.sentence} No letter leaves until an administrator has confirmed it.")
        if faults:
            raise CommandError("The rows are back, but the trail is not whole: " + " ".join(faults))
