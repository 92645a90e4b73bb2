"""A letter each clinic morning to two people, also when nothing is due: its absence is the alarm.

It takes the whole way of every other letter. It stands beside the trail's head and is not joined to it: that one is
kept by auditors, this one is missed by those who work.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from alerts import proof
from alerts.models import Alert
from alerts.rules import Tier
from itb.accounts.models import Clinic, Membership
from itb.outbox.models import Letter
from itb.outbox.services import Owed, enqueue
from itb.rounds import in_each_clinic

FROM_HOUR: Final = 5  # so that it lies there by six
TEMPLATE: Final = "watch/morning"


def owe_canaries(*, at: datetime) -> int:
    """Owe this morning's letter in every clinic whose morning has begun without one; how many clinics.

    A clinic in which it cannot be owed is a line in the log, and keeps it from no other.
    """
    return in_each_clinic(_owe, at, failure="canary.unowed")


@transaction.atomic
def _owe(clinic: Clinic, at: datetime) -> bool:
    local = at.astimezone(clinic.tz)
    topic = f"canary:{local.date().isoformat()}"
    if local.hour < FROM_HOUR or Letter.objects.filter(clinic=clinic, topic=topic).exists():
        return False
    found = proof.count(clinic.pk)
    enqueue(
        Owed(
            key=f"{topic}:{clinic.pk}",
            recipients=two_of(clinic),
            topic=topic,
            template=TEMPLATE,
            is_critical=False,
            at=at,
            words={
                "due": due(clinic),
                "monitored": found.monitored,
                "unmonitored": found.monitored - min(found.evaluated, found.covered),
            },
        )
    )
    return True


def due(clinic: Clinic) -> int:
    """How many pumps have an open alert that is more than routine."""
    found = Alert.objects.open().filter(clinic=clinic, tier__gte=Tier.DUE)
    return found.values("pump").distinct().count()


def two_of(clinic: Clinic) -> Sequence[Membership]:
    """Two who are told of pumps; where one is missing, others of the clinic."""
    here = Membership.objects.active().filter(clinic=clinic).order_by("pk")
    told = list(here.told())
    rest = [each for each in here if each not in told]
    return [*told, *rest][:2]
