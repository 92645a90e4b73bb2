"""A new administrator takes two: one asks, a second confirms; neither is the one who gains it (docs/decisions/0010)."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from itb.accounts import services as accounts
from itb.accounts.models import Grant, GrantQuerySet, Membership, MembershipQuerySet
from itb.accounts.permissions import Permission, Role
from itb.audit.services import record_act
from itb.outbox.services import Owed, enqueue, supersede
from itb.people.guard import RefusedError, in_line, refuse_emptying, refuse_former, stand_in_line
from itb.people.handover import hand_over

LASTS: Final = timedelta(days=7)


def confirmers(grant: Grant) -> MembershipQuerySet:
    """Who can be the second person: another administrator; where there is only one at all, a prescriber."""
    here = Membership.objects.active().filter(clinic_id=grant.clinic_id)
    others = here.who_may(Permission.CONFIRM).exclude(user__in=[grant.asked_by_id, grant.user_id])
    in_charge = here.filter(role=Role.ADMINISTRATOR)
    return others.filter(role=Role.ADMINISTRATOR) if in_charge.count() > 1 else others


@transaction.atomic
def ask(*, member: Membership, by: Membership, at: datetime) -> Grant:
    """Ask that `member` become administrator, and tell those who can confirm it. Raises RefusedError."""
    member = in_line(member)
    refuse_former(by)
    if member.role == Role.ADMINISTRATOR:
        raise RefusedError(f"{member.user} is an administrator already.")
    if member.user_id == by.user_id:
        raise RefusedError("Nobody proposes themselves.")
    refuse_emptying(member, Role.ADMINISTRATOR)
    for earlier in Grant.objects.visible_to(by).filter(user=member.user, closed_at=None):
        close(earlier, by, at, is_confirmed=False)
    grant = Grant.objects.create(
        clinic_id=by.clinic_id, user=member.user, asked_at=at, asked_by=by.user, expires_at=at + LASTS
    )
    enqueue(
        Owed(
            key=f"grant:{grant.pk}",
            recipients=confirmers(grant),
            topic=f"grant:{grant.pk}",
            template="people/asked",
            is_critical=False,
            at=at,
        )
    )
    record_act(verb="administrator.asked", subject=grant, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return grant


@transaction.atomic
def confirm(*, grant: Grant, by: Membership | None, at: datetime) -> None:
    """Be the second person; `by` is None for whoever runs the server. Raises RefusedError."""
    member = in_line(_part_of(grant))
    _refuse_decided(Grant.objects.open(), grant)
    if by and by.pk not in confirmers(grant).values_list("pk", flat=True):
        raise RefusedError("Another administrator confirms this; where there is none, a prescriber.")
    refuse_emptying(member, Role.ADMINISTRATOR)
    close(grant, by, at, is_confirmed=True)
    accounts.change_role(member=member, role=Role.ADMINISTRATOR, by=by.user if by else None, at=at)
    hand_over(leaving=member, successor=None, role=Role.ADMINISTRATOR, by=by, at=at)


@transaction.atomic
def decline(*, grant: Grant, by: Membership, at: datetime) -> None:
    """Say no, or take one's own proposal back. Raises RefusedError."""
    stand_in_line(grant.clinic_id)
    _refuse_decided(Grant.objects.filter(closed_at=None), grant)
    close(grant, by, at, is_confirmed=False)


def close(grant: Grant, by: Membership | None, at: datetime, *, is_confirmed: bool) -> None:
    """Write how it ended, and take back the letters that ask."""
    grant.closed_at, grant.closed_by, grant.is_confirmed = at, by.user if by else None, is_confirmed
    grant.save(update_fields=["closed_at", "closed_by", "is_confirmed"])
    supersede(topic=f"grant:{grant.pk}")
    record_act(
        verb="administrator.confirmed" if is_confirmed else "administrator.declined",
        subject=grant,
        clinic_id=grant.clinic_id,
        by_id=by.user_id if by else None,
        at=at,
    )


def _refuse_decided(among: GrantQuerySet, grant: Grant) -> None:
    if not among.filter(pk=grant.pk).exists():
        raise RefusedError("This was decided already, or is too old. It can be asked again.")


def _part_of(grant: Grant) -> Membership:
    found = Membership.objects.filter(user=grant.user_id, clinic_id=grant.clinic_id, ended_at=None)
    member = found.select_related("user").first()
    if member is None:
        raise RefusedError("The person does not belong to this clinic any more.")
    return member
