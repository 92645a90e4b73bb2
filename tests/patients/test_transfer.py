"""A patient moves to another clinic: theirs once they have accepted, ours until then, and nothing leaks on the way."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from alerts.sweep import sweep
from itb.audit.models import AuditEvent
from itb.walls import inside
from patients.models import Offer, Patient, Pump
from patients.transfer_form import UNKNOWN
from patients.transfers import NoSuchOfferError, accept_patient, offers_to
from refills.models import Projection
from refills.services import book_visit
from tests.cast import Cast
from tests.owner import owner_cursor
from tests.pages import FormPage

BORN = "1980-01-01"


@pytest.fixture
def ours(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.nurse, reverse("patients:transfer", args=[pump.patient_id]))


@pytest.fixture
def theirs(cast: Cast) -> FormPage:
    return FormPage(Client(), cast.stranger, reverse("patients:accept"))


@pytest.fixture
def typed(cast: Cast) -> dict[str, str]:
    return {"to": f"{cast.stranger.clinic_id}", "reason": "Moves house next month"}


def is_ours(pump: Pump) -> bool:
    return Patient.objects.filter(pk=pump.patient_id).exists()


def test_an_offered_patient_stays_ours_is_watched_and_the_chart_says_so(
    ours: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    answer = ours.press(typed)
    code = answer.context["code"]
    spelt = f"{code[:5]} {code[5:]}"
    assert spelt in answer.content.decode()
    assert spelt not in ours.open().content.decode(), "once, and never again"
    assert is_ours(pump)
    assert Projection.objects.active().filter(pump=pump).exists()
    chart = ours.client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    assert "Offered to Mill Lane" in chart
    assert code not in str(Offer.objects.values())


def test_who_is_offered_is_seen_by_the_other_clinic_as_nobody(
    ours: FormPage, theirs: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    ours.press(typed)
    body = theirs.open().content.decode()
    assert "Harbour Row" in body
    for secret in (pump.patient.family_name, pump.serial, "Moves house", BORN, pump.patient.record_number):
        assert secret not in body
    with inside(cast.stranger.clinic_id, cast.stranger.user_id):
        assert not Offer.objects.exists()
        assert [each.clinic for each in offers_to(cast.stranger)] == [cast.clinic]
    assert offers_to(cast.nurse) == []


def test_accepted_the_patient_is_wholly_theirs_and_both_trails_say_so(
    ours: FormPage, theirs: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    code = ours.press(typed).context["code"]
    spelt = f"{code[:5].lower()} {code[5:]}"
    answer = theirs.press({"code": spelt, "birth_date": BORN, "record_number": "ML-1"})
    assert answer["Location"] == reverse("dashboard:chart", args=[pump.patient_id])
    assert not is_ours(pump)
    assert ours.client.get(reverse("dashboard:chart", args=[pump.patient_id])).status_code == 404
    assert AuditEvent.objects.filter(verb="patient.handed_over", by_id=cast.stranger.user_id).exists()
    sweep()
    with inside(cast.stranger.clinic_id, cast.stranger.user_id):
        patient = Patient.objects.get(pk=pump.patient_id)
        assert patient.record_number == "ML-1"
        assert patient.offers.get().outcome == Offer.Outcome.ACCEPTED
        assert patient.pumps.get().refills.exists()
        assert Projection.objects.get(pump=pump).danger_at is not None
        assert AuditEvent.objects.filter(verb="patient.accepted").exists()


@pytest.fixture
def first(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[None]:
    """This table follows the patient before any other: PostgreSQL goes by the names of its triggers, which vary."""
    with owner_cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger JOIN pg_proc AS called ON called.oid = tgfoid"
            " WHERE tgrelid = 'patients_patient'::regclass AND tgconstrrelid = %s::regclass"
            " AND proname = 'RI_FKey_cascade_upd'",
            [request.param],
        )
        ((name,),) = cursor.fetchall()
        cursor.execute(f'ALTER TRIGGER "{name}" ON patients_patient RENAME TO "A"')
    yield
    with owner_cursor() as cursor:
        cursor.execute(f'ALTER TRIGGER "A" ON patients_patient RENAME TO "{name}"')


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize("first", ["patients_contact", "patients_pump"], indirect=True)
def test_whichever_table_follows_first_the_forecast_comes_along_with_who_can_be_called(
    ours: FormPage, theirs: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    visit = book_visit(pump=pump, on=cast.at.date(), by=cast.nurse, at=cast.at)
    code = ours.press(typed).context["code"]
    assert theirs.press({"code": code, "birth_date": BORN, "record_number": "ML-1"}).status_code == 302
    with inside(cast.stranger.clinic_id, cast.stranger.user_id):
        row = Projection.objects.get(pump=pump)
        assert (row.clinic_id, row.is_reachable, row.visit_on) == (cast.stranger.clinic_id, True, None)
        visit.refresh_from_db()
        assert visit.state == visit.State.CANCELLED


def test_the_same_post_twice_moves_one_patient_once(
    ours: FormPage, theirs: FormPage, typed: dict[str, str]
) -> None:
    answer = {"code": ours.press(typed).context["code"], "birth_date": BORN, "record_number": "ML-1"}
    assert theirs.press(answer).status_code == 302
    assert "Nothing is offered" in theirs.errors(answer)["__all__"]


@pytest.mark.parametrize("slip", [{"code": "ABCDEFGHJK"}, {"birth_date": "1980-01-02"}])
def test_a_wrong_code_or_birth_date_says_nothing_but_that(
    ours: FormPage, theirs: FormPage, typed: dict[str, str], pump: Pump, slip: dict[str, str]
) -> None:
    code = ours.press(typed).context["code"]
    right = {"code": code, "birth_date": BORN, "record_number": "ML-1"}
    assert theirs.errors({**right, **slip}) == {"__all__": UNKNOWN}
    assert is_ours(pump)


def test_declined_the_patient_stays_and_the_giver_is_told(
    ours: FormPage, theirs: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    code = ours.press(typed).context["code"]
    assert theirs.press({"code": code, "birth_date": BORN, "action": "decline"}).status_code == 302
    assert is_ours(pump)
    assert "Mill Lane declined" in ours.open().content.decode()
    assert AuditEvent.objects.filter(verb="offer.declined", patient_id=pump.patient_id).exists()


def test_taken_back_the_code_opens_nothing(
    ours: FormPage, theirs: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    code = ours.press(typed).context["code"]
    ours.press({"action": "withdraw"})
    assert (
        "Nothing is offered"
        in theirs.errors({"code": code, "birth_date": BORN, "record_number": "ML-1"})["__all__"]
    )
    assert is_ours(pump)


def test_a_second_offer_while_one_waits_is_none(ours: FormPage, typed: dict[str, str]) -> None:
    ours.press(typed)
    assert ours.press(typed).status_code == 302
    assert Offer.objects.count() == 1


def test_a_record_number_or_pump_that_is_anothers_there_stands_in_the_way_and_nothing_moves(
    ours: FormPage, theirs: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    cast.bare_pump(by=cast.stranger, record_number="ML-1", serial="QX1")
    code = ours.press(typed).context["code"]
    taken = {"code": code, "birth_date": BORN, "record_number": "ml-1"}
    assert "another patient" in theirs.errors(taken)["record_number"]
    cast.bare_pump(by=cast.stranger, serial=pump.serial)
    assert "registered here already" in theirs.errors({**taken, "record_number": "ML-2"})["__all__"]
    assert is_ours(pump)


def test_an_offer_is_for_one_clinic_alone(ours: FormPage, typed: dict[str, str], cast: Cast) -> None:
    code = ours.press(typed).context["code"]
    with pytest.raises(NoSuchOfferError):
        accept_patient(
            code=code, born=Patient.objects.get().birth_date, record_number="X", by=cast.nurse, at=cast.at
        )


def test_the_moved_patients_own_clinician_stays_behind(
    ours: FormPage, theirs: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    Patient.objects.filter(pk=pump.patient_id).update(clinician=cast.prescriber)
    cast.catheter(pump.patient)
    code = ours.press(typed).context["code"]
    theirs.press({"code": code, "birth_date": BORN, "record_number": "ML-1"})
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    with inside(cast.stranger.clinic_id, cast.stranger.user_id):
        patient = Patient.objects.get(pk=pump.patient_id)
        assert patient.clinician is None
        assert patient.catheters.exists()
