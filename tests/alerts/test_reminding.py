"""Letters to patients and the people near them: by consent, once, and taken back by whatever ends the need."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from alerts import reminding
from alerts.models import Alert, Reminder
from alerts.sweep import sweep
from itb import clock
from itb.outbox import delivery
from itb.outbox.models import Letter
from patients.models import Contact, Pump
from patients.services import edit_contact, end_contact, hand_over_patient, stop_letters
from refills.models import Appointment, Projection
from refills.services import book_visit, close_visit, refuse_visit
from tests.cast import Cast
from tests.house.test_templates import CLINICAL
from tests.outbox.test_delivery import due_now, sink

__all__ = ["sink"]
State = Letter.State


def outside() -> list[Letter]:
    return list(Letter.objects.exclude(to_address="").order_by("pk"))


def look_again() -> None:
    Projection.objects.update(review_at=clock.now())
    sweep()


def unbooked(cast: Cast) -> Pump:
    """A pump without a visit, past the urgent step."""
    cast.cadence()
    pump = cast.running_pump(filled_days_ago=170)
    cast.agrees(pump)
    sweep()
    return pump


def test_who_agreed_to_e_mail_is_written_to_once_a_step(cast: Cast, pump: Pump) -> None:
    reminder = cast.reminder(pump, days=2)
    for _ in "twice":
        look_again()
    (letter,) = outside()
    assert (letter.key, letter.to_address) == (reminder.topic, "kin@quay.example")
    assert (reminder.stage, letter.template) == ("last", "reminders/visit")


@pytest.mark.parametrize("channel", ["", "none", "telephone"])
def test_without_consent_to_e_mail_nothing_is_written(cast: Cast, pump: Pump, channel: str) -> None:
    contact = cast.agrees(pump)
    contact.channel, contact.asked_on = channel, contact.asked_on if channel else None
    edit_contact(contact=contact, seen=contact.version, by=cast.nurse, at=cast.at)
    cast.cadence()
    book_visit(pump=pump, on=cast.open_day(2), by=cast.nurse, at=cast.at)
    sweep()
    assert not outside()


def test_each_of_two_people_near_a_patient_is_written_to_with_a_link_of_their_own(
    cast: Cast, pump: Pump
) -> None:
    pump.patient.contacts.create(
        clinic=cast.clinic, name="Ann", relation="daughter", phone="1", email="ann@quay.example",
        channel="email", asked_on=cast.at.date(),
    )  # fmt: skip
    cast.reminder(pump)
    assert {letter.to_address for letter in outside()} == {"ann@quay.example", "kin@quay.example"}
    assert len({letter.nonce for letter in outside()}) == 2


def test_a_booking_within_the_last_days_is_told_of_by_one_letter_and_not_two(cast: Cast, pump: Pump) -> None:
    cast.reminder(pump, days=1)
    assert [each.stage for each in Reminder.objects.all()] == ["last"]


def test_after_a_visit_to_which_nobody_came_they_are_asked_to_call(cast: Cast, pump: Pump) -> None:
    cast.agrees(pump)
    cast.cadence()
    book_visit(pump=pump, on=cast.ago(2).date(), by=cast.nurse, at=cast.ago(3))
    close_visit(pump=pump, state=Appointment.State.MISSED, by=cast.nurse, at=cast.at)
    look_again()
    assert [letter.template for letter in outside()] == ["reminders/missed"]


def test_without_a_visit_at_the_urgent_step_they_are_asked_to_call_once_a_fill(cast: Cast) -> None:
    pump = unbooked(cast)
    look_again()
    assert [letter.template for letter in outside()] == ["reminders/unbooked"]
    assert Reminder.objects.get(pump=pump).visit is None


def withdrawn(cast: Cast, pump: Pump) -> None:
    contact = Contact.objects.get(patient=pump.patient)
    contact.channel = Contact.Channel.NONE
    edit_contact(contact=contact, seen=contact.version, by=cast.nurse, at=cast.at)


def elsewhere(cast: Cast, pump: Pump) -> None:
    contact = Contact.objects.get(patient=pump.patient)
    contact.email = "another@quay.example"
    edit_contact(contact=contact, seen=contact.version, by=cast.nurse, at=cast.at)


ENDINGS: dict[str, Callable[[Cast, Pump], Any]] = {
    "consent withdrawn": withdrawn,
    "another address": elsewhere,
    "opted out": lambda cast, pump: stop_letters(contact=pump.patient.contacts.get(), at=cast.at),
    "contact ended": lambda cast, pump: end_contact(
        contact=pump.patient.contacts.get(), by=cast.nurse, at=cast.at
    ),
    "death asked about": lambda cast, pump: cast.departure(pump),
    "explanted": lambda cast, pump: cast.left(pump),
    "moved to another clinic": lambda cast, pump: hand_over_patient(
        patient=pump.patient, to=cast.stranger.clinic, by=cast.nurse, at=cast.at
    ),
}
OF_A_VISIT: dict[str, Callable[[Cast, Pump], Any]] = {
    **ENDINGS,
    "visit moved": lambda cast, pump: book_visit(pump=pump, on=cast.open_day(20), by=cast.nurse, at=cast.at),
    "visit cancelled": lambda cast, pump: close_visit(
        pump=pump, state=Appointment.State.CANCELLED, by=cast.nurse, at=cast.at
    ),
    "visit refused": lambda cast, pump: refuse_visit(visit=pump.appointments.get(), at=cast.at),
}
OF_NO_VISIT: dict[str, Callable[[Cast, Pump], Any]] = {
    **ENDINGS,
    "booked": lambda cast, pump: book_visit(pump=pump, on=cast.open_day(1), by=cast.nurse, at=cast.at),
    "refilled": lambda cast, pump: cast.refill(pump, days_ago=0, withdrawn_ml=None),
}


@pytest.mark.parametrize("ending", OF_A_VISIT)
def test_what_ends_the_need_takes_a_letter_about_a_visit_back_in_the_same_transaction(
    cast: Cast, pump: Pump, ending: str
) -> None:
    cast.reminder(pump)
    (letter,) = outside()
    OF_A_VISIT[ending](cast, pump)
    letter.refresh_from_db()
    assert letter.state == State.SUPERSEDED


@pytest.mark.parametrize("ending", OF_NO_VISIT)
def test_what_ends_the_need_takes_a_letter_about_no_visit_back_in_the_same_transaction(
    cast: Cast, ending: str
) -> None:
    pump = unbooked(cast)
    (letter,) = outside()
    OF_NO_VISIT[ending](cast, pump)
    letter.refresh_from_db()
    assert letter.state == State.SUPERSEDED


def test_raw_sql_ends_the_need_too(cast: Cast, pump: Pump) -> None:
    cast.reminder(pump)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE patients_contact SET channel = 'none'")
    assert [letter.state for letter in outside()] == [State.SUPERSEDED]


def test_to_another_address_the_step_is_owed_anew(cast: Cast, pump: Pump) -> None:
    cast.reminder(pump)
    elsewhere(cast, pump)
    assert sweep() == 1, "another address is looked at at once"
    assert [(letter.to_address, letter.state) for letter in outside()] == [
        ("kin@quay.example", State.SUPERSEDED),
        ("another@quay.example", State.PENDING),
    ]


def test_a_letter_that_leaves_says_nothing_clinical_in_any_word_or_header(
    cast: Cast, pump: Pump, sink: Any, settings: Any
) -> None:
    settings.CONTACT_FROM_EMAIL = "Appointments <letters@quay.example>"
    cast.reminder(pump)
    assert delivery.drain() == 1
    ((to, message),) = sink.accepted
    assert to == "kin@quay.example"
    assert message["From"] == "Appointments <letters@quay.example>"
    body = "".join(
        part.get_payload(decode=True).decode() for part in message.walk() if not part.is_multipart()
    )
    whole = f"{message.as_string()} {body}"
    assert not CLINICAL.search(re.sub(r"--=+\d+=+", "", whole))
    for word in (cast.clinic.name, pump.patient.family_name, "Kin"):
        assert word not in body
    assert message["List-Unsubscribe"].strip("<>") in body


def test_a_letter_that_was_taken_back_does_not_leave(cast: Cast, pump: Pump, sink: Any) -> None:
    cast.reminder(pump)
    withdrawn(cast, pump)
    due_now()
    assert delivery.drain() == 0
    assert not sink.accepted


def test_where_letters_to_patients_cannot_be_owed_the_clinicians_own_alerts_stand(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ValueError

    monkeypatch.setattr(reminding, "_visits", broken)
    pump = unbooked(cast)
    assert Alert.objects.filter(pump=pump).exists()
    assert not outside()


def test_the_sweep_looks_again_at_the_moment_of_the_next_letter(cast: Cast, pump: Pump) -> None:
    cast.agrees(pump)
    cast.cadence(first_days=10)
    book_visit(pump=pump, on=cast.open_day(11), by=cast.nurse, at=cast.at)
    sweep()
    visit = pump.appointments.get()
    due = Projection.objects.get(pump=pump).review_at
    ahead = (visit.on - due.astimezone(cast.clinic.tz).date()).days
    assert ahead >= 10
    assert due <= clock.now() + timedelta(hours=24)
