"""Whom to call about a patient: added, changed, ended and never deleted; and who agreed to what."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from itb.audit.models import AuditEvent
from patients.departures import confirm_departure
from patients.models import Contact, Pump
from patients.services import Implant, add_contact, edit_contact, end_contact, implant_pump
from tests.cast import Cast
from tests.pages import FormPage

TYPED = {"name": "Ann", "relation": "daughter", "phone": "+44 20 7946 0001"}


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.nurse, reverse("patients:add_contact", args=[pump.patient_id]))


def chart(page: FormPage, pump: Pump) -> str:
    return page.client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()


def test_one_more_is_kept_and_stands_on_the_chart(page: FormPage, pump: Pump) -> None:
    agreed = {"email": "ann@quay.example", "language": "Igbo", "channel": "email", "asked_on": "2026-01-02"}
    assert page.press({**TYPED, **agreed})["Location"].endswith("#contacts")
    kept = pump.patient.contacts.latest("id")
    assert (kept.relation, kept.channel, kept.added_by.email) == (  # type: ignore[union-attr]
        "daughter",
        "email",
        page.member.user.email,
    )
    for said in ("Ann", "daughter", "speaks Igbo", "ann@quay.example"):
        assert said in chart(page, pump)


def test_the_same_post_twice_is_one_contact(page: FormPage, pump: Pump) -> None:
    page.press(TYPED)
    page.press(TYPED)
    assert pump.patient.contacts.count() == 2, "with the one who came with the patient"
    assert AuditEvent.objects.filter(verb="contact.added").count() == 1


@pytest.mark.parametrize(
    ("slip", "field"),
    [
        ({"phone": "call me"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"name": "A\u202enn"}, "name"),
        ({"email": "ann at quay"}, "email"),
        ({"channel": "telephone"}, "asked_on"),
        ({"asked_on": "2026-01-02"}, "channel"),
        ({"channel": "email", "asked_on": "2026-01-02"}, "email"),
        ({"channel": "pigeon", "asked_on": "2026-01-02"}, "channel"),
        ({"channel": "none", "asked_on": "2999-01-02"}, "asked_on"),
    ],
)
def test_what_nobody_could_call_or_rely_on_is_said_at_its_field(
    page: FormPage, pump: Pump, slip: dict[str, str], field: str
) -> None:
    assert page.errors({**TYPED, **slip})[field]
    assert pump.patient.contacts.count() == 1


def test_a_change_is_kept_and_one_made_meanwhile_is_shown_beside_it(
    page: FormPage, cast: Cast, pump: Pump
) -> None:
    contact = pump.patient.contacts.get()
    page.address = reverse("patients:edit_contact", args=[contact.pk])
    page.open()
    contact.phone = "+1 555 0100"
    edit_contact(contact=contact, seen=0, by=cast.prescriber, at=cast.at)
    answer = page.press(TYPED)
    assert answer.status_code == 409
    assert "+1 555 0100" in answer.content.decode()
    assert page.press(TYPED).status_code == 302
    assert Contact.objects.get(pk=contact.pk).phone == TYPED["phone"]


def test_an_ended_contact_is_called_by_nobody_and_stays_in_the_record(
    page: FormPage, cast: Cast, pump: Pump
) -> None:
    contact = pump.patient.contacts.get()
    for _ in "twice":
        page.client.post(reverse("patients:end_contact", args=[contact.pk]))
    contact.refresh_from_db()
    assert contact.ended_by == cast.nurse.user
    assert AuditEvent.objects.filter(verb="contact.ended").count() == 1
    assert "Nobody to call is recorded" in chart(page, pump)
    unreachable = page.client.get(reverse("dashboard:worklist") + "?show=unreachable").content.decode()
    assert pump.patient.family_name.upper() in unreachable
    assert page.client.get(reverse("patients:edit_contact", args=[contact.pk])).status_code == 404


@pytest.mark.parametrize(("channel", "is_told"), [("", 0), ("none", 0), ("telephone", 1), ("email", 1)])
def test_a_message_goes_to_those_alone_who_agreed(cast: Cast, pump: Pump, channel: str, is_told: int) -> None:
    agreed = Contact(patient=pump.patient, **TYPED, channel=channel, email="ann@quay.example")
    agreed.asked_on = cast.at.date() if channel else None
    kept = add_contact(contact=agreed, by=cast.nurse, at=cast.at)
    assert Contact.objects.told().count() == is_told
    end_contact(contact=kept, by=cast.nurse, at=cast.at)
    assert not Contact.objects.told().exists()


@pytest.mark.parametrize("kind", ["death", "explant"])
def test_from_the_moment_that_a_death_or_explant_is_asked_about_no_message_goes_to_anyone_near_them(
    cast: Cast, pump: Pump, kind: str
) -> None:
    agreed = Contact(patient=pump.patient, **TYPED, channel="telephone", asked_on=cast.at.date())
    add_contact(contact=agreed, by=cast.nurse, at=cast.at)
    assert Contact.objects.told().exists()
    departure = cast.departure(pump, kind=kind)
    assert not Contact.objects.told().exists()
    confirm_departure(departure=departure, by=cast.prescriber, at=cast.at)
    assert not Contact.objects.told().exists()
    implant = Implant("synchromed-ii-40", "NGV9999", cast.at.date(), Decimal(2))
    implant_pump(patient=pump.patient, implant=implant, by=cast.nurse, at=cast.at)
    assert Contact.objects.told().exists(), "who has a pump again has visits again"


def test_the_database_refuses_a_consent_without_a_day(cast: Cast, pump: Pump) -> None:
    for change in ("channel = 'telephone'", "asked_on = now()", "channel = 'email', asked_on = now()"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE patients_contact SET {change}")
