"""What can be done about people and implants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from itb.accounts.models import Clinic, Membership
from itb.audit.services import record_act
from itb.infusion.catalogue import Constant
from patients.catalogue import pump_model
from patients.models import Catheter, Contact, Offer, OwnModel, Patient, Pump


@dataclass(frozen=True, slots=True)
class Implant:
    """A pump as the theatre's papers name it. `alarm_ml` is what the programmer is set to."""

    model: str
    serial: str
    implanted_on: date
    alarm_ml: Decimal


EDITED = (
    *("record_number", "family_name", "given_name", "birth_date", "origin", *Patient.RISK_FLAGS),
    *("indication", "goals", "clinician_id", "refusal", "refused_on"),
)
"""What can be changed of a patient."""
REACHED = ("name", "relation", "phone", "email", "language", "channel", "asked_on")
"""What can be changed of a contact."""


class MovedError(Exception):
    """Someone has changed the same row since the page was opened."""


@transaction.atomic
def register_patient(
    *, patient: Patient, contact: Contact, implant: Implant, by: Membership, at: datetime
) -> Pump:
    """Keep a new patient, who to call, and the pump; all of it or nothing.

    `patient` and `contact` are unsaved. The pump's constants are copied from the present version of its model.
    """
    patient.clinic, patient.registered_by, patient.registered_at = by.clinic, by.user, at
    patient.save()
    contact.patient, contact.clinic = patient, by.clinic
    contact.save()
    pump = implant_pump(patient=patient, implant=implant, by=by, at=at)
    record_act(verb="patient.registered", subject=patient, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return pump


@transaction.atomic
def implant_pump(*, patient: Patient, implant: Implant, by: Membership, at: datetime) -> Pump:
    """Keep a pump with the constants of its model. Raises KeyError for a model that the clinic does not know."""
    model, version = pump_model(implant.model, by.clinic)
    pump = Pump.objects.create(
        patient=patient,
        clinic=by.clinic,
        model=implant.model,
        catalogue_version=version,
        serial=implant.serial,
        reservoir_ml=model.reservoir_ml.value,
        alarm_ml=implant.alarm_ml,
        unusable_ml=_confirmed(model.unusable_ml) or Decimal(0),
        accuracy_pct=model.accuracy_pct.value,
        min_flow_ml_per_day=_value(model.min_flow_ml_per_day),
        max_flow_ml_per_day=_value(model.max_flow_ml_per_day),
        implanted_on=implant.implanted_on,
    )
    record_act(verb="pump.implanted", subject=pump, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return pump


@transaction.atomic
def replace_pump(*, pump: Pump, implant: Implant, by: Membership, at: datetime) -> Pump:
    """End one pump and begin another on the day of the implant: the patient is watched without a gap.

    The old countdown ends, the new one begins with nothing known. Raises MovedError where the pump has left, or was
    replaced, meanwhile; IntegrityError for a serial number that is implanted already.
    """
    former = Pump.objects.select_for_update(of=("self",), no_key=True).get(pk=pump.pk)
    if former.explanted_on is not None or former.departures.open().exists():
        raise MovedError
    former.explanted_on = implant.implanted_on
    former.save(update_fields=["explanted_on"])
    record_act(verb="pump.replaced", subject=former, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return implant_pump(patient=former.patient, implant=implant, by=by, at=at)


@transaction.atomic
def implant_catheter(*, catheter: Catheter, by: Membership, at: datetime) -> Catheter:
    """Keep a catheter, unsaved, with its patient; one that is there ends on the same day. Posted twice it is one."""
    patient = Patient.objects.select_for_update(no_key=True).get(pk=catheter.patient_id)
    former = patient.catheters.current().first()
    if former and _is_same(former, catheter):
        return former
    if former:
        former.explanted_on = catheter.implanted_on
        former.save(update_fields=["explanted_on"])
    catheter.clinic, catheter.recorded_at, catheter.recorded_by = by.clinic, at, by.user
    catheter.save()
    verb = "catheter.revised" if former else "catheter.implanted"
    record_act(verb=verb, subject=catheter, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return catheter


@transaction.atomic
def record_replacement(*, pump: Pump, on: date, by: Membership, at: datetime) -> Pump:
    """Keep by when the pump must be replaced, as its interrogation says."""
    locked = Pump.objects.select_for_update(of=("self",), no_key=True).get(pk=pump.pk)
    if locked.replacement_on != on:
        locked.replacement_on = on
        locked.save(update_fields=["replacement_on"])
        record_act(
            verb="replacement.recorded", subject=locked, clinic_id=by.clinic_id, by_id=by.user_id, at=at
        )
    return locked


@transaction.atomic
def edit_patient(*, patient: Patient, seen: int, by: Membership, at: datetime) -> Patient:
    """Keep what is changed in `patient`, unsaved, over the version that was `seen`. Raises MovedError.

    Only what changed is written: a flag moves every date of the pump, and the database says so to the sweep.
    """
    changed = _changed(Patient, patient, seen, EDITED)
    if changed:
        patient.version = seen + 1
        patient.save(update_fields=[*changed, "version"])
        record_act(verb="patient.edited", subject=patient, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return patient


@transaction.atomic
def add_contact(*, contact: Contact, by: Membership, at: datetime) -> Contact:
    """Keep someone more to call; `contact` is unsaved, with its patient. The same person posted twice is one."""
    patient = Patient.objects.select_for_update(no_key=True).get(pk=contact.patient_id)
    same = patient.contacts.current().filter(
        name=contact.name, relation=contact.relation, phone=contact.phone
    )
    if found := same.first():
        return found
    contact.clinic, contact.added_at, contact.added_by = by.clinic, at, by.user
    contact.save()
    record_act(verb="contact.added", subject=contact, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return contact


@transaction.atomic
def edit_contact(*, contact: Contact, seen: int, by: Membership, at: datetime) -> Contact:
    """Keep what is changed in `contact`, unsaved, over the version that was `seen`. Raises MovedError."""
    changed = _changed(Contact, contact, seen, REACHED)
    if changed:
        contact.version = seen + 1
        contact.save(update_fields=[*changed, "version"])
        record_act(verb="contact.edited", subject=contact, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return contact


@transaction.atomic
def end_contact(*, contact: Contact, by: Membership, at: datetime) -> None:
    """Say that this is nobody to call any more. The contact stays in the record, with who said so."""
    locked = Contact.objects.select_for_update(of=("self",), no_key=True).get(pk=contact.pk)
    if locked.ended_at is None:
        locked.ended_at, locked.ended_by, locked.version = at, by.user, locked.version + 1
        locked.save(update_fields=["ended_at", "ended_by", "version"])
        record_act(verb="contact.ended", subject=locked, clinic_id=by.clinic_id, by_id=by.user_id, at=at)


@transaction.atomic
def stop_letters(*, contact: Contact, at: datetime) -> None:
    """Keep that they want no more messages, as they said by a letter's link: from now on someone calls."""
    locked = (
        Contact.objects.select_for_update(of=("self",), no_key=True)
        .select_related("clinic")
        .get(pk=contact.pk)
    )
    if locked.ended_at is not None or locked.channel == Contact.Channel.NONE:
        return
    locked.channel, locked.asked_on = Contact.Channel.NONE, at.astimezone(locked.clinic.tz).date()
    locked.version += 1
    locked.save(update_fields=["channel", "asked_on", "version"])
    record_act(verb="contact.stopped", subject=locked, clinic_id=locked.clinic_id, by_id=None, at=at)


@transaction.atomic
def hand_over_patient(*, patient: Patient, to: Clinic, by: Membership, at: datetime) -> None:
    """End the open clinic's custody and begin that of `to`: all that hangs on the patient goes along, facts untouched.

    Afterwards the patient does not exist here any more. Raises DatabaseError where the open clinic does not hold them.
    """
    patient.offers.open().update(outcome=Offer.Outcome.WITHDRAWN, closed_at=at, closed_by=by.user)
    record_act(verb="patient.handed_over", subject=patient, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT patients_hand_over(%s, %s, %s)", [patient.pk, to.pk, by.user_id])


@transaction.atomic
def add_model(*, model: OwnModel, by: Membership, at: datetime) -> OwnModel:
    """Keep a pump model of the clinic's own: `model` is unsaved, with its key and version.

    Pumps that are implanted keep the figures they have. Raises IntegrityError for a version that is there already.
    """
    model.clinic, model.added_by, model.added_at = by.clinic, by.user, at
    model.save()
    record_act(verb="model.added", subject=model, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return model


def _changed(model: Any, typed: Any, seen: int, names: Sequence[str]) -> list[str]:
    """Lock the row; which of `names` differ from what is kept. Raises MovedError."""
    kept = model.objects.select_for_update(of=("self",), no_key=True).get(pk=typed.pk)
    if kept.version != seen or getattr(kept, "ended_at", None):
        raise MovedError
    return [name for name in names if getattr(kept, name) != getattr(typed, name)]


def _is_same(one: Catheter, other: Catheter) -> bool:
    names = ("model", "length_cm", "ml_per_cm", "tip_level", "implanted_on")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _confirmed(constant: Constant | None) -> Decimal | None:
    """A value that may move a date: what nobody has checked may not (docs/decisions/0005)."""
    return constant.value if constant and not constant.unconfirmed else None


def _value(constant: Constant | None) -> Decimal | None:
    return constant.value if constant else None
