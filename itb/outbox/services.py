"""Putting letters into the outbox, taking the need away, and the pulse."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from itb.accounts.models import Membership
from itb.outbox.models import Heartbeat, Letter


def enqueue(
    *, key: str, recipients: Iterable[Membership], topic: str, template: str, is_critical: bool, at: datetime
) -> None:
    """Owe each recipient the letter `template` from `at` on, once for ever: `key` and recipient make it unique.

    Runs inside the caller's transaction, so that the reason and the letter exist together or not at all.
    """
    Letter.objects.bulk_create(
        [
            Letter(
                key=f"{key}:{recipient.pk}",
                clinic_id=recipient.clinic_id,
                recipient=recipient,
                topic=topic,
                template=template,
                is_critical=is_critical,
                created_at=at,
                due_at=at,
            )
            for recipient in sorted(recipients, key=lambda member: member.pk)
        ],
        ignore_conflicts=True,
    )


def supersede(*, topic: str) -> int:
    """The need of `topic` has ended: take back its letters, but for those that left or are leaving; how many.

    A refused or uncertain one is settled by it too: what it had to say is no longer so.
    """
    state = Letter.State
    ended = [state.PENDING, state.CLAIMED, state.DEAD, state.UNCERTAIN]
    return Letter.objects.filter(topic=topic, state__in=ended).update(
        state=state.SUPERSEDED, lease_until=None
    )


def beat(*, name: str) -> None:
    """Write that the cycle `name` has finished, by PostgreSQL's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO outbox_heartbeat (name, finished_at) VALUES (%s, clock_timestamp())
            ON CONFLICT (name) DO UPDATE SET finished_at = EXCLUDED.finished_at
            """,
            [name],
        )


def pulses() -> dict[str, datetime]:
    """When each cycle last finished."""
    return dict(Heartbeat.objects.values_list("name", "finished_at"))
