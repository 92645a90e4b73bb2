"""What the pages about people show: roles from data, the people with what each has in hand, the clinic's visitors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from alerts.models import Alert
from itb.accounts.models import EmergencyAccess, Grant, Invitation, Membership
from itb.accounts.permissions import EMERGENCY, PARTS, Part, Permission
from itb.outbox.models import Letter
from itb.outbox.services import UNTOLD
from itb.people.grants import confirmers

FORMER_SHOWN: Final = 20
ACCESSES_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role with its code, what it is for, and what it may do, in words."""

    label: str
    code: str
    sentence: str
    may: list[Permission]
    is_told: bool


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A proposed administrator, and whether the reader is one who can decide it."""

    grant: Grant
    may_confirm: bool


@dataclass(frozen=True, slots=True)
class InHand:
    """What would have to go to somebody else."""

    alerts: int
    letters: int


def role_lines() -> list[RoleLine]:
    """Every role, then what emergency access lends."""
    lines = [_line(str(role.label), role.value, part) for role, part in PARTS.items()]
    return [*lines, _line("Emergency access", "emergency", EMERGENCY)]


def people_of(member: Membership, at: datetime) -> dict[str, Any]:
    """Everything on the people's page."""
    everyone = Membership.objects.visible_to(member).select_related("user")
    return {
        "people": everyone.filter(ended_at=None).order_by("user__name", "pk"),
        "former": everyone.filter(ended_at__isnull=False).order_by("-ended_at", "pk")[:FORMER_SHOWN],
        "invitations": Invitation.objects.visible_to(member)
        .open()
        .select_related("invited_by")
        .order_by("pk"),
        "grants": [
            GrantLine(grant, may_confirm(grant, member))
            for grant in Grant.objects.visible_to(member)
            .open()
            .select_related("user", "asked_by")
            .order_by("pk")
        ],
        "accesses": EmergencyAccess.objects.visible_to(member)
        .select_related("opened_by", "ended_by")
        .order_by("-opened_at", "-pk")[:ACCESSES_SHOWN],
        "now": at,
    }


def may_confirm(grant: Grant, member: Membership) -> bool:
    """Whether `member` can be the second person."""
    return confirmers(grant).filter(pk=member.pk).exists()


def in_hand(member: Membership) -> InHand:
    """The alerts a person has in hand, and the letters that have not reached them."""
    held = Alert.objects.visible_to(member).in_hand().filter(acknowledged_by=member.user_id)
    return InHand(held.count(), Letter.objects.filter(recipient=member, state__in=UNTOLD).count())


def _line(label: str, code: str, part: Part) -> RoleLine:
    return RoleLine(label, code, part.sentence, sorted(part.may), part.is_told)
