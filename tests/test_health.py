"""The watcher is watched: what is wrong with the engine is said on every page and to machines."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from itb import clock
from itb.outbox.models import Heartbeat
from itb.outbox.services import Owed, beat, enqueue
from refills.models import Appointment
from tests.cast import Cast
from tests.pages import FormPage
from tests.refills.visit import working_day


@pytest.fixture
def running(db: None) -> None:
    """Every part of a cycle has just finished."""
    for name in ("sweep", "drain", "sink"):
        beat(name=name)


def test_a_running_engine_is_healthy(client: Client, running: None) -> None:
    assert client.get("/healthz").status_code == 200
    response = client.get("/healthz/engine")
    assert (response.status_code, response.json()) == (200, {"problems": []})


@pytest.mark.parametrize("cycle", ["sweep", "drain", "sink"])
def test_a_cycle_that_has_not_finished_for_three_minutes_is_named_on_every_page(
    client: Client, cast: Cast, running: None, cycle: str
) -> None:
    Heartbeat.objects.filter(name=cycle).update(finished_at=clock.now() - timedelta(minutes=4))
    response = client.get("/healthz/engine")
    assert response.status_code == 503
    (problem,) = response.json()["problems"]
    client.force_login(cast.nurse.user)
    for path in ("/", "/alerts/", "/letters/"):
        assert problem in client.get(path).content.decode()


def test_an_engine_that_never_ran_is_not_healthy(client: Client, db: None) -> None:
    assert len(client.get("/healthz/engine").json()["problems"]) == 3


def test_a_letter_that_waits_too_long_is_a_problem(client: Client, cast: Cast, running: None) -> None:
    at = clock.now() - timedelta(minutes=6)
    enqueue(
        Owed(key="k", recipients=[cast.nurse], topic="t", template="alerts/urgent", is_critical=False, at=at)
    )
    assert client.get("/healthz/engine").json()["problems"] == [
        "A letter has waited for more than five minutes."
    ]


def test_the_web_process_itself_is_healthy_without_the_engine(client: Client, db: None) -> None:
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_does_not_come_free_is_said_in_words_and_nothing_is_kept(
    client: Client, cast: Cast
) -> None:
    pump = cast.running_pump()
    page = FormPage(client, cast.nurse, f"/pumps/{pump.pk}/visit/")
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT set_config('itb.clinic', %s, false)", [str(cast.clinic.pk)])
            cursor.execute("SELECT 1 FROM patients_pump WHERE id = %s FOR UPDATE", [pump.pk])
            response = page.press({"on": working_day(9), "place": Appointment.Place.CLINIC.value})
    finally:
        other.rollback()
        other.close()
    assert response.status_code == 503
    assert "did not answer" in response.content.decode()
    assert not Appointment.objects.exists()
