"""Leaving monitoring: a reason and a second person; until then, and however it is tried, the pump is watched."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from alerts.sweep import sweep
from itb.accounts.models import Membership
from itb.audit.models import AuditEvent
from itb.outbox.models import Letter
from itb.walls import inside
from patients import departures
from patients.models import Departure, Pump
from patients.services import hand_over_patient
from refills.models import Projection
from tests.alerts.test_sweep import swept
from tests.cast import Cast
from tests.pages import FormPage

TYPED = {"kind": "death", "reason": "The ward telephoned this morning."}


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.nurse, reverse("patients:leave", args=[pump.pk]))


@pytest.fixture
def typed(cast: Cast) -> dict[str, str]:
    return {**TYPED, "on": f"{cast.at:%Y-%m-%d}"}


def press(client: Client, by: Membership, departure: Departure, action: str) -> str:
    client.force_login(by.user)
    answer = client.post(reverse("patients:decide", args=[departure.pk]), {"action": action}, follow=True)
    return answer.content.decode()


def is_watched(pump: Pump) -> bool:
    return Projection.objects.active().filter(pump=pump).exists()


def check_now() -> None:
    """What else is looked at when the transaction ends."""
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_nothing_is_chosen_beforehand(page: FormPage) -> None:
    form = page.answer.context["form"]
    assert not any(form[name].value() for name in ("kind", "on", "reason"))


def test_until_a_second_person_confirms_the_pump_is_watched_and_listed_and_says_so(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    alert = swept(pump)
    page.press(typed)
    assert is_watched(pump)
    sweep()
    alert.refresh_from_db()
    assert alert.state != "closed", "letters to the clinic go on"
    for address in (reverse("dashboard:worklist"), reverse("dashboard:chart", args=[pump.patient_id])):
        assert "waits for a second person" in page.client.get(address).content.decode()


def test_those_who_can_confirm_are_told_and_the_one_who_asked_is_not(
    page: FormPage, typed: dict[str, str], cast: Cast
) -> None:
    page.press(typed)
    assert {letter.recipient for letter in Letter.objects.all()} == {cast.prescriber}
    assert "Prescriber" in page.client.get("/").content.decode(), "by name, to the one who asked"


def test_asked_twice_is_one_departure(page: FormPage, typed: dict[str, str]) -> None:
    page.press(typed)
    page.press(typed)
    assert Departure.objects.count() == 1
    assert "asked for this already" in page.open().content.decode()


@pytest.mark.parametrize("days", [1, -20_000], ids=["ahead", "before the implant"])
def test_a_day_that_cannot_be_is_refused(
    page: FormPage, typed: dict[str, str], cast: Cast, days: int
) -> None:
    day = cast.at.date() + timedelta(days=days)
    assert page.errors({**typed, "on": f"{day}"})["on"]
    assert not Departure.objects.exists()


@pytest.mark.parametrize("name", ["kind", "on", "reason"])
def test_what_is_missing_is_said_at_its_field(page: FormPage, typed: dict[str, str], name: str) -> None:
    assert page.errors({**typed, name: ""})[name]


def test_a_second_person_ends_the_watch_and_the_trail_names_the_count(
    client: Client, cast: Cast, pump: Pump
) -> None:
    cast.running_pump()
    departure = cast.departure(pump)
    assert "Nothing is watched here any more" in press(client, cast.prescriber, departure, "confirm")
    assert not is_watched(pump)
    act = AuditEvent.objects.get(verb="departure.confirmed")
    assert (act.by_id, act.count) == (cast.prescriber.user_id, 1)
    assert not Letter.objects.filter(topic=f"departure:{departure.pk}", state=Letter.State.PENDING).exists()
    body = client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    for said in ("the patient has died", "The ward telephoned", "Asked by Nurse, confirmed by Prescriber"):
        assert said in body


def test_who_asked_confirms_nothing_and_may_take_it_back(client: Client, cast: Cast, pump: Pump) -> None:
    departure = cast.departure(pump)
    assert "a second person confirms it" in press(client, cast.nurse, departure, "confirm")
    assert is_watched(pump)
    assert "watched as before" in press(client, cast.nurse, departure, "decline")
    departure.refresh_from_db()
    assert (departure.is_confirmed, departure.closed_by) == (False, cast.nurse.user)


def test_a_coordinator_may_ask_and_decline_and_never_confirm(client: Client, cast: Cast, pump: Pump) -> None:
    departure = cast.departure(pump)
    press(client, cast.coordinator, departure, "confirm")
    departure.refresh_from_db()
    assert not departure.is_confirmed
    assert is_watched(pump)


def test_a_decision_is_made_once(client: Client, cast: Cast, pump: Pump) -> None:
    departure = cast.departure(pump)
    press(client, cast.prescriber, departure, "decline")
    assert "decided a moment ago" in press(client, cast.prescriber, departure, "confirm")
    assert is_watched(pump)
    cast.left(pump)
    with pytest.raises(departures.DepartureClosedError):
        cast.departure(pump)


def test_a_departed_patient_is_deleted_by_nobody_and_stays_readable(
    client: Client, cast: Cast, pump: Pump
) -> None:
    cast.left(pump)
    client.force_login(cast.auditor.user)
    assert client.get(reverse("dashboard:chart", args=[pump.patient_id])).status_code == 200
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute("DELETE FROM patients_departure")


def test_the_database_ends_no_pump_without_two_persons(cast: Cast, pump: Pump) -> None:
    cast.departure(pump)
    with pytest.raises(DatabaseError, match="two people made"), transaction.atomic():
        Pump.objects.filter(pk=pump.pk).update(explanted_on=cast.at.date())
        check_now()


def test_the_database_confirms_for_nobody_else(cast: Cast, pump: Pump) -> None:
    departure = cast.departure(pump)
    one, two = cast.nurse.user_id, cast.prescriber.user_id
    confirmed = {"is_confirmed": True, "closed_at": cast.at}
    with inside(cast.clinic.pk, one):
        for by in (one, two):
            with pytest.raises(DatabaseError), transaction.atomic():
                Departure.objects.filter(pk=departure.pk).update(**confirmed, closed_by=by)
        with pytest.raises(DatabaseError), transaction.atomic():
            Departure.objects.filter(pk=departure.pk).update(asked_by=two)
    with pytest.raises(DatabaseError), transaction.atomic():
        Departure.objects.filter(pk=departure.pk).update(**confirmed)
    with pytest.raises(DatabaseError), transaction.atomic():
        Departure.objects.create(
            pump=cast.bare_pump(),
            clinic=cast.clinic,
            kind="death",
            on=cast.at.date(),
            reason="Says one person alone",
            asked_at=cast.at,
            asked_by_id=one,
            closed_by_id=two,
            **confirmed,
        )


def test_a_closed_departure_is_never_changed(cast: Cast, pump: Pump) -> None:
    departure = cast.left(pump)
    with pytest.raises(DatabaseError), transaction.atomic():
        Departure.objects.filter(pk=departure.pk).update(kind="other")


def test_what_was_asked_stays_behind_when_the_patient_moves(cast: Cast, pump: Pump) -> None:
    departure = cast.departure(pump)
    hand_over_patient(patient=pump.patient, to=cast.stranger.clinic, by=cast.nurse, at=cast.at)
    with inside(cast.stranger.clinic_id, cast.stranger.user_id):
        departure.refresh_from_db()
        assert (departure.is_confirmed, departure.closed_at is None) == (False, False)
        assert is_watched(pump)


def test_confirming_asks_again_who_one_is(client: Client, cast: Cast, pump: Pump) -> None:
    departure = cast.departure(pump)
    client.force_login(cast.prescriber.user)
    user = cast.prescriber.user
    user.sign_ins.update(proved_at=cast.ago(0.1))
    answer = client.post(reverse("patients:decide", args=[departure.pk]), {"action": "confirm"})
    assert reverse("account_reauthenticate") in answer["Location"]
    assert is_watched(pump)
