"""What was typed on the page of a refill waits for the same person, whatever became of the browser."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from itb.accounts.models import Draft
from itb.accounts.retention import A_WEEK, forget_drafts
from itb.walls import inside
from patients.models import Pump
from tests.cast import PASSWORD, Cast
from tests.pages import FormPage, clinic_time
from tests.refills.visit import nothing_amiss

Typed = dict[str, str]


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.nurse, reverse("refills:record", args=[pump.pk]))


@pytest.fixture
def typed(cast: Cast, pump: Pump) -> Typed:
    return {
        **nothing_amiss(),
        "at": clinic_time(cast.nurse),
        "serial_ending": pump.serial[-4:],
        "withdrawn_ml": "34",
        "emptied": "yes",
        "product": "lioresal-2000-20",
        "concentration_mcg_per_ml": "2000",
        "lot": "LOT-9",
        "filled_ml": "40",
    }


def reopened(page: FormPage, cast: Cast) -> FormPage:
    """Another browser, signed in anew."""
    browser = Client()
    browser.post(reverse("account_login"), {"login": cast.nurse.user.email, "password": PASSWORD})
    return FormPage(browser, cast.nurse, page.address)


def test_what_was_typed_comes_back_in_another_browser_with_its_time(
    page: FormPage, typed: Typed, cast: Cast, pump: Pump
) -> None:
    several: dict[str, object] = {**typed, "felt": "some", "symptoms": ["itch", "fever"], "filled_ml": ""}
    page.glance(several)  # type: ignore[arg-type]  # several answers
    again = reopened(page, cast)
    form = again.answer.context["form"]
    assert (form["lot"].value(), form["symptoms"].value()) == ("LOT-9", ["itch", "fever"])
    assert form["step_identified"].value()
    body = again.answer.content.decode()
    assert "Draft of" in body
    assert "Start empty" in body
    assert pump.refills.count() == 1


def test_it_is_kept_without_a_script_by_a_button(page: FormPage, typed: Typed, pump: Pump) -> None:
    answer = page.press({**typed, "filled_ml": "1,000"}, draft="yes")
    assert answer["Location"] == reverse("dashboard:chart", args=[pump.patient_id])
    assert page.open().context["form"]["filled_ml"].value() == "1,000"
    assert pump.refills.count() == 1


def drafts(cast: Cast) -> list[str]:
    """What the nurse has put aside."""
    with inside(cast.clinic.pk, cast.nurse.user_id):
        return [draft.typed for draft in Draft.objects.all()]


def test_it_goes_when_the_page_is_kept_and_when_it_is_begun_anew(
    page: FormPage, typed: Typed, cast: Cast
) -> None:
    page.glance(typed)
    assert page.client.post(page.address, {"empty": "yes"})["Location"] == page.address
    assert not page.open().context["form"]["lot"].value()
    page.glance(typed)
    assert drafts(cast)
    page.keep(typed)
    assert not drafts(cast)
    page.glance(typed)
    assert not drafts(cast), "a summary that was asked for late brings nothing back"


def test_a_draft_over_older_facts_says_that_they_moved(
    page: FormPage, typed: Typed, cast: Cast, pump: Pump
) -> None:
    page.glance(typed)
    cast.programme(pump, days_ago=0.5, dose="420")
    page.open()
    assert page.press(typed).status_code == 409


def test_nobody_else_ever_sees_it(page: FormPage, typed: Typed, cast: Cast) -> None:
    page.glance(typed)
    other = FormPage(Client(), cast.prescriber, page.address)
    assert not other.answer.context["form"]["lot"].value()
    for clinic, person in (
        (cast.clinic.pk, cast.prescriber.user_id),
        (cast.clinic.pk, None),
        (cast.stranger.clinic_id, cast.nurse.user_id),
    ):
        with inside(clinic, person):
            assert not Draft.objects.exists(), "the database itself shows it to one person in one clinic"
    assert drafts(cast)


def test_one_person_has_one_draft_a_page(page: FormPage, typed: Typed, cast: Cast) -> None:
    page.glance(typed)
    page.glance({**typed, "lot": "LOT-10"})
    (kept,) = drafts(cast)
    assert "LOT-10" in kept
    with inside(cast.clinic.pk, cast.nurse.user_id):
        again = Draft(user=cast.nurse.user, clinic=cast.clinic, path=page.address, saved_at=cast.at)
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save()


def test_what_nobody_came_back_to_is_forgotten(page: FormPage, typed: Typed, cast: Cast) -> None:
    page.glance(typed)
    assert forget_drafts(at=cast.at + A_WEEK - timedelta(minutes=1)) == 0
    assert forget_drafts(at=cast.at + A_WEEK + timedelta(days=1)) == 1


def test_a_draft_of_any_length_breaks_nothing(page: FormPage, typed: Typed) -> None:
    assert page.glance({**typed, "explanation": "e" * 200_000}).status_code == 200


def test_a_programme_that_the_pump_was_told_at_the_visit_is_recorded_first_and_the_page_waits(
    page: FormPage, typed: Typed, cast: Cast, pump: Pump
) -> None:
    told = {**typed, "shown_dose": "420"}
    assert "is recorded as running" in page.errors(told)["shown_dose"]
    answer = page.press(told, draft="programme")
    assert answer["Location"] == reverse("refills:start", args=[pump.pk])
    programme = FormPage(page.client, cast.nurse, reverse("refills:start", args=[pump.pk]))
    figures = {
        "at": clinic_time(cast.nurse), "mode": "continuous", "concentration_mcg_per_ml": "2000",
        "dose_mcg_per_day": "420", "reason": "Agreed.",
    }  # fmt: skip
    assert programme.keep(figures)["Location"] == page.address, "back to the refill that waits"
    page.open()
    assert page.press({**told, "at": clinic_time(cast.nurse)}).status_code == 409
    assert page.keep({**told, "at": clinic_time(cast.nurse)}).status_code == 302
    assert pump.refills.latest("at").procedure
