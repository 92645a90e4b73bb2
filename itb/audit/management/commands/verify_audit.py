"""`manage.py verify_audit`: whether the trail is whole, and where it is not."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, transaction

from itb.audit.chain import Head, head_of
from itb.audit.guards import KEEPER
from itb.audit.verify import chains, faults


class Command(BaseCommand):
    """Computes every chain anew. Ends with code 1 where anything is wrong."""

    help = "Check that nothing in the trail was changed, lost or put in past its triggers."

    def add_arguments(self, parser: CommandParser) -> None:
        """The heads that came by letter."""
        parser.add_argument("--anchor", action="append", default=[], metavar="CLINIC:NUMBER:HASH")
        parser.add_argument("--anchors", type=Path, metavar="FILE", help="one anchor a line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and say what is wrong. Raises CommandError where anything is, or where it would not see all."""
        lines = options["anchors"].read_text().split() if options["anchors"] else []
        anchors = [anchor_of(line) for line in [*options["anchor"], *lines]]
        if KEEPER not in settings.DATABASES:
            raise CommandError("Only the owner of the tables sees every clinic: set OWNER_DATABASE_URL.")
        with transaction.atomic(KEEPER), connections[KEEPER].cursor() as cursor:
            # One instant for all that is compared; what is being written meanwhile is not seen half.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            found = list(faults(anchors))
            heads = [head for clinic_id in chains() if (head := head_of(clinic_id, KEEPER))]
        for fault in found:
            self.stdout.write(fault)
        self._say_heads(heads, {anchor.clinic_id for anchor in anchors})
        if found:
            raise CommandError(f"The trail is not whole: {len(found)} faults.")
        self.stdout.write("Nothing is wrong in what can be told.")

    def _say_heads(self, heads: list[Head], anchored: set[int]) -> None:
        for head in heads:
            self.stdout.write(f"Head: {head}")
            if head.clinic_id not in anchored:
                self.stdout.write(
                    f"No anchor was given for clinic {head.clinic_id}: that its end was cut off, or that all of it was "
                    "written anew with its links, cannot be told without one."
                )


def anchor_of(line: str) -> Head:
    """An anchor as a letter has it. Raises CommandError for anything else."""
    clinic, _, rest = line.partition(":")
    number, _, digest = rest.partition(":")
    if not (clinic.isdecimal() and number.isdecimal() and digest):
        raise CommandError(f"{line!r} is no anchor: write it as the letter does, CLINIC:NUMBER:HASH.")
    return Head(int(clinic), int(number), digest.lower())
