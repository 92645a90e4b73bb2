"""`manage.py confirm_administrator`: whoever runs the server is the second person where a clinic has none."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from itb import clock
from itb.accounts.models import Grant
from itb.people import grants
from itb.people.guard import RefusedError
from itb.walls import inside


class Command(BaseCommand):
    """Confirms what an administrator has proposed on a page. It proposes nothing by itself."""

    help = "Confirm a proposed administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whom, and where."""
        parser.add_argument("email")
        parser.add_argument("--clinic", required=True, type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """Confirm. Raises CommandError where nothing was proposed, or it cannot be."""
        with inside(options["clinic"]):
            proposed = Grant.objects.open().filter(
                clinic_id=options["clinic"], user__email__iexact=options["email"]
            )
            grant = proposed.select_related("user").first()
            if grant is None:
                raise CommandError("Nobody has proposed that person in this clinic, or it was too long ago.")
            try:
                grants.confirm(grant=grant, by=None, at=clock.now())
            except RefusedError as refusal:
                raise CommandError(str(refusal)) from refusal
            self.stdout.write(f"{grant.user} is administrator now.")
