"""The section of the clinic's policy that says when patients are written to."""

from dataclasses import asdict
from datetime import datetime
from typing import Final

from django.db import transaction

from alerts.cadence import Cadence, cadence_of
from alerts.reminder_models import CadencePolicy
from itb.accounts.models import Membership
from itb.audit.services import record_act
from patients.models import Contact
from refills.models import Projection
from refills.section import Section, about_of


@transaction.atomic
def change_cadence(*, settings: Cadence, because: str, by: Membership, at: datetime) -> CadencePolicy:
    """Set when patients are written to. What was written already is not written again."""
    policy, _ = CadencePolicy.objects.update_or_create(
        clinic=by.clinic, defaults={**asdict(settings), "changed_because": because}
    )
    Projection.objects.visible_to(by).look_again(at)
    record_act(verb="policy.changed", subject=policy, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return policy


def _reached(member: Membership, cadence: Cadence, at: datetime) -> list[str]:
    """Whom the clinic writes to, whatever the days are."""
    agreed = Contact.objects.visible_to(member).told().filter(channel=Contact.Channel.EMAIL)
    watched = Projection.objects.visible_to(member).active()
    called = watched.exclude(pump__patient__in=agreed.values("patient")).count()
    return [
        f"{agreed.count()} people near {watched.count() - called} patients have agreed to e-mail and are written to.",
        f"Nobody near {called} patients has: someone calls them. What was sent already is not sent again.",
    ]


CADENCE: Final = Section(
    name="patients",
    title="Letters to patients",
    sentence="When a patient and the people near them are written to about a visit: each step once, to those alone who "
    "agreed to e-mail. The letters say nothing of what the visit is for. Where no visit is booked at the urgent step, "
    "they are asked to call.",
    url_name="alerts:cadence",
    kind=Cadence,
    about=about_of(Cadence),
    row=CadencePolicy,
    read=cadence_of,
    keep=lambda settings, because, by, at: change_cadence(settings=settings, because=because, by=by, at=at),
    preview=_reached,
)
