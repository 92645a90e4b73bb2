"""What is done about something that a refill left to be looked into: closed with a result, or handed on."""

from datetime import datetime

from django.db import transaction

from itb.accounts.models import Membership
from itb.audit.services import record_act
from patients.models import Pump
from refills.models import Followup
from refills.projection import store_projection


class FollowupClosedError(Exception):
    """Someone has written down what came of it while the form was open."""


@transaction.atomic
def close_followup(*, followup: Followup, result: str, by: Membership, at: datetime) -> Followup:
    """Write down what came of it. Its alert closes with the next look. Raises FollowupClosedError."""
    pump = _lock(followup)
    followup = Followup.objects.select_for_update(of=("self",)).get(pk=followup.pk)
    if followup.closed_at is not None:
        raise FollowupClosedError
    followup.closed_at, followup.closed_by, followup.result = at, by.user, result
    followup.save()
    store_projection(pump, at)
    record_act(verb="followup.closed", subject=followup, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return followup


@transaction.atomic
def hand_over_followups(
    *, leaving: Membership, successor: Membership | None, by: Membership | None, at: datetime
) -> int:
    """Give what `leaving` owns in the clinic to `successor`, else to whoever opened it; how many it was.

    Where that is the one who leaves, it stays in that name: the alert goes on, and everyone who is told hears of it.
    """
    found = Followup.objects.visible_to(leaving).open().filter(owner=leaving.user_id)
    for followup in found.select_related("opened_by").order_by("pump_id"):
        pump = _lock(followup)
        followup.owner = successor.user if successor else followup.opened_by
        followup.save(update_fields=["owner"])
        store_projection(pump, at)
        by_id = by.user_id if by else None
        record_act(
            verb="followup.handed_over", subject=followup, clinic_id=leaving.clinic_id, by_id=by_id, at=at
        )
    return len(found)


def _lock(followup: Followup) -> Pump:
    """The pump, locked as every writer of its facts locks it."""
    pumps = Pump.objects.select_for_update(of=("self",), no_key=True)
    return pumps.select_related("patient__clinic__refill_policy").get(pk=followup.pump_id)
