"""`manage.py demo`: the invented clinics, and who can sign in to them."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from itb import clock
from itb.accounts.models import Clinic
from itb.local import demo


class Command(BaseCommand):
    """Builds the demo where there is nothing yet; never beside real people."""

    help = "Build the invented clinics if the database is empty, and print who can sign in."

    def handle(self, *args: Any, **options: Any) -> None:
        """Build once, print always. Raises CommandError where this is not a demonstration."""
        if not settings.DEMO:
            raise CommandError(
                "Invented people belong into a demonstration: set ITB_DEMO=1 on a database of its own."
            )
        if not Clinic.objects.exists():
            demo.build(clock.now())
        for line in demo.people():
            self.stdout.write("\t".join(line))
