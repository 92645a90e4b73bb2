"""Opening a clinic that is not one's own, because waiting would do harm: with a reason, briefly, and seen by all."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from itb.accounts.models import Clinic, EmergencyAccess, Membership, User
from itb.accounts.permissions import Permission
from itb.audit.services import record_act
from itb.outbox.services import Owed, enqueue
from itb.people.guard import RefusedError
from itb.walls import inside


def open_emergency(*, clinic: Clinic, reason: str, by: Membership, at: datetime) -> EmergencyAccess:
    """Lend `by` a reading part in `clinic`, and tell its people at once. Raises RefusedError for one's own clinic."""
    with inside(clinic.pk, by.user_id), transaction.atomic():
        here = Membership.objects.active().filter(clinic=clinic)
        if here.filter(user=by.user_id).exists():
            raise RefusedError(f"You belong to {clinic}: choose it at the top of the page.")
        access = EmergencyAccess.objects.create(
            clinic=clinic,
            opened_at=at,
            opened_by=by.user,
            reason=reason,
            expires_at=at + timedelta(minutes=settings.EMERGENCY_MINUTES),
        )
        enqueue(
            Owed(
                key=f"emergency:{access.pk}",
                recipients=here.told() | here.who_may(Permission.PEOPLE),
                topic=f"emergency:{access.pk}",
                template="people/emergency",
                is_critical=True,
                at=at,
            )
        )
        _record("emergency.opened", access, by.user_id, at)
    return access


def end_emergency(*, access: EmergencyAccess, by: User, at: datetime) -> None:
    """End it before its time; what is over already stays as it is."""
    with inside(access.clinic_id, by.pk), transaction.atomic():
        lasting = (
            EmergencyAccess.objects.lasting().select_for_update(of=("self",)).filter(pk=access.pk).first()
        )
        if lasting is None:
            return
        lasting.ended_at, lasting.ended_by = at, by
        lasting.save(update_fields=["ended_at", "ended_by"])
        _record("emergency.ended", lasting, by.pk, at)


def _record(verb: str, access: EmergencyAccess, by_id: int, at: datetime) -> None:
    record_act(verb=verb, subject=access, clinic_id=access.clinic_id, by_id=by_id, at=at)
