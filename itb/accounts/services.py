"""What can be done about people and clinics."""

from datetime import datetime
from zoneinfo import available_timezones

from django.db import transaction

from itb.accounts.models import Clinic, Membership, User
from itb.accounts.permissions import Role
from itb.audit.services import record_act
from itb.walls import inside


class NoSuchZoneError(ValueError):
    """A clinic's zone must be one that the world knows: every date of its pumps is computed in it."""

    def __init__(self, zone: str) -> None:
        super().__init__(f"There is no time zone {zone!r}: write it as Europe/London is written.")


class HasPartError(ValueError):
    """The person has a part in that clinic already."""

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} has a part in this clinic already.")


@transaction.atomic
def set_up_clinic(*, name: str, zone: str, phone: str, at: datetime) -> Clinic:
    """Make a clinic, from the command line. Raises NoSuchZoneError."""
    if zone not in available_timezones():
        raise NoSuchZoneError(zone)
    clinic = Clinic.objects.create(name=name, zone=zone, phone=phone)
    with inside(clinic.pk):
        record_act(verb="clinic.set_up", subject=clinic, clinic_id=clinic.pk, by_id=None, at=at)
    return clinic


@transaction.atomic
def add_person(*, email: str, name: str, password: str, clinic: Clinic, role: Role, at: datetime) -> bool:
    """Give a person a part, from the command line. Whether they are new here. Raises HasPartError."""
    user = User.objects.filter(email__iexact=email).first()
    if user and Membership.objects.filter(user=user, clinic=clinic, ended_at=None).exists():
        raise HasPartError(email)
    person = user or User.objects.create_user(email, password, name=name)
    start_membership(user=person, clinic=clinic, role=role, by=None, at=at)
    return user is None


@transaction.atomic
def start_membership(*, user: User, clinic: Clinic, role: Role, by: User | None, at: datetime) -> Membership:
    """Give `user` a part in `clinic`. `by` is None only where a clinic is being set up from the command line."""
    member = Membership.objects.create(user=user, clinic=clinic, role=role, started_at=at)
    record_act(
        verb="membership.started", subject=member, clinic_id=clinic.pk, by_id=by.pk if by else None, at=at
    )
    return member
