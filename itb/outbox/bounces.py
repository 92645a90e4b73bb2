"""Letters that were refused for good or came back: the address is marked, and the next person is told at once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from itb.accounts.models import Membership
from itb.audit.services import record_act
from itb.outbox.models import Bounce, Letter
from itb.outbox.services import Owed, enqueue

State = Letter.State
CAME_BACK: Final = frozenset({State.SENT, State.UNCERTAIN, State.HANDING_OVER})
"""Where a letter may stand whose return arrives. One that is to go again goes: it may be luckier."""


def reachable(people: QuerySet[Membership]) -> QuerySet[Membership]:
    """Those of them to whom letters do not come back."""
    return people.exclude(pk__in=Bounce.objects.open().values("recipient"))


@transaction.atomic
def come_back(*, envelope: int, status: str, at: datetime) -> int:
    """What left under the key of letter `envelope` came back with this status; how many letters. Twice is once."""
    left = Letter.objects.select_for_update(of=("self",)).filter(envelope=envelope, state__in=CAME_BACK)
    letters = list(left.order_by("id"))
    trouble = f"It came back ({status})"
    Letter.objects.filter(pk__in=[letter.pk for letter in letters]).update(
        state=State.BOUNCED, trouble=trouble, lease_until=None
    )
    fall_to_others(letters=letters, trouble=trouble, at=at)
    return len(letters)


def fall_to_others(*, letters: Iterable[Letter], trouble: str, at: datetime) -> None:
    """Mark the addresses of these letters, and tell somebody else of each thing that they were about.

    Runs in the transaction that says that the letters will not arrive.
    """
    for letter in letters:
        if letter.recipient_id:
            _mark(letter, trouble, at)
    for letter in letters:
        if letter.recipient_id and letter.topic.startswith("alert:"):
            _tell_next(letter, at)


def _mark(letter: Letter, trouble: str, at: datetime) -> None:
    assert letter.recipient, "an address is a person's"
    Bounce.objects.get_or_create(
        recipient=letter.recipient,
        address=letter.recipient.user.email,
        confirmed_at=None,
        defaults={"clinic_id": letter.clinic_id, "found_at": at, "trouble": trouble},
    )


def _tell_next(letter: Letter, at: datetime) -> None:
    """Owe the same thing to the first of those who are told, can be reached, and have not been owed it."""
    base = letter.key.removesuffix(f":{letter.recipient_id}")
    owed = Letter.objects.filter(topic=letter.topic, key__startswith=f"{base}:").values("recipient")
    told = Membership.objects.told().filter(clinic_id=letter.clinic_id).exclude(pk__in=owed)
    enqueue(
        Owed(
            key=base,
            recipients=reachable(told).order_by("pk")[:1],
            topic=letter.topic,
            template=letter.template,
            is_critical=letter.is_critical,
            at=at,
        )
    )


@transaction.atomic
def confirm_address(*, by: Membership, at: datetime) -> bool:
    """Say that letters reach `by` at the address that is known; whether there was anything to say."""
    found = Bounce.objects.select_for_update(of=("self",)).open().filter(recipient=by.pk)
    bounces = list(found)
    for bounce in bounces:
        bounce.confirmed_at = at
        bounce.save(update_fields=["confirmed_at"])
        record_act(verb="address.confirmed", subject=bounce, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return bool(bounces)
