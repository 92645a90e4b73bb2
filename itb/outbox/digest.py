"""The digest: one letter a person and clinic day, which carries what is no reason for a letter by itself.

It is a row as any letter is, whose key names the day: whoever looks at the morning writes it, once. What it carries is
settled when it is handed over, so that it says what is true then.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from itb.accounts.models import Clinic, Membership
from itb.outbox.models import Letter
from itb.outbox.mornings import last_morning
from itb.outbox.policy import pacing_of
from itb.outbox.services import Owed, enqueue
from itb.outbox.statements import DIGEST

State, Pace = Letter.State, Letter.Pace
FURTHEST: Final = timedelta(
    hours=2
)  # as in itb.outbox.claims: what lies further ahead is a clock that jumped


def readers(*, clinic: Clinic, at: datetime) -> list[Membership]:
    """For whom something has waited since before the last morning, and who has not been owed that morning's digest."""
    day, morning = last_morning(at, pacing_of(clinic).morning_hour, clinic.tz)
    waiting = Letter.objects.filter(clinic=clinic).filter(
        Q(state=State.PENDING, pace=Pace.DIGEST)
        & (Q(created_at__lte=morning) | Q(created_at__gt=at + FURTHEST))
        | Q(state=State.UNCERTAIN, uncertain_at__lte=morning) & ~Q(pace=Pace.ALONE)
    )
    owed = Letter.objects.filter(topic=DIGEST, key__startswith=f"{_key(day)}:")
    people = Membership.objects.active().filter(pk__in=waiting.values("recipient"))
    return list(people.exclude(pk__in=owed.values("recipient")))


@transaction.atomic
def owe_digest(*, clinic: Clinic, to: Iterable[Membership], words: Mapping[str, int], at: datetime) -> None:
    """Owe the digest of the last morning, once: its key says the day."""
    day, _ = last_morning(at, pacing_of(clinic).morning_hour, clinic.tz)
    enqueue(
        Owed(
            key=_key(day), recipients=to, topic=DIGEST, template=DIGEST, is_critical=False, at=at, words=words
        )
    )


def _key(day: date) -> str:
    return f"digest:{day.isoformat()}"
