"""What can be done about people and clinics."""

from datetime import datetime

from django.db import transaction

from itb.accounts.models import Clinic, Membership, User
from itb.accounts.permissions import Role
from itb.audit.services import record_act


@transaction.atomic
def start_membership(*, user: User, clinic: Clinic, role: Role, by: User | None, at: datetime) -> Membership:
    """Give `user` a part in `clinic`. `by` is None only where a clinic is being set up from the command line."""
    member = Membership.objects.create(user=user, clinic=clinic, role=role, started_at=at)
    record_act(
        verb="membership.started", subject=member, clinic_id=clinic.pk, by_id=by.pk if by else None, at=at
    )
    return member
