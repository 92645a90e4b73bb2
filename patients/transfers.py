"""A patient moves to another clinic: offered here, accepted there; until then here, and watched here."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from django.db import connection, transaction

from itb.accounts.models import Clinic, Membership
from itb.audit.services import record_act
from itb.walls import inside
from patients.models import Offer, Patient
from patients.services import MovedError

LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is heard or read as another
LENGTH: Final = 10


class NoSuchOfferError(Exception):
    """Nothing is offered to this clinic under that code for someone born on that day."""


@dataclass(frozen=True, slots=True)
class Offered:
    """That somebody is offered to the open clinic: from where and since when, and nothing else."""

    clinic: Clinic
    at: datetime


@transaction.atomic
def offer_patient(*, patient: Patient, to: Clinic, reason: str, by: Membership, at: datetime) -> str:
    """Offer a patient; the code by which they are accepted, kept nowhere. Raises MovedError for a second offer."""
    locked = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if locked.offers.open().exists():
        raise MovedError
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    offer = Offer.objects.create(
        patient=locked,
        clinic=by.clinic,
        to_clinic=to,
        reason=reason,
        code_hash=_hash(code),
        offered_at=at,
        offered_by=by.user,
    )
    record_act(verb="offer.made", subject=offer, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return code


@transaction.atomic
def withdraw_offer(*, offer: Offer, by: Membership, at: datetime) -> None:
    """Take an offer back: its code opens nothing. What was answered meanwhile stays so. Raises MovedError."""
    open_offers = Offer.objects.open().select_for_update(of=("self",))
    found = open_offers.filter(pk=offer.pk).first()
    if found is None:
        raise MovedError
    found.outcome, found.closed_at, found.closed_by = Offer.Outcome.WITHDRAWN.value, at, by.user
    found.save(update_fields=["outcome", "closed_at", "closed_by"])
    record_act(verb="offer.withdrawn", subject=found, clinic_id=by.clinic_id, by_id=by.user_id, at=at)


def offers_to(member: Membership) -> list[Offered]:
    """What waits for an answer of the open clinic. It tells nothing of the patients."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clinic, offered_at FROM patients_offers_to_open_clinic()")
        waiting = cursor.fetchall()
    clinics = Clinic.objects.in_bulk([clinic for clinic, _ in waiting])
    return [Offered(clinics[clinic], at) for clinic, at in waiting]


def accept_patient(*, code: str, born: date, record_number: str, by: Membership, at: datetime) -> Patient:
    """Take over the patient, with everything that was ever recorded. Raises NoSuchOfferError.

    Raises IntegrityError where the record number, or the pump, is another patient's here.
    """
    with transaction.atomic():
        patient_id, giver = _answer(code, born, record_number, by)
        patient = Patient.objects.get(pk=patient_id)
        record_act(verb="patient.accepted", subject=patient, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
        _tell_giver(patient, giver, "patient.handed_over", by, at)
    return patient


def decline_patient(*, code: str, born: date, by: Membership, at: datetime) -> None:
    """Say that the patient is not taken: they stay where they are. Raises NoSuchOfferError."""
    with transaction.atomic():
        patient_id, giver = _answer(code, born, None, by)
        patient = Patient(pk=patient_id)
        record_act(
            verb="patient.refused", subject=Clinic(pk=giver), clinic_id=by.clinic_id, by_id=by.user_id, at=at
        )
        _tell_giver(patient, giver, "offer.declined", by, at)


def _answer(code: str, born: date, number: str | None, by: Membership) -> tuple[int, int]:
    with connection.cursor() as cursor:
        values = (_hash(code), born, number, by.user_id)
        cursor.execute("SELECT patient, giver FROM patients_answer_offer(%s, %s, %s, %s)", values)
        found: tuple[int, int] | None = cursor.fetchone()
    if found is None:
        raise NoSuchOfferError
    return found


def _tell_giver(patient: Patient, giver: int, verb: str, by: Membership, at: datetime) -> None:
    """The trail of the clinic that offered says it too."""
    with inside(giver, by.user_id):
        record_act(verb=verb, subject=patient, clinic_id=giver, by_id=by.user_id, at=at)


def _hash(code: str) -> str:
    """Of the code as it may be typed: in small letters, with spaces between."""
    return sha256("".join(code.split()).upper().encode()).hexdigest()
