"""`manage.py take_bounces`: what the mail server has sent back, from a maildir or from standard input."""

import mailbox
import sys
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from itb.outbox.bounces import come_back
from itb.outbox.reports import read
from itb.walls import inside, refuse_wrong_role

MOST_BYTES = 1024 * 1024  # a report is small; what is longer is cut, and reads as none


class Command(BaseCommand):
    """Takes each report once: a maildir's messages are marked as seen, and a second report changes nothing."""

    help = "Take in what could not be delivered: from --maildir, or one message from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        """Without a maildir one message is read, as a mail server pipes it."""
        parser.add_argument("--maildir", help="a folder with new/ and cur/, as mail servers keep one")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take them, and say how many letters came back. Raises CommandError for a role that no wall would stop."""
        try:
            refuse_wrong_role()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        found = _from(options["maildir"]) if options["maildir"] else take(sys.stdin.buffer.read(MOST_BYTES))
        self.stdout.write(f"{found} letters came back")


def take(content: bytes) -> int:
    """Take one message; how many letters came back by it."""
    report = read(content)
    if report is None:
        return 0
    with inside(report.returned.clinic_id) as at:
        return come_back(envelope=report.returned.envelope, status=report.status, at=at)


def _from(folder: str) -> int:
    """Take what is new in a maildir. A message is marked once it is taken: a crash between takes it twice, for one."""
    try:
        box = mailbox.Maildir(folder, create=False)
    except mailbox.NoSuchMailboxError as error:
        raise CommandError(f"{folder} is no maildir.") from error
    found = 0
    for key, message in list(box.items()):
        if message.get_subdir() == "new":
            found += take(box.get_bytes(key)[:MOST_BYTES])
            message.set_subdir("cur")
            message.add_flag("S")
            box[key] = message
    return found
