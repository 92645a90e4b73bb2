"""Changing a person's part in a clinic, and ending it: whatever was open in their hands goes to somebody else."""

from datetime import datetime

from django.db import transaction

from itb.accounts import services as accounts
from itb.accounts.models import Grant, Invitation, Membership, MembershipQuerySet, User
from itb.accounts.permissions import PARTS, Permission, Role
from itb.people import grants, invitations
from itb.people.guard import RefusedError, in_line, refuse_emptying, refuse_former
from itb.people.handover import hand_over
from itb.walls import inside


def successors(leaving: Membership) -> MembershipQuerySet:
    """Who of the clinic can take over what `leaving` has in hand."""
    able = Membership.objects.visible_to(leaving).who_may(Permission.ACKNOWLEDGE)
    return able.exclude(user=leaving.user_id).select_related("user").order_by("user__name", "pk")


@transaction.atomic
def change_role(
    *, member: Membership, role: Role, successor: Membership | None, by: Membership, at: datetime
) -> None:
    """Give `member` another role, but for administrator, which takes two. Raises RefusedError.

    What they may not have in hand any more goes to `successor`; without one it opens again and everyone is told.
    """
    member = in_line(member)
    refuse_former(by)
    if role == Role.ADMINISTRATOR:
        raise RefusedError(
            "An administrator is made by two people: propose it, and a second person confirms it."
        )
    refuse_emptying(member, role)
    accounts.change_role(member=member, role=role, by=by.user, at=at)
    _pass_on(member, successor, role, by, at)


@transaction.atomic
def end_part(
    *, member: Membership, successor: Membership | None, by: Membership | None, at: datetime
) -> None:
    """End a person's part in this clinic; `by` is None for whoever runs the server. Raises RefusedError."""
    member = in_line(member)
    if by:
        refuse_former(by)
    refuse_emptying(member, None)
    accounts.end_membership(member=member, by=by.user if by else None, at=at)
    _pass_on(member, successor, None, by, at)


@transaction.atomic
def deactivate(*, member: Membership, successor: Membership | None, by: Membership, at: datetime) -> None:
    """End a person's part and switch the account off. Raises RefusedError for one who has a part elsewhere too."""
    if accounts.has_part_elsewhere(member):
        raise RefusedError(
            f"{member.user} belongs to another clinic too, which would lose them unasked. End the part in this"
            " clinic instead; whoever runs the server can switch the account off everywhere."
        )
    end_part(member=member, successor=successor, by=by, at=at)
    accounts.deactivate_person(user=member.user, clinic_id=member.clinic_id, by=by.user, at=at)


def deactivate_everywhere(*, user: User, at: datetime) -> int:
    """End every part of a person, clinic by clinic, and switch the account off; how many. For whoever runs the server.

    Raises RefusedError, before anything has changed, where a clinic would be left with too few.
    """
    members = list(Membership.objects.filter(user=user).select_related("user").order_by("pk"))
    lasting = [member for member in members if member.ended_at is None]
    for member in lasting:
        with inside(member.clinic_id):
            refuse_emptying(member, None)
    for member in lasting:
        with inside(member.clinic_id):
            end_part(member=member, successor=None, by=None, at=at)
    if not members:
        raise RefusedError(f"{user} never had a part in a clinic: there is nothing to close.")
    with inside(members[-1].clinic_id):
        accounts.deactivate_person(user=user, clinic_id=members[-1].clinic_id, by=None, at=at)
    return len(lasting)


def _pass_on(
    member: Membership, successor: Membership | None, role: Role | None, by: Membership | None, at: datetime
) -> None:
    hand_over(leaving=member, successor=successor, role=role, by=by, at=at)
    if not (role and Permission.PEOPLE in PARTS[role].may):
        _take_back(member, by, at)


def _take_back(leaving: Membership, by: Membership | None, at: datetime) -> None:
    """What an administrator had begun ends with the part: nobody comes in on the word of one who has left."""
    here = {"clinic_id": leaving.clinic_id}
    for invitation in Invitation.objects.open().filter(invited_by=leaving.user_id, **here):
        invitations.revoke(invitation=invitation, by=by, at=at)
    for grant in Grant.objects.open().filter(asked_by=leaving.user_id, **here):
        grants.close(grant, by, at, is_confirmed=False)
