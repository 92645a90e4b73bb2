"""Putting letters into the outbox, taking the need away, letting them leave again after a break, and the pulse."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import QuerySet

from itb.accounts.models import Invitation, Membership
from itb.audit.services import record_act
from itb.outbox.models import Epoch, Heartbeat, Hook, Letter, Policy
from itb.outbox.policy import Pacing

State = Letter.State
BEAT: Final = """
INSERT INTO outbox_heartbeat (name, finished_at) VALUES ('clock', clock_timestamp()), (%s, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET finished_at = CASE WHEN outbox_heartbeat.name = 'clock'
    THEN greatest(outbox_heartbeat.finished_at, EXCLUDED.finished_at) ELSE EXCLUDED.finished_at END
"""
UNTOLD = (State.PENDING, State.CLAIMED, State.DEAD, State.BOUNCED, State.UNCERTAIN)
"""Where a letter stands that nobody may have read."""
Pace = Letter.Pace
ALLOWED: Final = {
    "trail/head": {"head", "count"},
    "letters/digest": {"monitored", "unmonitored"},
    "watch/morning": {"due", "monitored", "unmonitored"},
}
"""What a letter may be filled with by whoever owes it, by its template. None of it is about anyone."""
PACES: Final = {
    "alerts/routine": Pace.DIGEST,
    "alerts/due": Pace.DIGEST,
    "alerts/urgent": Pace.BUDGET,
    "patients/leaving": Pace.BUDGET,
    "people/asked": Pace.BUDGET,
}
"""With which others a letter that is not critical may leave. One that does not stand here leaves by itself."""
FOR_HOOKS: Final = frozenset({"alerts/critical", "alerts/urgent"})
"""What a clinic's webhook is told of too: what cannot wait until somebody reads their mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """The letter `template`, owed to each recipient from `at` on, once for ever: `key` and recipient make it unique.

    `words` fill the template: those that ALLOWED names for it, and no others. `pace` is another one than its words have
    in PACES; a critical letter takes none.
    """

    key: str
    recipients: Iterable[Membership]
    topic: str
    template: str
    is_critical: bool
    at: datetime
    words: Mapping[str, str | int] = field(default_factory=dict)
    pace: Letter.Pace | None = None

    def letters(self, hooks: Iterable[Hook]) -> Iterator[Letter]:
        """One to each recipient, and where the words cannot wait one to each of `hooks` of their clinics."""
        assert self.words.keys() == ALLOWED.get(self.template, set()), (
            "a letter says nothing but what its template is allowed"
        )
        people = sorted(self.recipients, key=lambda member: member.pk)
        pace = Pace.AT_ONCE if self.is_critical else self.pace or PACES.get(self.template, Pace.ALONE)
        for each in people:
            key = f"{self.key}:{each.pk}"
            yield self._letter(key=key, clinic_id=each.clinic_id, recipient=each, pace=pace)
        if self.template in FOR_HOOKS:
            clinics = {each.clinic_id for each in people}
            for hook in hooks:
                if hook.clinic_id in clinics:
                    key = f"{self.key}:hook:{hook.pk}"
                    yield self._letter(key=key, clinic_id=hook.clinic_id, hook=hook, pace=Pace.AT_ONCE)

    def _letter(self, **whose: Any) -> Letter:
        return Letter(
            topic=self.topic,
            template=self.template,
            words=dict(self.words),
            is_critical=self.is_critical,
            created_at=self.at,
            due_at=self.at,
            **whose,
        )


def enqueue(*owed: Owed) -> None:
    """Owe these letters, inside the caller's transaction: the reason and the letter exist together or not at all."""
    hooks = list(Hook.objects.open()) if any(each.template in FOR_HOOKS for each in owed) else []
    letters = [letter for each in owed for letter in each.letters(hooks)]
    Letter.objects.bulk_create(letters, ignore_conflicts=True)


def enqueue_invitation(*, invitation: Invitation, at: datetime) -> None:
    """Owe an invited address its letter: the only one that goes to somebody without a part in a clinic."""
    topic = f"invitation:{invitation.pk}"
    Letter.objects.create(
        key=topic,
        clinic_id=invitation.clinic_id,
        invitation=invitation,
        topic=topic,
        template="people/invitation",
        created_at=at,
        due_at=at,
    )


def enqueue_to_address(
    *, key: str, clinic_id: int, address: str, nonce: str, template: str, at: datetime
) -> None:
    """Owe an address outside the clinic a letter: fixed words, and links whose token is made from `nonce`.

    Whoever agreed to such letters is known above. What ends the need takes them back in the same transaction, by key.
    """
    Letter.objects.create(
        key=key,
        clinic_id=clinic_id,
        to_address=address,
        nonce=nonce,
        topic=key,
        template=template,
        created_at=at,
        due_at=at,
    )


def supersede(*, topic: str) -> int:
    """The need of `topic` has ended: take back its letters, but for those that left or are leaving; how many.

    A refused or uncertain one is settled by it too: what it had to say is no longer so.
    """
    return _supersede(Letter.objects.filter(topic=topic, state__in=UNTOLD))


def hand_over_letters(*, leaving: Membership, successors: Iterable[Membership], at: datetime) -> int:
    """Owe what has not reached `leaving` about alerts to the successors, each once, and take the rest back; how many.

    A successor who was told of the same thing already is not told twice: the key says so.
    """
    heirs = list(successors)
    letters = Letter.objects.filter(recipient=leaving, state__in=UNTOLD)
    enqueue(
        *[
            Owed(
                key=letter.key.removesuffix(f":{leaving.pk}"),
                recipients=heirs,
                topic=letter.topic,
                template=letter.template,
                is_critical=letter.is_critical,
                at=at,
            )
            for letter in letters.filter(topic__startswith="alert:")
        ]
    )
    return _supersede(letters)


def _supersede(letters: QuerySet[Letter]) -> int:
    return letters.update(state=Letter.State.SUPERSEDED, lease_until=None)


@transaction.atomic
def resume_sending(*, by: Membership, at: datetime) -> bool:
    """Say that the database as it stands is the one to go on with; whether there was anything to say.

    A worker then settles what waits, clinic by clinic (`itb.outbox.epoch`), and letters leave again.
    """
    epochs = list(Epoch.objects.select_for_update().filter(confirmed_at=None))
    for epoch in epochs:
        epoch.confirmed_at, epoch.confirmed_by = at, by.user
        epoch.save(update_fields=["confirmed_at", "confirmed_by"])
        record_act(verb="sending.resumed", subject=epoch, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return bool(epochs)


@transaction.atomic
def change_pacing(*, pacing: Pacing, because: str = "", by: Membership, at: datetime) -> Policy:
    """Set when the clinic's digest leaves, and how many letters a person gets a day."""
    policy, _ = Policy.objects.update_or_create(
        clinic=by.clinic, defaults={**asdict(pacing), "changed_because": because}
    )
    record_act(verb="policy.changed", subject=policy, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return policy


def beat(*, name: str) -> None:
    """Write that the cycle `name` has finished, by PostgreSQL's clock; and how far that clock has ever come."""
    with connection.cursor() as cursor:
        cursor.execute(BEAT, [name])


def pulses() -> dict[str, datetime]:
    """When each cycle last finished."""
    return dict(Heartbeat.objects.values_list("name", "finished_at"))
