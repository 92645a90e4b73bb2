"""Letters for tests: owed, made due, and read as they arrived."""

from datetime import datetime, timedelta
from email.message import Message

from django.db import connection

from itb import clock
from itb.accounts.models import Membership
from itb.outbox.models import Letter
from itb.outbox.services import Owed, enqueue


def owe(to: Membership, tier: str, number: int, *, at: datetime | None = None) -> Letter:
    """A letter to one person about alert `number`, as the ledger owes it."""
    enqueue(
        Owed(
            key=f"alert:{number}:event:1",
            recipients=[to],
            topic=f"alert:{number}",
            template=f"alerts/{tier}",
            is_critical=tier == "critical",
            at=at or clock.now(),
        )
    )
    return Letter.objects.get(key=f"alert:{number}:event:1:{to.pk}")


def due_now() -> None:
    """Time passes: back-off and lease run out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox_letter SET due_at = clock_timestamp(), lease_until = clock_timestamp()"
            " WHERE lease_until IS NOT NULL OR state = 'pending'"
        )


def ago(**past: float) -> None:
    """What was owed, handed over or left uncertain was so that long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox_letter SET created_at = created_at - %(t)s, handed_at = handed_at - %(t)s,"
            " uncertain_at = uncertain_at - %(t)s",
            {"t": timedelta(**past)},
        )


def states() -> dict[str, str]:
    """Where each letter stands, by what it is about."""
    return dict(Letter.objects.values_list("topic", "state"))


def text_of(message: Message) -> str:
    """The plain words."""
    (text,) = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    return str(text.get_payload(decode=True), "utf-8").replace("\r\n", "\n")  # type: ignore[arg-type]
