"""`manage.py add_person`: a person with a part in a clinic, and a link to set a password by."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from itb.accounts import services
from itb.accounts.models import Clinic
from itb.accounts.permissions import Role
from itb.walls import inside


class Command(BaseCommand):
    """Adds a person; one who exists already keeps the password and gets one more part."""

    help = "Give a person a part in a clinic."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, as what, where."""
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--clinic", required=True, type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """Add, and print the link once. Raises CommandError for what cannot be."""
        clinic = Clinic.objects.filter(pk=options["clinic"]).first()
        if clinic is None:
            raise CommandError(f"There is no clinic {options['clinic']}.")
        try:
            validate_email(options["email"])
            options["email"].encode("ascii")
            with inside(clinic.pk) as at:
                person = services.add_person(
                    email=options["email"],
                    name=options["name"],
                    clinic=clinic,
                    role=Role(options["role"]),
                    at=at,
                )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except UnicodeEncodeError as error:
            raise CommandError("An e-mail address holds plain Latin letters only.") from error
        except services.HasPartError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"They set a password here, once, within an hour: {services.reset_link(user=person)}"
            if person
            else "Their password stays."
        )
