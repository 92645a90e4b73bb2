"""What no change among the people of a clinic may lead to: nobody told, nobody in charge."""

from typing import Final

from django.core.exceptions import PermissionDenied

from itb.accounts.models import Membership
from itb.accounts.permissions import PARTS, Role
from itb.outbox.bounces import reachable

FEWEST_TOLD: Final = 2  # one may be ill, on leave, or have a mailbox that refuses


class RefusedError(Exception):
    """What was asked cannot be, and why, in a sentence for the person who asked."""


def stand_in_line(clinic_id: int) -> None:
    """Let one change among the people of a clinic be made at a time, until the transaction ends.

    The key stays free, since the sweep, which owes these people letters, must not wait for a page.
    """
    rows = Membership.objects.select_for_update(of=("self",), no_key=True)
    list(rows.filter(clinic_id=clinic_id, ended_at=None).order_by("pk").values_list("pk"))


def refuse_former(by: Membership) -> None:
    """Raise PermissionDenied for one whose part has ended, or is another, since the door. Asked in line."""
    if not Membership.objects.active().filter(pk=by.pk, role=by.role).exists():
        raise PermissionDenied


def in_line(member: Membership) -> Membership:
    """The part as it is now, with nobody else changing it. Raises RefusedError if it has ended meanwhile."""
    stand_in_line(member.clinic_id)
    found = Membership.objects.select_related("user", "clinic").filter(pk=member.pk, ended_at=None).first()
    if found is None:
        raise RefusedError(f"{member.user} does not belong to this clinic any more.")
    return found


def refuse_emptying(leaving: Membership, role: Role | None) -> None:
    """Raise RefusedError where too few would be told, or nobody in charge, once `leaving` has `role`, or no part."""
    others = Membership.objects.active().filter(clinic_id=leaving.clinic_id).exclude(pk=leaving.pk)
    is_told_later = role is not None and PARTS[role].is_told
    told = reachable(others.told()).count()
    if leaving.part.is_told and not is_told_later and told < FEWEST_TOLD:
        raise RefusedError(
            f"Without {leaving.user} letters about pumps would reach {told} of this clinic, and at least"
            f" {FEWEST_TOLD} must be told. Give someone else the part of nurse or prescriber first."
        )
    is_in_charge = leaving.role == Role.ADMINISTRATOR
    if is_in_charge and role != Role.ADMINISTRATOR and not others.filter(role=Role.ADMINISTRATOR).exists():
        raise RefusedError(
            f"{leaving.user} is the only administrator of this clinic. Propose another one first."
        )
