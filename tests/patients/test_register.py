"""Registering a patient with pump and contact: whole or not at all, one person once."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from itb import clock
from patients import forms
from patients.models import Contact, Patient, Pump
from refills.models import Policy, Projection
from tests.cast import PASSWORD, Cast
from tests.pages import TYPED_AMISS, FormPage

DAYS_AMISS = ["0001-01-01", "9999-12-31", "275760-09-13", "2026-02-30", "in May", "\x00", "1" * 100_000, ""]


@pytest.fixture
def page(client: Client, cast: Cast) -> FormPage:
    return FormPage(client, cast.nurse, reverse("patients:register"))


@pytest.fixture
def typed() -> dict[str, str]:
    return {
        "record_number": "H-77",
        "family_name": "Quillfeather",
        "given_name": "Orla",
        "birth_date": "1971-05-04",
        "origin": "spinal",
        "cannot_hear_alarm": "on",
        "contact_name": "Kin",
        "contact_relation": "sister",
        "contact_phone": "+00 000",
        "model": "synchromed-ii-40",
        "serial": "NGV777000",
        "implanted_on": "2024-01-15",
        "alarm_ml": "2",
    }


def count() -> tuple[int, int, int, int]:
    """Patients, contacts, pumps and forecasts: all of them or none."""
    return (
        Patient.objects.count(),
        Contact.objects.count(),
        Pump.objects.count(),
        Projection.objects.count(),
    )


def test_patient_contact_and_pump_are_kept_together_and_watched_at_once(
    page: FormPage, typed: dict[str, str], cast: Cast
) -> None:
    answer = page.press(typed)
    patient = Patient.objects.get(record_number="H-77")
    assert answer["Location"] == reverse("dashboard:chart", args=[patient.pk])
    assert (patient.clinic, patient.risk_flags) == (cast.clinic, ["Cannot hear the alarm"])
    assert patient.contacts.get().relation == "sister"
    pump = patient.pumps.get()
    assert (pump.reservoir_ml, pump.alarm_ml, pump.serial) == (40, 2, "NGV777000")
    assert Projection.objects.get(pump=pump).danger_at is None, "unknown, so it sorts first"


def test_nothing_is_chosen_beforehand(page: FormPage) -> None:
    form = page.answer.context["form"]
    assert not form["model"].value()
    assert not form["origin"].value()
    assert not any(form[name].value() for name in Patient.RISK_FLAGS)


def test_each_flag_says_what_it_moves_by_this_clinics_policy(page: FormPage, cast: Cast) -> None:
    assert "7 days earlier, 14 at most" in page.answer.content.decode()
    days = {"margin_days": 7, "max_interval_days": 180, "accuracy_days": 2}
    Policy.objects.create(clinic=cast.clinic, **days, shift_days=5, shift_max_days=9)
    assert "5 days earlier, 9 at most" in page.open().content.decode()


def test_the_chosen_models_unconfirmed_figures_are_marked(page: FormPage) -> None:
    assert "SynchroMed II, 40 mL" in page.answer.content.decode().split('id="summary"')[1]
    body = page.glance({"model": "prometra-ii-20"}).content.decode().split('id="summary"')[1]
    assert "Prometra II, 20 mL" in body
    assert "unconfirmed-L" in body
    assert count() == (0, 0, 0, 0)


def test_a_glance_keeps_nothing_even_if_all_is_there(page: FormPage, typed: dict[str, str]) -> None:
    assert page.glance(typed).status_code == 200
    assert count() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "name", ["record_number", "family_name", "given_name", "contact_name", "contact_relation", "serial"]
)
@pytest.mark.parametrize("slip", ["", "   ", "x\x00y", "x" * 100_000], ids=["none", "space", "nul", "novel"])
def test_text_that_is_missing_or_cannot_be_kept_is_said_at_its_field(
    page: FormPage, typed: dict[str, str], name: str, slip: str
) -> None:
    assert page.errors({**typed, name: slip})[name]
    assert page.answer.context["form"][name].value() == slip
    assert count() == (0, 0, 0, 0)


@pytest.mark.parametrize("name", ["birth_date", "implanted_on"])
@pytest.mark.parametrize("slip", DAYS_AMISS)
def test_a_slip_in_a_day_is_said_at_its_field(
    page: FormPage, typed: dict[str, str], name: str, slip: str
) -> None:
    assert page.errors({**typed, name: slip})[name]
    assert count() == (0, 0, 0, 0)


@pytest.mark.parametrize("name", ["birth_date", "implanted_on"])
def test_a_day_ahead_is_refused(page: FormPage, typed: dict[str, str], name: str) -> None:
    ahead = (clock.now() + timedelta(days=2)).date().isoformat()
    assert page.errors({**typed, name: ahead})[name] == "This lies in the future."


def test_an_implant_before_the_birth_is_refused(page: FormPage, typed: dict[str, str]) -> None:
    assert "before the birth date" in page.errors({**typed, "implanted_on": "1971-05-03"})["implanted_on"]


@pytest.mark.parametrize("slip", TYPED_AMISS.values(), ids=TYPED_AMISS.keys())
def test_a_slip_in_the_alarm_is_said_at_its_field(page: FormPage, typed: dict[str, str], slip: str) -> None:
    assert page.errors({**typed, "alarm_ml": slip})["alarm_ml"]


def test_an_alarm_that_the_pump_cannot_hold_is_refused(page: FormPage, typed: dict[str, str]) -> None:
    assert page.errors({**typed, "alarm_ml": "40"})["alarm_ml"] == (
        "40 mL is not below what this pump holds (40 mL)."
    )


@pytest.mark.parametrize(("name", "slip"), [("model", "abacus"), ("origin", "lunar"), ("model", "\x00")])
def test_a_choice_that_is_not_listed_is_refused(
    page: FormPage, typed: dict[str, str], name: str, slip: str
) -> None:
    assert page.errors({**typed, name: slip})[name] == "Choose one of those that are listed."


def test_a_record_number_that_the_clinic_has_given_is_refused_with_a_link_to_the_first(
    page: FormPage, typed: dict[str, str]
) -> None:
    page.press(typed)
    first = Patient.objects.get()
    again = {**typed, "record_number": "h-77", "family_name": "Other", "serial": "NGV777001"}
    assert "already" in page.errors(again)["record_number"]
    assert reverse("dashboard:chart", args=[first.pk]) in page.answer.content.decode()
    assert Patient.objects.count() == 1


def test_the_same_post_twice_is_one_patient(page: FormPage, typed: dict[str, str]) -> None:
    page.press(typed)
    assert page.press(typed).status_code == 200
    assert count() == (1, 1, 1, 1)


@pytest.mark.parametrize(
    "alike",
    [
        {},
        {"family_name": "QUILLFEATHER", "birth_date": "1980-01-01"},
        {"family_name": "Quill-Feather"},
        {"given_name": "Olga"},
    ],
    ids=["all the same", "another birth date", "another family name", "another given name"],
)
def test_someone_alike_is_shown_and_passed_only_by_saying_that_it_is_another_person(
    page: FormPage, typed: dict[str, str], alike: dict[str, str]
) -> None:
    page.press(typed)
    first = Patient.objects.get()
    second = {**typed, "record_number": "H-78", "serial": "NGV777001", **alike}
    assert page.errors(second)["is_another"]
    assert reverse("dashboard:chart", args=[first.pk]) in page.answer.content.decode()
    assert Patient.objects.count() == 1
    assert page.press({**second, "is_another": "on"}).status_code == 302
    assert Patient.objects.count() == 2


def test_nobody_of_another_clinic_is_shown_or_told_of(
    page: FormPage, typed: dict[str, str], cast: Cast
) -> None:
    theirs = cast.bare_pump(
        by=cast.stranger,
        record_number="H-77",
        family_name="Quillfeather",
        given_name="Orla",
        birth_date=date(1971, 5, 4),
        serial="NGV777000",
    )
    page.press(typed)
    assert page.answer.status_code == 302
    assert reverse("dashboard:chart", args=[theirs.patient_id]) != page.answer["Location"]


@pytest.mark.parametrize("taken", [{"record_number": "H-77"}, {"serial": "NGV777000"}])
def test_someone_who_registers_the_same_number_at_the_same_moment_is_told_in_words(
    page: FormPage, typed: dict[str, str], cast: Cast, monkeypatch: Any, taken: dict[str, str]
) -> None:
    valid = forms.RegisterForm.is_valid

    def is_valid_and_then_overtaken(form: forms.RegisterForm) -> bool:
        found = valid(form)
        if not Patient.objects.exists():
            cast.bare_pump(**taken)
        return found

    monkeypatch.setattr(forms.RegisterForm, "is_valid", is_valid_and_then_overtaken)
    assert taken.keys() <= page.errors(typed).keys()
    assert page.answer.status_code == 200
    assert count() == (1, 1, 1, 1), "the other's, and nothing half of ours"


def test_what_was_typed_comes_back_after_a_session_that_ended(
    page: FormPage, typed: dict[str, str], cast: Cast
) -> None:
    page.client.logout()
    left = page.press(typed)
    page.client.post(left["Location"], {"login": cast.nurse.user.email, "password": PASSWORD})
    form = page.open().context["form"]
    assert (form["family_name"].value(), form["cannot_hear_alarm"].value()) == ("Quillfeather", "on")
    assert count() == (0, 0, 0, 0)


def test_who_only_reads_registers_nobody(client: Client, cast: Cast, typed: dict[str, str]) -> None:
    for member in (cast.auditor, cast.administrator):
        client.force_login(member.user)
        assert client.post(reverse("patients:register"), typed).status_code == 403
    assert count() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("name", "slip"),
    [
        ("contact_phone", "call me"),
        ("contact_phone", "123"),
        ("family_name", "Quill\u202efeather"),
        ("given_name", "Or\u200bla"),
        ("alarm_ml", "0"),
    ],
)
def test_what_nobody_could_call_read_or_set_is_refused(
    page: FormPage, typed: dict[str, str], name: str, slip: str
) -> None:
    assert page.errors({**typed, name: slip})[name]
    assert count() == (0, 0, 0, 0)
