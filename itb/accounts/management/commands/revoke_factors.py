"""`manage.py revoke_factors`: the second factors of a person of several clinics, who has lost them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from itb import clock
from itb.accounts import services
from itb.accounts.models import User


class Command(BaseCommand):
    """For whoever runs the server. An administrator does the same for a person of one clinic, on a page."""

    help = "Take a person's second factors away; they are signed out, and told by letter."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose."""
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it. Raises CommandError for an address that nobody has."""
        user = User.objects.filter(email__iexact=options["email"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account of {options['email']}.")
        services.revoke_factors_everywhere(user=user, at=clock.now())
        self.stdout.write(f"{user} has no second factor now, and is signed out everywhere.")
