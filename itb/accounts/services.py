"""What can be done about people and clinics."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import available_timezones

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from itb.accounts import attempts, presence
from itb.accounts.models import Clinic, Membership, Notice, SignIn, User
from itb.accounts.permissions import Role
from itb.audit.services import record_act
from itb.walls import ask_across, inside


class NoSuchZoneError(ValueError):
    """A clinic's zone must be one that the world knows: every date of its pumps is computed in it."""

    def __init__(self, zone: str) -> None:
        super().__init__(f"There is no time zone {zone!r}: write it as Europe/London is written.")


class PartElsewhereError(ValueError):
    """The person has a part in another clinic too, whose door is not this clinic's to open."""

    def __init__(self, member: Membership) -> None:
        super().__init__(
            f"{member.user} belongs to another clinic too, whose door this would open as well. A recovery code does"
            " instead; whoever runs the server can take the factors away (manage.py revoke_factors)."
        )


class HasPartError(ValueError):
    """The person has a part in that clinic already."""

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} has a part in this clinic already.")


@transaction.atomic
def set_up_clinic(
    *, name: str, zone: str, phone: str, at: datetime, demands_second_factor: bool = True
) -> Clinic:
    """Make a clinic, from the command line. Raises NoSuchZoneError."""
    if zone not in available_timezones():
        raise NoSuchZoneError(zone)
    clinic = Clinic.objects.create(
        name=name, zone=zone, phone=phone, demands_second_factor=demands_second_factor
    )
    with inside(clinic.pk):
        record_act(verb="clinic.set_up", subject=clinic, clinic_id=clinic.pk, by_id=None, at=at)
    return clinic


@transaction.atomic
def add_person(*, email: str, name: str, clinic: Clinic, role: Role, at: datetime) -> User | None:
    """Give a person a part, from the command line; the person, if new here: without a password. Raises HasPartError."""
    user = User.objects.filter(email__iexact=email).first()
    if user and Membership.objects.filter(user=user, clinic=clinic, ended_at=None).exists():
        raise HasPartError(email)
    person = user or User.objects.create_user(email, name=name)
    start_membership(user=person, clinic=clinic, role=role, by=None, at=at)
    return None if user else person


@transaction.atomic
def start_membership(*, user: User, clinic: Clinic, role: Role, by: User | None, at: datetime) -> Membership:
    """Give `user` a part in `clinic`. `by` is None only where a clinic is being set up from the command line."""
    member = Membership.objects.create(user=user, clinic=clinic, role=role, started_at=at)
    record_act(
        verb="membership.started", subject=member, clinic_id=clinic.pk, by_id=by.pk if by else None, at=at
    )
    return member


@transaction.atomic
def change_role(*, member: Membership, role: Role, by: User | None, at: datetime) -> None:
    """Give a part another role. It holds from the person's next page on. `by` is None for whoever runs the server."""
    member.role = role
    member.save(update_fields=["role"])
    _record("membership.role_changed", member, by, at)


@transaction.atomic
def give_phone(*, member: Membership, phone: str, at: datetime) -> None:
    """Keep the number under which a person is reached. The same number is no change."""
    hold_part(member)
    if Membership.objects.filter(pk=member.pk).exclude(phone=phone).update(phone=phone):
        _record("membership.phone_given", member, member.user, at)


@transaction.atomic
def end_membership(*, member: Membership, by: User | None, at: datetime) -> None:
    """End a part: the clinic is closed to that person from the next page on. What was open is not looked at here."""
    member.ended_at = at
    member.save(update_fields=["ended_at"])
    _record("membership.ended", member, by, at)


def hold_part(member: Membership) -> None:
    """Keep a part from ending until the transaction does. Raises PermissionDenied if it has ended since the door.

    Taken before any lock on a pump, as whoever ends a part takes it before those on what is handed over.
    """
    rows = Membership.objects.select_for_update(of=("self",), no_key=True)
    if not rows.filter(pk=member.pk, ended_at=None).exists():
        raise PermissionDenied


@transaction.atomic
def deactivate_person(*, user: User, clinic_id: int, by: User | None, at: datetime) -> None:
    """Switch an account off: whoever is signed in with it is out with the next page."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    presence.end(user=user, why=SignIn.End.CLOSED, at=at)
    record_act(
        verb="person.deactivated", subject=user, clinic_id=clinic_id, by_id=by.pk if by else None, at=at
    )


@transaction.atomic
def begin_anew(*, user: User, name: str, password: str) -> None:
    """Open an account that is new or was switched off. What opened it before does not: its address may be another's."""
    user.name, user.is_active = name, True
    user.set_password(password)
    user.save()
    Authenticator.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    SignIn.objects.filter(user=user).update(device="")
    attempts.forget(attempts.of_password(user.email), attempts.of_code(user))


def _record(verb: str, member: Membership, by: User | None, at: datetime) -> None:
    by_id = by.pk if by else None
    record_act(verb=verb, subject=member, clinic_id=member.clinic_id, by_id=by_id, at=at)


@transaction.atomic
def demand_second_factor(*, clinic: Clinic, demands: bool, by: User, at: datetime) -> None:
    """Say whether the people of `clinic` need a second factor. Holds from their next request on."""
    Clinic.objects.filter(pk=clinic.pk).update(demands_second_factor=demands)
    verb = "clinic.second_factor_demanded" if demands else "clinic.second_factor_waived"
    record_act(verb=verb, subject=clinic, clinic_id=clinic.pk, by_id=by.pk, at=at)


@transaction.atomic
def change_credential(*, user: User, kind: Notice.Kind, keeping: int, by: User | None, at: datetime) -> None:
    """A password or factor of `user` has changed: end every sign-in but `keeping`, owe a letter, write the trail.

    The trail of the clinic that is open; where none is (a new password by letter), of each that they belong to.
    """
    presence.end(user=user, why=SignIn.End.CREDENTIAL, at=at, but=keeping)
    Notice.objects.create(user=user, kind=kind, at=at)
    if kind == Notice.Kind.PASSWORD:
        attempts.forget(attempts.of_password(user.email))
    # In the clinics' order: the trail's chains are locked so at the commit, and two who do this wait for each other.
    for member in Membership.objects.active().filter(user=user).order_by("clinic"):
        verb, by_id = f"credential.{kind}", by.pk if by else None
        with inside(member.clinic_id, by_id):
            record_act(verb=verb, subject=user, clinic_id=member.clinic_id, by_id=by_id, at=at)


@transaction.atomic
def ask_for_reset(*, users: Iterable[User], at: datetime) -> None:
    """Owe each of `users` (one, or none) a letter with a way to a new password."""
    Notice.objects.bulk_create([Notice(user=user, kind=Notice.Kind.RESET, at=at) for user in users])


def reset_link(*, user: User) -> str:
    """The way to a new password: works once, for an hour from now. Made when the letter leaves, and kept nowhere."""
    names = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return str(settings.SITE_URL) + reverse("account_reset_password_from_key", kwargs=names)


@transaction.atomic
def unlock_person(*, member: Membership, by: User, at: datetime) -> None:
    """Give a colleague's account its tries back."""
    attempts.forget(attempts.of_password(member.user.email), attempts.of_code(member.user))
    record_act(verb="person.unlocked", subject=member, clinic_id=member.clinic_id, by_id=by.pk, at=at)


def has_part_elsewhere(member: Membership) -> bool:
    """Whether the person belongs to another clinic as well; which one is not for this clinic to know."""
    return (ask_across("accounts_parts_of", member.user_id) or 0) > 1


@transaction.atomic
def revoke_factors(*, member: Membership, by: User, at: datetime) -> None:
    """Take a colleague's second factors away, who has lost them: their sign-ins end, and a letter tells them.

    Raises PartElsewhereError where another clinic's door would open with this one's.
    """
    if has_part_elsewhere(member):
        raise PartElsewhereError(member)
    _record("person.factors_revoked", member, by, at)
    _revoke(member.user, by, at)


@transaction.atomic
def revoke_factors_everywhere(*, user: User, at: datetime) -> None:
    """The same for a person of several clinics, in the trail of each. By whoever runs the server: no clinic is open."""
    _revoke(user, None, at)


def _revoke(user: User, by: User | None, at: datetime) -> None:
    Authenticator.objects.filter(user=user).delete()
    change_credential(user=user, kind=Notice.Kind.FACTOR_REMOVED, keeping=0, by=by, at=at)
