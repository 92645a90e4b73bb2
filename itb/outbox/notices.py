"""Letters to a person about their own account: each notice that accounts has left becomes one, with fixed words."""

from datetime import datetime
from typing import Final

from django.db import transaction

from itb.accounts.models import Membership, Notice
from itb.outbox.services import Owed, enqueue
from itb.walls import inside

BATCH: Final = 50
RESET: Final = f"accounts/{Notice.Kind.RESET}"


def owe_notices(*, at: datetime) -> int:
    """Owe a letter for each notice that waits; how many. Who belongs to no clinic any more is not written to."""
    waiting = list(Notice.objects.filter(taken_at=None).order_by("id")[:BATCH])
    for notice in waiting:
        home = Membership.objects.active().filter(user=notice.user_id).order_by("pk").first()
        if home:
            with inside(home.clinic_id), transaction.atomic():
                _take(notice, [home], at)
        else:
            _take(notice, [], at)
    return len(waiting)


def _take(notice: Notice, recipients: list[Membership], at: datetime) -> None:
    """Make a letter of a notice, if no other worker has just done so."""
    if Notice.objects.filter(pk=notice.pk, taken_at=None).update(taken_at=at):
        enqueue(
            Owed(
                key=f"notice:{notice.pk}",
                recipients=recipients,
                topic=f"notice:{notice.pk}",
                template=f"accounts/{notice.kind}",
                is_critical=False,
                at=at,
            )
        )
