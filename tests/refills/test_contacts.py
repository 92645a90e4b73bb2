"""Tries to reach a patient: kept, hiding nothing, and somebody's after too many."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from alerts.models import Alert
from alerts.rules import Kind
from alerts.sweep import sweep
from itb.audit.models import AuditEvent
from patients.models import Patient, Pump
from refills.contacts import LastContact, NobodyTakesItError, contact_from, last_contact, unreached
from refills.models import ContactAttempt, Projection
from refills.planning_policy import Planning
from refills.planning_services import change_planning
from refills.services import book_visit, confirm_visit
from tests.cast import PASSWORD, Cast
from tests.pages import FormPage, clinic_time


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.coordinator, reverse("refills:contact", args=[pump.pk]))


@pytest.fixture
def typed(cast: Cast) -> dict[str, str]:
    return {
        "at": clinic_time(cast.nurse),
        "whom": "Kin (sister)",
        "way": "telephone",
        "outcome": "no_answer",
        "next_step": "Call after 18:00",
        "next_on": cast.open_day(1).isoformat(),
    }


def test_a_try_is_kept_with_whom_how_what_came_of_it_and_what_comes_next(
    page: FormPage, client: Client, cast: Cast, pump: Pump, typed: dict[str, str]
) -> None:
    page.press(typed)
    attempt = pump.contactattempts.get()
    assert (attempt.whom, attempt.outcome, attempt.recorded_by) == (
        "Kin (sister)",
        "no_answer",
        cast.coordinator.user,
    )
    shown = client.get(page.answer["Location"]).content.decode()
    for words in ("No answer", "Call after 18:00", "Kin (sister)"):
        assert words in shown
    assert AuditEvent.objects.filter(verb="contact.recorded", patient_id=pump.patient_id).count() == 1


def test_the_same_form_posted_twice_is_one_try(page: FormPage, pump: Pump, typed: dict[str, str]) -> None:
    key = page.hidden["key"]
    for _ in range(2):
        page.press(typed, key=key)
    assert pump.contactattempts.count() == 1


def test_agreed_to_come_hides_nothing(
    page: FormPage, client: Client, pump: Pump, typed: dict[str, str]
) -> None:
    Projection.objects.update(refill_by=Projection.objects.get(pump=pump).computed_at)  # type: ignore[misc]
    sweep()
    before = list(Alert.objects.open().values_list("kind", "tier", "state"))
    assert before
    page.press({**typed, "outcome": "agreed", "next_on": page.answer.context["plan"].today.isoformat()})
    assert pump.contactattempts.get().outcome == "agreed"
    sweep()
    assert list(Alert.objects.open().values_list("kind", "tier", "state")) == before
    listed = client.get(reverse("dashboard:worklist") + "?show=no_visit").content.decode()
    assert str(pump.patient) in listed


def test_after_as_many_failed_tries_as_the_clinic_says_a_clinician_is_named(
    page: FormPage, client: Client, cast: Cast, pump: Pump, typed: dict[str, str]
) -> None:
    for number in (3, 2):
        cast.contact(pump, days_ago=number, outcome="left_message")
    assert "Name the clinician" in page.errors(typed)["handed_to"]
    page.press({**typed, "handed_to": str(cast.prescriber.user_id)})
    standing = unreached(pump)
    assert (standing.failed, standing.owner) == (3, cast.prescriber.user)
    shown = client.get(reverse("refills:visits", args=[pump.pk])).content.decode()
    assert "Prescriber has this patient" in shown
    assert page.open().context["form"]["handed_to"].value() == cast.prescriber.user_id
    chart = client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    assert "Prescriber has this patient." in chart


def test_the_patients_own_clinician_is_proposed(page: FormPage, cast: Cast, pump: Pump) -> None:
    Patient.objects.filter(pk=pump.patient_id).update(clinician=cast.prescriber)
    assert page.open().context["form"]["handed_to"].value() == ""
    for number in (3, 2):
        cast.contact(pump, days_ago=number)
    assert page.open().context["form"]["handed_to"].value() == cast.prescriber.user_id


def test_the_clinic_says_after_how_many(cast: Cast, pump: Pump) -> None:
    change_planning(planning=Planning(failed_contacts=1), by=cast.administrator, at=cast.at)
    with pytest.raises(NobodyTakesItError):
        cast.contact(pump)
    assert not pump.contactattempts.exists()


def test_a_refusal_is_somebodys_at_once_by_form_and_by_hand(
    page: FormPage, cast: Cast, pump: Pump, typed: dict[str, str]
) -> None:
    assert "Name the clinician" in page.errors({**typed, "outcome": "refused"})["handed_to"]
    cast.contact(pump, outcome="agreed")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO refills_contactattempt (pump_id, at, whom, way, outcome, next_step, next_on, note,"
            " recorded_at, recorded_by_id, recorded_clinic_id, key)"
            " SELECT pump_id, at, whom, way, 'refused', next_step, next_on, note,"
            " recorded_at, recorded_by_id, recorded_clinic_id, gen_random_uuid() FROM refills_contactattempt"
        )


@pytest.mark.parametrize("ends", ["reached", "booked"])
def test_it_stays_theirs_until_the_patient_is_reached_or_a_visit_is_booked(
    cast: Cast, pump: Pump, ends: str
) -> None:
    cast.contact(pump, outcome="refused", days_ago=2, handed_to=cast.prescriber.user)
    cast.contact(pump, days_ago=1)
    assert unreached(pump).owner == cast.prescriber.user
    if ends == "reached":
        cast.contact(pump, outcome="cannot_come")
    else:
        book_visit(pump=pump, on=cast.open_day(5), by=cast.nurse, at=cast.at)
    assert (unreached(pump).failed, unreached(pump).owner) == (0, None)


def test_who_says_on_the_telephone_that_they_cannot_come_has_no_visit_that_covers(
    cast: Cast, pump: Pump
) -> None:
    visit = book_visit(pump=pump, on=cast.open_day(5), by=cast.nurse, at=cast.at)
    confirm_visit(visit=visit, by=cast.nurse, at=cast.at)
    cast.contact(pump, outcome="cannot_come")
    visit.refresh_from_db()
    assert visit.cannot_come_at is not None
    assert visit.confirmed_at is None
    sweep()
    assert Alert.objects.open().filter(pump=pump, kind=Kind.CANNOT_COME.value).exists()
    assert AuditEvent.objects.filter(verb="visit.refused", by_id=cast.nurse.user_id).exists()


def test_a_list_shows_the_newest_try_and_whose_the_patient_is(cast: Cast, pump: Pump) -> None:
    def shown() -> LastContact | None:
        row = Projection.objects.annotate(said=last_contact()).get(pump=pump)
        return contact_from(row.said)  # type: ignore[attr-defined]

    assert shown() is None
    cast.contact(pump, outcome="refused", days_ago=2, handed_to=cast.prescriber.user)
    newest = cast.contact(pump, days_ago=1)
    found = shown()
    assert found is not None
    assert (found.outcome, found.at, found.owner) == ("No answer", newest.at, "Prescriber")
    book_visit(pump=pump, on=cast.open_day(5), by=cast.nurse, at=cast.at)
    found = shown()
    assert found is not None
    assert found.owner == ""


def test_what_comes_next_is_never_put_off_past_the_latest_safe_day(
    page: FormPage, pump: Pump, typed: dict[str, str]
) -> None:
    latest = page.answer.context["plan"].latest_on
    late = (latest + timedelta(days=1)).isoformat()
    assert "a visit must be by" in page.errors({**typed, "next_on": late})["next_on"]
    assert not ContactAttempt.objects.exists()


@pytest.mark.parametrize(
    ("field", "slip", "words"),
    [
        ("at", "2099-01-01T00:00", "future"),
        ("whom", "Somebody", "Choose one of those"),
        ("outcome", "came", "Choose one of those"),
        ("next_step", "", "Fill this in"),
        ("next_step", "x" * 201, "too long"),
        ("next_on", "soon", "Write a date"),
        ("note", "a\x00b", "cannot be kept"),
        ("handed_to", "999999", "Choose one of those"),
    ],
)
def test_a_slip_is_said_at_its_field_and_nothing_is_kept(
    page: FormPage, typed: dict[str, str], field: str, slip: str, words: str
) -> None:
    assert words in page.errors({**typed, field: slip})[field]
    assert not ContactAttempt.objects.exists()


def test_a_damaged_key_is_said_and_whole_at_the_next_press(
    page: FormPage, pump: Pump, typed: dict[str, str]
) -> None:
    assert "Part of this page was lost" in page.errors({**typed, "key": "nonsense"})["__all__"]
    page.press(typed)
    assert pump.contactattempts.count() == 1


def test_what_was_typed_comes_back_after_a_session_that_ended(
    page: FormPage, cast: Cast, typed: dict[str, str]
) -> None:
    page.client.logout()
    left = page.press(typed)
    page.client.post(left["Location"], {"login": cast.coordinator.user.email, "password": PASSWORD})
    assert page.open().context["form"]["next_step"].value() == "Call after 18:00"
    assert not ContactAttempt.objects.exists()
