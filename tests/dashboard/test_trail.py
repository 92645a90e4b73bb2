"""The auditor's page: who did and who saw what, in sentences, old beside new; and the same as a spreadsheet."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts.sweep import sweep
from itb.accounts.permissions import Role
from itb.audit.models import AuditEvent
from itb.audit.services import record_act
from itb.dashboard.trail import PAGE
from itb.walls import inside
from patients.models import Patient, Pump
from patients.services import hand_over_patient
from refills.policy import Margins
from refills.services import change_margins
from tests.cast import Cast, join

TRAIL, EXPORT = "/clinic/trail/", "/clinic/trail/export/"


@pytest.fixture
def auditor(client: Client, cast: Cast) -> Client:
    client.force_login(cast.auditor.user)
    return client


def told(client: Client, **query: Any) -> list[str]:
    """The sentences of the page."""
    answer = client.get(TRAIL, query)
    assert answer.status_code == 200
    return [act.sentence for act in answer.context["acts"]]


def said(client: Client, **query: Any) -> str:
    """The page, without the spaces of the template."""
    return " ".join(client.get(TRAIL, query).content.decode().split())


def test_acts_are_sentences_the_newest_first(auditor: Client, cast: Cast, pump: Pump) -> None:
    found = told(auditor)
    name = str(pump.patient)
    assert found[:2] == [
        f"Nurse recorded a refill of 40 mL for {name}",
        f"Nurse started a programme of 400 mcg/day for {name}",
    ]
    assert f"Nurse registered {name}" in found


def test_it_can_be_asked_by_patient_person_verb_and_day(auditor: Client, cast: Cast, pump: Pump) -> None:
    other = cast.running_pump(by=cast.prescriber)
    assert len(told(auditor, patient=other.patient_id)) == 4
    assert all(each.startswith("Prescriber ") for each in told(auditor, person=cast.prescriber.user_id))
    assert len(told(auditor, verb="refill.recorded")) == 2
    today = cast.at.astimezone(cast.clinic.tz).date()
    assert told(auditor, since=today, until=today, verb="refill.recorded")
    assert not told(auditor, since=today + timedelta(days=1))
    assert not told(auditor, until=today - timedelta(days=1), verb="refill.recorded")


@pytest.mark.parametrize(
    "query",
    [
        {"patient": "x"}, {"patient": "99999999999999999999"}, {"person": "0"}, {"person": "'"}, {"verb": "\0"},
        {"since": "0001-01-01"}, {"until": "tomorrow"}, {"before": "-1"}, {"before": "9" * 30},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_and_breaks_nothing(
    auditor: Client, pump: Pump, query: dict[str, str]
) -> None:
    assert auditor.get(TRAIL, query).status_code in (200, 404)


def test_another_clinics_patient_and_acts_do_not_exist(auditor: Client, cast: Cast) -> None:
    theirs = cast.running_pump(by=cast.stranger, family_name="Elsewhere")
    assert auditor.get(TRAIL, {"patient": theirs.patient_id}).status_code == 404
    assert auditor.get(EXPORT, {"patient": theirs.patient_id}).status_code == 404
    assert "elsewhere" not in said(auditor).lower()


def test_a_person_of_another_clinic_cannot_be_asked_for(auditor: Client, cast: Cast, pump: Pump) -> None:
    assert cast.stranger.user.name not in said(auditor)
    assert "Choose one of those that are listed." in said(auditor, person=cast.stranger.user_id)


def test_it_is_paged_by_number_and_none_is_lost_or_told_twice(
    auditor: Client, cast: Cast, pump: Pump
) -> None:
    for _ in range(PAGE):
        record_act(
            verb="chart.seen",
            subject=pump.patient,
            clinic_id=cast.clinic.pk,
            by_id=cast.nurse.user_id,
            at=cast.at,
        )
    first = auditor.get(TRAIL)
    numbers = [act.event.pk for act in first.context["acts"]]
    assert len(numbers) == PAGE
    second = auditor.get(TRAIL, {"before": first.context["next"]})
    numbers += [act.event.pk for act in second.context["acts"]]
    assert numbers == list(
        AuditEvent.objects.filter(clinic_id=cast.clinic.pk).order_by("-id").values_list("pk", flat=True)
    )
    assert second.context["next"] is None


@pytest.mark.django_db(transaction=True)
def test_old_stands_beside_new(client: Client, cast: Cast, pump: Pump) -> None:
    change_margins(margins=Margins(), by=cast.administrator, at=cast.at)
    change_margins(margins=Margins(margin_days=9), by=cast.administrator, at=cast.at)
    client.force_login(cast.auditor.user)
    (act, *_) = client.get(TRAIL).context["acts"]
    (change,) = act.changes
    assert [(each.words, each.old, each.new) for each in change.differences] == [("Margin days", "7", "9")]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_no_act_explains_stands_on_top(client: Client, cast: Cast, pump: Pump) -> None:
    client.force_login(cast.auditor.user)
    sweep()
    assert "no act explains" not in said(client, patient=pump.patient_id)
    Patient.objects.filter(pk=pump.patient_id).update(given_name="Altered")
    found = said(client)
    assert "Changes that no act explains" in found
    assert "Altered" in found
    assert "nobody named" in found
    assert "Altered" in said(client, patient=pump.patient_id)
    other = cast.running_pump()
    assert "no act explains" not in said(client, patient=other.patient_id)


def test_reading_a_patients_trail_leaves_a_trace_of_its_own(auditor: Client, cast: Cast, pump: Pump) -> None:
    told(auditor, patient=pump.patient_id)
    assert told(auditor)[0] == f"Auditor read the trail of {pump.patient}"


def test_the_chart_leads_to_the_trail_for_those_who_may(auditor: Client, cast: Cast, pump: Pump) -> None:
    chart = reverse("dashboard:chart", args=[pump.patient_id])
    link = f"{TRAIL}?patient={pump.patient_id}"
    assert link in auditor.get(chart).content.decode()
    auditor.force_login(cast.nurse.user)
    assert link not in auditor.get(chart).content.decode()


def test_an_export_holds_what_was_asked_for_and_is_an_act_with_its_count(
    auditor: Client, cast: Cast, pump: Pump
) -> None:
    answer = auditor.get(EXPORT, {"verb": "refill.recorded"})
    assert answer["Content-Type"].startswith("text/csv")
    header, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert header[:4] == ["number", "at", "person", "verb"]
    assert [row[3] for row in rows] == ["refill.recorded"]
    last = AuditEvent.objects.latest("id")
    assert (last.verb, last.count, last.by_id) == ("trail.exported", 1, cast.auditor.user_id)
    assert told(auditor)[0] == "Auditor exported 1 rows of the trail"


def test_an_export_whose_question_cannot_be_read_leads_back_to_the_page(auditor: Client, pump: Pump) -> None:
    answer = auditor.get(EXPORT, {"since": "tomorrow"})
    assert answer["Location"] == f"{TRAIL}?since=tomorrow"
    assert not AuditEvent.objects.filter(verb="trail.exported").exists()


def test_an_export_runs_in_no_spreadsheet(auditor: Client, cast: Cast) -> None:
    cast.running_pump(family_name="=cmd|' /C calc'!A0")
    text = auditor.get(EXPORT).content.decode("utf-8-sig")
    assert all(cell[:1] not in "=+-@" for row in csv.reader(io.StringIO(text)) for cell in row if cell)


def test_a_page_asks_the_database_no_more_for_more_acts(
    auditor: Client, cast: Cast, pump: Pump, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        cast.running_pump()
    with django_assert_max_num_queries(120):  # one or two for each table of the histories
        told(auditor)


def test_each_act_of_one_transaction_shows_its_own_changes(auditor: Client, cast: Cast, pump: Pump) -> None:
    """A test is one transaction: registration, pump, programme and refill share its beginning."""
    other = cast.running_pump()
    found = {
        act.event.verb: act.changes
        for act in auditor.get(TRAIL, {"patient": pump.patient_id}).context["acts"]
    }
    rows = {verb: {change.row._meta.label for change in changes} for verb, changes in found.items()}
    assert rows["programme.started"] == {"refills.ProgrammeHistory"}
    assert rows["pump.implanted"] == {"patients.PumpHistory"}
    assert rows["patient.registered"] == {"patients.PatientHistory"}
    no_acts_subject = {"patients.ContactHistory", "patients.CustodyHistory"}
    assert rows["refill.recorded"] == {"refills.RefillHistory"} | no_acts_subject
    numbers = {change.row.whose for changes in found.values() for change in changes}
    assert numbers == {pump.patient_id}
    assert other.patient_id not in numbers


@pytest.mark.django_db(transaction=True)
def test_what_another_clinic_did_before_a_transfer_is_not_called_unexplained(
    client: Client, cast: Cast, pump: Pump
) -> None:
    hand_over_patient(patient=pump.patient, to=cast.stranger.clinic, by=cast.nurse, at=cast.at)
    with inside(cast.stranger.clinic_id):
        reader = join(cast.stranger.clinic, "reader", Role.AUDITOR, cast.at)
    client.force_login(reader.user)
    assert client.get(TRAIL, {"patient": pump.patient_id}).context["strays"] == []
