"""The head of each clinic's trail leaves the database once a clinic day, by a letter to two people.

Whoever owns the database can write all of the trail anew; what already lies in two mailboxes they cannot.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.db import transaction

from itb.accounts.models import Clinic, Membership
from itb.accounts.permissions import Role
from itb.audit.chain import head_of
from itb.outbox.models import Letter
from itb.outbox.services import Owed, enqueue
from itb.rounds import in_each_clinic

TEMPLATE: Final = "trail/head"
FIRST: Final = (Role.AUDITOR.value, Role.ADMINISTRATOR.value)


def owe_heads(*, at: datetime) -> int:
    """Owe today's letter in every clinic whose day has begun without one; how many clinics.

    A clinic in which it cannot be owed is a line in the log, and keeps it from no other.
    """
    return in_each_clinic(_owe, at, failure="head.unowed")


@transaction.atomic
def _owe(clinic: Clinic, at: datetime) -> bool:
    """Owe the clinic's letter of the day, once: its key says the day, and what stands in it stays."""
    topic = topic_of(at.astimezone(clinic.tz).date())
    if Letter.objects.filter(clinic=clinic, topic=topic).exists():
        return False
    head = head_of(clinic.pk)
    if head is None:
        return False
    enqueue(
        Owed(
            key=f"{topic}:{clinic.pk}",
            recipients=two_of(clinic),
            topic=topic,
            template=TEMPLATE,
            is_critical=False,
            at=at,
            words={"head": str(head), "count": head.sequence},
        )
    )
    return True


def topic_of(day: date) -> str:
    """What the letter is about: the head of that day."""
    return f"trail:{day.isoformat()}"


def two_of(clinic: Clinic) -> Sequence[Membership]:
    """An auditor and an administrator; where one is missing, others of the clinic, those first who are told anyway."""
    here = Membership.objects.active().filter(clinic=clinic).order_by("pk")
    people = list(here)
    told = set(here.told().values_list("pk", flat=True))
    firsts = [next((each for each in people if each.role == role), None) for role in FIRST]
    chosen = [each for each in firsts if each]
    rest = sorted((each for each in people if each not in chosen), key=lambda each: each.pk not in told)
    return [*chosen, *rest][:2]
