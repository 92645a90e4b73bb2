"""Changing what is known of a patient: two at once notice, a flag moves dates, and the trail shows old beside new."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from alerts.sweep import sweep
from itb.accounts.services import end_membership
from itb.audit.models import AuditEvent
from patients import services
from patients.edit_form import EditForm
from patients.models import Patient, Pump
from refills.models import Projection
from tests.cast import Cast
from tests.pages import FormPage


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.nurse, reverse("patients:edit", args=[pump.patient_id]))


@pytest.fixture
def typed(pump: Pump) -> dict[str, str]:
    patient = pump.patient
    return {
        "record_number": patient.record_number,
        "family_name": patient.family_name,
        "given_name": patient.given_name,
        "birth_date": f"{patient.birth_date}",
        "origin": patient.origin,
    }


def acts(verb: str) -> int:
    return AuditEvent.objects.filter(verb=verb).count()


def test_what_is_typed_is_kept_and_stands_on_the_chart(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    more = {
        "indication": "Multiple sclerosis",
        "goals": "Sits for an hour\nTransfers",
        "clinician": f"{cast.prescriber.pk}",
    }
    answer = page.press({**typed, **more})
    assert answer["Location"] == reverse("dashboard:chart", args=[pump.patient_id])
    patient = Patient.objects.get(pk=pump.patient_id)
    assert (patient.indication, patient.clinician, patient.version) == (
        "Multiple sclerosis",
        cast.prescriber,
        1,
    )
    found = page.client.get(answer["Location"]).content.decode()
    for said in ("Multiple sclerosis", "Sits for an hour<br>Transfers", "Prescriber"):
        assert said in found
    assert acts("patient.edited") == 1


def test_keeping_what_is_kept_changes_nothing_and_writes_no_act(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    assert page.press(typed).status_code == 302
    assert Patient.objects.get(pk=pump.patient_id).version == 0
    assert acts("patient.edited") == 0


def test_a_flag_moves_every_date_by_the_next_sweep_and_a_name_moves_none(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    before = Projection.objects.get(pump=pump)
    page.press({**typed, "given_name": "Alexandra"})
    pump.refresh_from_db()
    assert before.facts_version == pump.facts_version, "the forecast stands: nobody reads unknown for a name"
    page.open()
    page.press({**typed, "given_name": "Alexandra", "cannot_hear_alarm": "on"})
    pump.refresh_from_db()
    assert Projection.objects.get(pump=pump).facts_version != pump.facts_version
    sweep()
    after = Projection.objects.get(pump=pump)
    assert before.danger_at
    assert after.danger_at
    assert (before.danger_at - after.danger_at).days == 7
    assert after.refill_by == before.refill_by


def test_two_who_edit_at_once_see_both_and_nothing_is_lost(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    page.open()
    theirs = Patient.objects.get(pk=pump.patient_id)
    theirs.goals = "Walks with a frame"
    services.edit_patient(patient=theirs, seen=0, by=cast.prescriber, at=cast.at)
    answer = page.press({**typed, "goals": "Sits for an hour"})
    assert answer.status_code == 409
    body = answer.content.decode()
    assert "Walks with a frame" in body
    assert "Sits for an hour" in body
    assert Patient.objects.get(pk=pump.patient_id).goals == "Walks with a frame"
    assert page.press({**typed, "goals": "Sits for an hour"}).status_code == 302
    kept = Patient.objects.get(pk=pump.patient_id)
    assert (kept.goals, kept.version) == ("Sits for an hour", 2)


def test_who_is_overtaken_between_looking_and_keeping_is_told_too(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    valid = EditForm.is_valid

    def is_valid_and_then_overtaken(form: EditForm) -> bool:
        found = valid(form)
        Patient.objects.filter(pk=pump.patient_id).update(version=7)
        return found

    monkeypatch.setattr(EditForm, "is_valid", is_valid_and_then_overtaken)
    assert page.press({**typed, "goals": "Sits"}).status_code == 409
    assert Patient.objects.get(pk=pump.patient_id).goals == ""


def test_another_patients_record_number_is_refused_with_a_link_to_the_first(
    page: FormPage, typed: dict[str, str], cast: Cast
) -> None:
    other = cast.bare_pump(record_number="H-9").patient
    assert "already" in page.errors({**typed, "record_number": "h-9"})["record_number"]
    assert reverse("dashboard:chart", args=[other.pk]) in page.answer.content.decode()


def test_who_becomes_like_another_is_asked_about_and_one_whose_name_stays_is_not(
    page: FormPage, typed: dict[str, str], cast: Cast
) -> None:
    cast.bare_pump(family_name="Okafor", given_name="Miriam", birth_date=date(1961, 3, 2))
    alike = {"family_name": "Okafor", "given_name": "Maryam", "birth_date": "1961-03-02"}
    assert page.errors({**typed, **alike})["is_another"]
    page.open()
    assert page.press({**typed, **alike, "is_another": "on"}).status_code == 302
    page.open()
    assert page.press({**typed, **alike, "goals": "Sits"}).status_code == 302


def test_an_own_clinician_is_of_the_clinic_and_has_not_left(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    assert page.errors({**typed, "clinician": f"{cast.stranger.pk}"})["clinician"]
    assert page.errors({**typed, "clinician": f"{cast.auditor.pk}"})["clinician"]
    page.press({**typed, "clinician": f"{cast.prescriber.pk}"})
    end_membership(member=cast.prescriber, by=cast.administrator.user, at=cast.at)
    assert page.errors({**typed, "clinician": f"{cast.prescriber.pk}"})["clinician"]
    chart = page.client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    assert "has left the clinic: choose another" in chart


def test_the_database_knows_no_clinician_of_another_clinic(cast: Cast, pump: Pump) -> None:
    with pytest.raises(IntegrityError, match="clinician_of_the_patients_clinic"), transaction.atomic():
        Patient.objects.filter(pk=pump.patient_id).update(clinician=cast.stranger.pk)
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_refusal_has_a_reason_and_a_day_and_leaves_the_list_of_the_unreachable(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    assert page.errors({**typed, "refusal": "Wants nobody to know"})["refused_on"]
    assert page.errors({**typed, "refused_on": "2026-01-02"})["refusal"]
    pump.patient.contacts.update(phone="")
    unreachable = reverse("dashboard:worklist") + "?show=unreachable"
    assert pump.patient.family_name.upper() in page.client.get(unreachable).content.decode()
    page.open()
    assert (
        page.press({**typed, "refusal": "Wants nobody to know", "refused_on": "2026-01-02"}).status_code
        == 302
    )
    assert pump.patient.family_name.upper() not in page.client.get(unreachable).content.decode()
    chart = page.client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    assert "Wants nobody to know" in chart


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Meyer", "Karin"), ("Maier", "Carin")),
        (("Okafor", "Miriam"), ("Miriam", "Okafor")),
        (("Núñez", "José"), ("Nunez", "Jose")),
        (("Quill-Feather", "Jon"), ("Quillfeather", "John")),
        (("Smith", "Philip"), ("Smyth", "Filip")),
        (("Østergård", "Søren"), ("Ostergard", "Soeren")),
    ],
    ids=["spelling", "swapped", "accents", "hyphen", "sound", "letters of another alphabet"],
)
def test_nearly_the_same_name_warns_on_both_charts(
    client: Client, cast: Cast, one: tuple[str, str], other: tuple[str, str]
) -> None:
    first, second = (
        cast.bare_pump(family_name=family, given_name=given).patient for family, given in (one, other)
    )
    client.force_login(cast.nurse.user)
    for here, there in ((first, second), (second, first)):
        body = client.get(reverse("dashboard:chart", args=[here.pk])).content.decode()
        assert "Nearly the same name" in body
        assert reverse("dashboard:chart", args=[there.pk]) in body


def test_another_name_and_another_clinics_patient_warn_of_nothing(client: Client, cast: Cast) -> None:
    mine = cast.bare_pump(family_name="Okafor", given_name="Miriam").patient
    cast.bare_pump(family_name="Lindqvist", given_name="Per")
    cast.bare_pump(by=cast.stranger, family_name="Okafor", given_name="Miriam")
    client.force_login(cast.nurse.user)
    assert "Nearly the same" not in client.get(reverse("dashboard:chart", args=[mine.pk])).content.decode()


@pytest.mark.parametrize(
    ("birth_date", "is_found"),
    [("1971-05-04", True), ("1971-04-05", True), ("1917-05-04", True), ("1971-05-14", False)],
    ids=["the same", "day and month exchanged", "digits exchanged", "another"],
)
def test_one_name_and_a_birth_date_a_slip_away_may_be_the_same_person(
    page: FormPage, typed: dict[str, str], cast: Cast, birth_date: str, *, is_found: bool
) -> None:
    cast.bare_pump(family_name="Quill", given_name="Orla", birth_date=date(1971, 5, 4))
    typed |= {"family_name": "Married", "given_name": "Orla", "birth_date": birth_date}
    assert ("is_another" in page.errors(typed) if page.press(typed).status_code == 200 else False) == is_found
