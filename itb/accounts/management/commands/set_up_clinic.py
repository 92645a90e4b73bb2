"""`manage.py set_up_clinic`: a clinic and the first person in it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from itb import clock
from itb.accounts import services


class Command(BaseCommand):
    """Makes a clinic. People follow with `add_person`."""

    help = "Set up a clinic."

    def add_arguments(self, parser: CommandParser) -> None:
        """What a clinic is."""
        parser.add_argument("name")
        parser.add_argument("--zone", required=True, help="IANA name, such as Europe/London")
        parser.add_argument("--phone", required=True, help="a number that is answered at any hour")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, and say its number. Raises CommandError for a zone that does not exist."""
        try:
            clinic = services.set_up_clinic(
                name=options["name"], zone=options["zone"], phone=options["phone"], at=clock.now()
            )
        except services.NoSuchZoneError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Clinic {clinic.pk}: {clinic.name}. Next: manage.py add_person --clinic {clinic.pk} …"
        )
