"""What a person had in hand goes to somebody else: alerts they had acknowledged, letters still to reach them."""

from datetime import datetime

from alerts.services import hand_over_alerts, tell_instead
from itb.accounts.models import Membership
from itb.accounts.permissions import PARTS, Permission, Role
from itb.outbox.services import hand_over_letters
from refills.followups import hand_over_followups


def hand_over(
    *,
    leaving: Membership,
    successor: Membership | None,
    role: Role | None,
    by: Membership | None,
    at: datetime,
) -> None:
    """Pass on what `leaving` may not have in hand as `role`, or with no part at all.

    To `successor`; without one alerts open again and everyone who is told hears of it. Runs inside the transaction
    that changes the part, so that nothing is ever in the hands of one who has left.
    """
    part = PARTS[role] if role else None
    if not (part and Permission.ACKNOWLEDGE in part.may):
        hand_over_alerts(leaving=leaving, successor=successor, by=by, at=at)
        hand_over_followups(leaving=leaving, successor=successor, by=by, at=at)
    if not (part and part.is_told):
        told = Membership.objects.told().filter(clinic_id=leaving.clinic_id)
        hand_over_letters(leaving=leaving, successors=[successor] if successor else told, at=at)
        tell_instead(leaving=leaving, at=at)
