"""The page of duty: who is told, who is away, who is the lead, and the telephone list."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts.models import Absence, Lead
from itb import clock
from itb.audit.models import AuditEvent
from patients.models import Pump
from tests.alerts.test_acts import LONDON
from tests.alerts.test_escalation import waited
from tests.alerts.test_sweep import swept
from tests.cast import Cast
from tests.pages import FormPage


def days(first: int, last: int) -> dict[str, str]:
    today = clock.now().astimezone(LONDON).date()
    return {"first_on": f"{today + timedelta(days=first)}", "last_on": f"{today + timedelta(days=last)}"}


@pytest.fixture
def page(client: Client, cast: Cast) -> FormPage:
    return FormPage(client, cast.nurse, reverse("alerts:enter_absence"))


def duty(client: Client) -> str:
    return client.get(reverse("alerts:duty")).content.decode()


def test_it_says_who_is_told_in_which_order_and_under_which_number(client: Client, cast: Cast) -> None:
    client.force_login(cast.auditor.user)
    body = duty(client)
    for words in (
        "Nurse",
        "Prescriber",
        "after 30 minutes",
        "Where nobody is left",
        "Administrator",
        "none given",
    ):
        assert words in body
    assert "Only Nurse" not in body


def test_one_alone_is_said(client: Client, cast: Cast) -> None:
    cast.absence(member=cast.prescriber)
    client.force_login(cast.nurse.user)
    assert "Only Nurse is told today" in duty(client)
    cast.absence(member=cast.nurse)
    assert "Nobody who is told is there today" in duty(client)


def test_an_absence_is_entered_listed_and_ended(client: Client, page: FormPage, cast: Cast) -> None:
    typed = {"member": str(cast.prescriber.pk), "cover": str(cast.nurse.pk), **days(0, 6)}
    carried = dict(page.hidden)
    for _ in range(2):
        page.hidden = carried
        assert page.press(typed)["Location"] == reverse("alerts:duty")
    absence = Absence.objects.get()
    assert "away now" in duty(client)
    client.post(reverse("alerts:end_absence", args=[absence.pk]))
    client.post(reverse("alerts:end_absence", args=[absence.pk]))
    absence.refresh_from_db()
    assert absence.ended_by == cast.nurse.user
    assert AuditEvent.objects.filter(verb="absence.ended").count() == 1
    assert "Nobody is away" in duty(client)


def test_what_cannot_be_is_refused_beside_its_field(page: FormPage, cast: Cast) -> None:
    cast.absence(member=cast.prescriber, first=5, last=9)
    who = str(cast.prescriber.pk)
    typed = {"member": who, "cover": "", **days(0, 3)}
    assert "past" in page.errors({**typed, **days(-3, -1)})["last_on"]
    assert "before the first day" in page.errors({**typed, **days(3, 2)})["last_on"]
    assert "over a year" in page.errors({**typed, **days(1, 400)})["last_on"]
    assert "for themselves" in page.errors({**typed, "cover": who})["cover"]
    assert "away already" in page.errors({**typed, **days(3, 5)})["first_on"]
    assert page.errors({**typed, "member": str(cast.stranger.pk)})["member"]
    assert page.errors({**typed, "member": str(cast.auditor.pk)})["member"], "nobody tells the auditor"


def test_the_administrator_names_the_lead(client: Client, cast: Cast) -> None:
    page = FormPage(client, cast.administrator, reverse("alerts:name_lead"))
    assert page.errors({"lead": str(cast.stranger.pk)})["lead"]
    page.press({"lead": str(cast.coordinator.pk)})
    assert Lead.objects.get().member == cast.coordinator
    assert "Coordinator" in duty(client)


def test_a_number_is_given_once_and_stands_in_the_list(client: Client, cast: Cast) -> None:
    page = FormPage(client, cast.nurse, reverse("alerts:give_phone"))
    assert "dialled" in page.errors({"phone": "at home"})["phone"]
    for _ in range(2):
        page.press({"phone": "+44 20 7946 0009"})
    assert "+44 20 7946 0009" in duty(client)
    assert AuditEvent.objects.filter(verb="membership.phone_given").count() == 1


def shown(client: Client, cast: Cast, pump: Pump, **ago: float) -> str:
    alert = swept(pump)
    if ago:
        waited(alert, **ago)
    client.force_login(cast.nurse.user)
    return client.get(reverse("alerts:show", args=[alert.pk])).content.decode()


def test_an_alerts_page_says_who_is_told_next_and_when(client: Client, cast: Cast, pump: Pump) -> None:
    body = shown(client, cast, pump)
    for words in ("If nobody takes it by", "one more person hears", "Administrator", "It opened."):
        assert words in body, words
    assert "A letter to Nurse, Prescriber" in body
    assert "Telephone list" not in body


def test_after_the_last_hop_it_shows_the_telephone_list(client: Client, cast: Cast, pump: Pump) -> None:
    body = shown(client, cast, pump, minutes=70)
    assert "the word went further" in body
    assert "Telephone list" in body


def test_the_list_says_what_comes_next_for_each(client: Client, cast: Cast, pump: Pump) -> None:
    swept(pump)
    client.force_login(cast.nurse.user)
    assert "one more person hears" in client.get(reverse("alerts:list")).content.decode()
