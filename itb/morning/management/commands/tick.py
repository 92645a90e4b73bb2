"""`manage.py tick`: what beat asks for, without Celery, so that cron or a timer can stand in."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerts import digests
from alerts.canary import owe_canaries
from alerts.proof import prove
from alerts.sweep import sweep
from itb import clock
from itb.accounts.retention import forget
from itb.morning.lists import make_lists
from itb.outbox.delivery import drain
from itb.outbox.heads import owe_heads
from itb.outbox.probe import probe
from itb.outbox.watch import tell_watch
from itb.walls import refuse_wrong_role


class Command(BaseCommand):
    """Runs the sweep and the drain once, and forgets ended sessions."""

    help = "Look at the pumps that are due and send the letters that are due, once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Either half can be asked for alone."""
        parser.add_argument("--only", choices=["sweep", "drain"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, and say how much was done. Raises CommandError for a role that no wall would stop."""
        try:
            refuse_wrong_role()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        if options["only"] != "drain":
            self.stdout.write(f"{sweep()} pumps looked at")
            digests.owe()
            prove(at=clock.now())
            owe_canaries(at=clock.now())
        if options["only"] != "sweep":
            self.stdout.write(f"{drain()} letters sent")
            owe_heads(at=clock.now())
            probe()
            tell_watch()
        make_lists(at=clock.now())
        forget(at=clock.now())
