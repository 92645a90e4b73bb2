"""What a link in a reminder leads to: saying that one comes, or cannot, once; and wanting no more letters."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from alerts.cadence import Stage
from alerts.reminder_models import Reminder
from itb.accounts.models import Clinic
from itb.accounts.tokens import hashed
from itb.walls import ask_across, inside
from patients.models import Contact
from patients.services import stop_letters
from refills.models import Appointment
from refills.services import confirm_visit, refuse_visit

STOPS_FOR: Final = timedelta(days=90)
"""How long after its letter a link can take consent back. Later than that the clinic is asked."""


class GoneError(Exception):
    """The link was never made, was used, or is too old; or what it was about has ended."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The visit that a link asks about: its day, as those who were written to may know it."""

    clinic: Clinic
    visit: Appointment


def asked(token: str) -> Asked:
    """What is asked. Raises GoneError."""
    with inside(_clinic_of(token)) as at:
        reminder = _open(token, at)
        assert reminder.visit, "what is open is about a visit"
        return Asked(reminder.clinic, reminder.visit)


def answer(*, token: str, comes: bool) -> None:
    """Keep the answer, once. Raises GoneError."""
    with inside(_clinic_of(token)) as at, transaction.atomic():
        reminder = _open(token, at, is_locked=True)
        assert reminder.visit, "what is open is about a visit"
        stands = (
            confirm_visit(visit=reminder.visit, by=None, at=at)
            if comes
            else refuse_visit(visit=reminder.visit, at=at)
        )
        if not stands:
            raise GoneError
        reminder.answer = Reminder.Answer.COMES if comes else Reminder.Answer.CANNOT
        reminder.answered_at = at
        reminder.save(update_fields=["answer", "answered_at"])


def may_stop(token: str) -> None:
    """Raise GoneError where the link stops nothing."""
    with inside(_clinic_of(token)) as at:
        _stoppable(token, at)


def stop(*, token: str) -> None:
    """Take the consent back that the letter came from. Raises GoneError."""
    with inside(_clinic_of(token)) as at, transaction.atomic():
        reminder = _stoppable(token, at)
        stop_letters(contact=reminder.contact, at=at)


def _clinic_of(token: str) -> int:
    """Which clinic a token is of, asked across the walls; all else is read inside that clinic. Raises GoneError."""
    clinic_id = ask_across("alerts_reminded_by", hashed(token))
    if clinic_id is None:
        raise GoneError
    return clinic_id


def _open(token: str, at: datetime, *, is_locked: bool = False) -> Reminder:
    """The reminder of a token that can still be answered, once: of a booked visit whose day has not ended."""
    rows = Reminder.objects.select_related("clinic", "visit__pump", "contact")
    rows = rows.select_for_update(of=("self",)) if is_locked else rows
    found = rows.filter(
        token_hash=hashed(token), answered_at=None, visit__state=Appointment.State.BOOKED
    ).first()
    if found is None or not _is_ahead(found, at) or not _agrees(found):
        raise GoneError
    return found


def _is_ahead(reminder: Reminder, at: datetime) -> bool:
    is_before = reminder.stage in (Stage.FIRST, Stage.LAST)
    assert reminder.visit, "asked of those with a visit"
    return is_before and at.astimezone(reminder.clinic.tz).date() <= reminder.visit.on


def _stoppable(token: str, at: datetime) -> Reminder:
    found = Reminder.objects.select_related("contact").filter(token_hash=hashed(token)).first()
    is_agreed = found is not None and found.contact.channel not in (
        Contact.Channel.NONE,
        Contact.Channel.NOT_ASKED,
    )
    if found is None or not is_agreed or at - found.owed_at > STOPS_FOR:
        raise GoneError
    return found


def _agrees(reminder: Reminder) -> bool:
    """Whether letters may still go to them: not after a death, nor once they have said no."""
    return Contact.objects.told().filter(pk=reminder.contact_id).exists()
