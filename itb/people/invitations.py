"""Inviting a person by e-mail, taking that back, and accepting it. The link works once, for seven days."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from itb.accounts import services as accounts
from itb.accounts.models import Invitation, InvitationQuerySet, Membership, User
from itb.accounts.permissions import Role
from itb.accounts.tokens import fresh_nonce, hashed, token_of
from itb.audit.services import record_act
from itb.outbox.services import enqueue_invitation, supersede
from itb.people.guard import RefusedError, refuse_former, stand_in_line
from itb.walls import ask_across, inside

LASTS: Final = timedelta(days=7)


class GoneError(Exception):
    """The invitation was accepted, taken back, or is too old."""


@transaction.atomic
def invite(*, email: str, role: Role, by: Membership, at: datetime) -> Invitation:
    """Owe `email` a letter with a link. What happens is the same whether the address has an account or not.

    An earlier invitation of the address ends. Raises RefusedError for one who belongs to the clinic already.
    """
    stand_in_line(by.clinic_id)
    refuse_former(by)
    if Membership.objects.active().filter(clinic_id=by.clinic_id, user__email__iexact=email).exists():
        raise RefusedError(f"{email} belongs to this clinic already.")
    earlier = Invitation.objects.visible_to(by).filter(email__iexact=email, accepted_at=None, revoked_at=None)
    for invitation in earlier:
        revoke(invitation=invitation, by=by, at=at)
    nonce = fresh_nonce()
    invitation = Invitation.objects.create(
        clinic_id=by.clinic_id,
        email=email.strip().lower(),
        role=role,
        nonce=nonce,
        token_hash=hashed(token_of(nonce)),
        invited_at=at,
        invited_by=by.user,
        expires_at=at + LASTS,
    )
    enqueue_invitation(invitation=invitation, at=at)
    _record("person.invited", invitation, by.user_id, at)
    return invitation


@transaction.atomic
def revoke(*, invitation: Invitation, by: Membership | None, at: datetime) -> None:
    """Take an invitation back: its link stops working, and a letter that has not left stays. Raises GoneError."""
    invitation = _in_line(Invitation.objects.filter(accepted_at=None, revoked_at=None), invitation)
    invitation.revoked_at, invitation.revoked_by = at, by.user if by else None
    invitation.save(update_fields=["revoked_at", "revoked_by"])
    supersede(topic=f"invitation:{invitation.pk}")
    _record("invitation.revoked", invitation, by.user_id if by else None, at)


def find(token_hash: str) -> Invitation | None:
    """The open invitation of a token. Which clinic it is of is asked across the walls; all else inside that clinic."""
    clinic_id = ask_across("accounts_invited_to", token_hash)
    if clinic_id is None:
        return None
    with inside(clinic_id):
        return Invitation.objects.open().select_related("clinic").filter(token_hash=token_hash).first()


def account_of(invitation: Invitation) -> User | None:
    """The account that the address has, if it can sign in. One that was switched off begins anew."""
    return User.objects.filter(email__iexact=invitation.email, is_active=True).first()


def welcome(*, invitation: Invitation, name: str, password: str, at: datetime) -> User:
    """Make the account of an address that has none, or switch an old one on again, and accept. Raises GoneError."""
    with inside(invitation.clinic_id), transaction.atomic():
        _in_line(Invitation.objects.open(), invitation)
        user = User.objects.filter(email__iexact=invitation.email).first() or User(email=invitation.email)
        if user.pk and (user.is_active or ask_across("accounts_parts_of", user.pk)):
            raise GoneError  # a link sets nobody's password, and opens no clinic but the one that invites
        accounts.begin_anew(user=user, name=name, password=password)
        accept(invitation=invitation, user=user, at=at)
    return user


def accept(*, invitation: Invitation, user: User, at: datetime) -> None:
    """Give `user`, whose address was invited, the part. Raises GoneError."""
    with inside(invitation.clinic_id, user.pk), transaction.atomic():
        stand_in_line(invitation.clinic_id)
        invitation = _in_line(Invitation.objects.open(), invitation)
        invitation.accepted_at, invitation.accepted_by = at, user
        invitation.save(update_fields=["accepted_at", "accepted_by"])
        _record("invitation.accepted", invitation, user.pk, at)
        here = Membership.objects.filter(user=user, clinic_id=invitation.clinic_id, ended_at=None)
        if not here.exists():
            accounts.start_membership(
                user=user,
                clinic=invitation.clinic,
                role=Role(invitation.role),
                by=invitation.invited_by,
                at=at,
            )


def _in_line(among: InvitationQuerySet, invitation: Invitation) -> Invitation:
    """The invitation, if it is still `among` these, with nobody else at it. Raises GoneError."""
    rows = among.select_for_update(of=("self",)).select_related("clinic", "invited_by")
    found = rows.filter(pk=invitation.pk).first()
    if found is None:
        raise GoneError
    return found


def _record(verb: str, invitation: Invitation, by_id: int | None, at: datetime) -> None:
    record_act(verb=verb, subject=invitation, clinic_id=invitation.clinic_id, by_id=by_id, at=at)
