"""`manage.py deactivate_person`: an account is switched off in every clinic at once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from itb import clock
from itb.accounts.models import User
from itb.people import parts
from itb.people.guard import RefusedError


class Command(BaseCommand):
    """For whoever runs the server. An administrator does the same for a person of one clinic, on a page."""

    help = "Switch a person's account off; what they had in hand opens again and everyone who is told hears of it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose."""
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it. Raises CommandError where a clinic would be left with too few, in words."""
        user = User.objects.filter(email__iexact=options["email"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account of {options['email']}.")
        try:
            clinics = parts.deactivate_everywhere(user=user, at=clock.now())
        except RefusedError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Switched off. Parts ended: {clinics}.")
