"""A pump model of the clinic's own: added, changed by a new version, implanted, unknown to others."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from itb.accounts.permissions import Role
from itb.audit.models import AuditEvent
from itb.walls import inside
from patients.catalogue import model_of, name_of, pump_models
from patients.models import Contact, OwnModel, Patient, Pump
from patients.services import Implant, register_patient
from tests.cast import Cast, join

ADD = "/clinic/catalogue/models/add/"
CHANGE = f"{ADD}?key=own-quayside-30"
TYPED = {
    "name": "Quayside 30",
    "maker": "Quayside Works",
    "source": "Leaflet 7",
    "reservoir_ml": "30",
    "alarm_ml": "3",
    "accuracy_pct": "10",
    "longest_stay_days": "90",
    "seen": "0",
}


@pytest.fixture
def administrator(client: Client, cast: Cast) -> Client:
    client.force_login(cast.administrator.user)
    return client


def implanted(cast: Cast, serial: str) -> Pump:
    """A pump of the clinic's own model."""
    return register_patient(
        patient=Patient(
            record_number=serial,
            family_name="Testcase",
            given_name="Alex",
            birth_date=date(1980, 1, 1),
            origin="spinal",
        ),
        contact=Contact(name="Kin", relation="sister", phone="3"),
        implant=Implant("own-quayside-30", serial, date(2020, 1, 1), Decimal(3)),
        by=cast.nurse,
        at=cast.at,
    )


def test_an_administrator_adds_a_model_that_is_kept_with_who_and_when(
    administrator: Client, cast: Cast
) -> None:
    response = administrator.post(ADD, TYPED)
    assert response["Location"] == "/clinic/catalogue/"
    model = OwnModel.objects.get()
    assert (model.clinic, model.key, model.version) == (cast.clinic, "own-quayside-30", 1)
    assert (model.added_by, model.reservoir_ml, model.unusable_ml) == (cast.administrator.user, 30, None)
    event = AuditEvent.objects.get(verb="model.added")
    assert (event.subject_id, event.by_id, event.clinic_id) == (model.pk, model.added_by_id, cast.clinic.pk)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_else_may_add_one(client: Client, cast: Cast, role: Role) -> None:
    client.force_login(getattr(cast, role.value).user)
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, TYPED).status_code == 403
    assert not OwnModel.objects.exists()


def test_a_change_is_the_next_version_and_the_older_one_remains(administrator: Client, cast: Cast) -> None:
    cast.own_model()
    page = administrator.get(CHANGE).content.decode()
    assert 'value="Leaflet 7"' in page
    assert 'value="30"' in page
    administrator.post(CHANGE, {**TYPED, "reservoir_ml": "28.5", "seen": "1"})
    kept = OwnModel.objects.order_by("version").values_list("version", "reservoir_ml", "name")
    assert list(kept) == [(1, 30, "Quayside 30"), (2, Decimal("28.50"), "Quayside 30")]


def test_a_change_over_a_version_that_was_not_seen_is_refused_and_keeps_what_was_typed(
    administrator: Client, cast: Cast
) -> None:
    cast.own_model()
    cast.own_model(version=2)
    again = {**TYPED, "maker": "Quayside & Sons", "seen": "1"}
    page = administrator.post(CHANGE, again).content.decode()
    assert "Someone has changed this since you opened this page" in page
    assert 'value="Quayside &amp; Sons"' in page
    assert 'name="seen" value="2"' in page
    assert OwnModel.objects.count() == 2


def test_the_same_post_twice_adds_one(administrator: Client, cast: Cast) -> None:
    administrator.post(ADD, TYPED)
    page = administrator.post(ADD, TYPED).content.decode()
    assert "Quayside 30 is there already" in page
    assert f'href="{CHANGE}"' in page
    assert OwnModel.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("name", "!?", "letters or digits"),
        ("name", "\0", "cannot be kept"),
        ("reservoir_ml", "0", "more than 0"),
        ("reservoir_ml", "3,0", "point"),
        ("alarm_ml", "30", "not below the reservoir (30 mL)"),
        ("unusable_ml", "31", "not below the reservoir (30 mL)"),
        ("accuracy_pct", "51", "more than can be right"),
        ("longest_stay_days", "1.5", "whole numbers"),
        ("max_flow_ml_per_day", "0.01", "below the lowest flow"),
        ("source", "", "Fill this in"),
        ("seen", "x", "Someone has changed this"),
        ("tubing_ml", "1" + "0" * 400, "too long"),
    ],
)
def test_what_cannot_be_is_refused_in_words(administrator: Client, name: str, typed: str, words: str) -> None:
    response = administrator.post(ADD, {**TYPED, "min_flow_ml_per_day": "0.02", name: typed})
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not OwnModel.objects.exists()


def test_the_database_refuses_what_cannot_be_and_two_of_one_version(cast: Cast) -> None:
    cast.own_model()
    for facts in ({}, {"version": 2, "alarm_ml": Decimal(30)}, {"version": 2, "accuracy_pct": Decimal(100)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            cast.own_model(**facts)


def test_it_can_be_chosen_with_the_clinic_as_its_source(client: Client, cast: Cast) -> None:
    cast.own_model()
    client.force_login(cast.nurse.user)
    page = client.get("/patients/register/").content.decode()
    assert '<option value="own-quayside-30">Quayside 30 (added by Harbour Row)</option>' in page
    glance = client.post("/patients/register/", {"model": "own-quayside-30"}, headers={"HX-Request": "true"})
    assert "Harbour Row: Leaflet 7" in glance.content.decode()


def test_the_mark_of_an_unconfirmed_figure_shows_where_its_model_is_chosen(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.nurse.user)
    glance = client.post(
        "/patients/register/", {"model": "synchromed-iii-20"}, headers={"HX-Request": "true"}
    )
    assert "unconfirmed-L" in glance.content.decode()


def test_a_pump_keeps_the_figures_and_the_version_under_which_it_was_implanted(cast: Cast) -> None:
    cast.own_model(unusable_ml=Decimal(1), max_flow_ml_per_day=Decimal(24))
    first = implanted(cast, "QQ1001")
    cast.own_model(version=2, reservoir_ml=Decimal(28))
    second = implanted(cast, "QQ1002")
    assert (first.catalogue_version, second.catalogue_version) == (1, 2)
    assert (first.reservoir_ml, second.reservoir_ml) == (30, 28)
    assert (first.unusable_ml, first.accuracy_pct, first.max_flow_ml_per_day) == (1, 10, 24)
    now_of = [model_of(Pump.objects.get(pk=pump.pk)) for pump in (first, second)]
    assert [model.reservoir_ml.value for model in now_of if model] == [30, 28]
    assert name_of(first) == "Quayside 30"


def test_its_pump_has_a_page_and_a_line_in_the_list(client: Client, cast: Cast) -> None:
    cast.own_model()
    pump = implanted(cast, "QQ1003")
    client.force_login(cast.nurse.user)
    for address in (f"/patients/{pump.patient_id}/", "/", f"/pumps/{pump.pk}/refill/"):
        assert "Quayside 30" in client.get(address).content.decode()


def test_another_clinics_model_does_not_exist(client: Client, cast: Cast) -> None:
    cast.own_model()
    theirs: dict[str, Any] = {"by": join(cast.stranger.clinic, "chief", Role.ADMINISTRATOR, cast.at)}
    client.force_login(theirs["by"].user)
    assert client.get(CHANGE).status_code == 404
    assert client.post(CHANGE, {**TYPED, "seen": "1"}).status_code == 404
    assert "own-quayside-30" not in pump_models(cast.stranger.clinic)
    client.force_login(cast.stranger.user)
    assert "Quayside" not in client.get("/patients/register/").content.decode()
    with inside(cast.stranger.clinic_id):
        cast.own_model(**theirs, reservoir_ml=Decimal(18))
    assert pump_models(cast.clinic)["own-quayside-30"].reservoir_ml.value == 30
    with inside(cast.stranger.clinic_id):
        assert pump_models(cast.stranger.clinic)["own-quayside-30"].reservoir_ml.value == 18


def test_a_model_that_nobody_knows_is_refused(client: Client, cast: Cast) -> None:
    with pytest.raises(KeyError):
        implanted(cast, "QQ1004")
    client.force_login(cast.administrator.user)
    assert client.get(f"{ADD}?key=%00").status_code == 404
    assert client.get(f"{ADD}?key=synchromed-ii-20").status_code == 404
