"""Nobody is unmonitored: counted each night from the tables alone, kept, and red as soon as a pump falls out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from alerts import proof
from alerts.models import Alert, Proof
from alerts.proof import count, prove
from alerts.sweep import sweep
from itb import clock
from itb.outbox.services import beat
from itb.walls import inside
from patients.models import Pump
from tests.cast import Cast
from tests.owner import owner_cursor


def raw(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def page(client: Client, cast: Cast) -> str:
    client.force_login(cast.nurse.user)
    return client.get(reverse("dashboard:proof")).content.decode()


@pytest.fixture
def watched(cast: Cast) -> list[Pump]:
    """A pump with a forecast, and one with an open alert in its place."""
    pumps = [cast.running_pump(), cast.bare_pump()]
    sweep()
    return pumps


def test_each_pump_has_a_forecast_or_an_open_alert_and_the_proof_is_whole(
    client: Client, cast: Cast, watched: list[Pump]
) -> None:
    cast.left(cast.running_pump())
    assert prove(at=cast.at) == 2
    kept = Proof.objects.get()
    assert (kept.monitored, kept.evaluated, kept.covered, kept.differences) == (2, 2, 2, [])
    assert kept.is_whole
    assert "2 monitored, 2 looked at, 2 with a forecast or an open alert" in page(client, cast)


def test_one_proof_is_kept_a_day_of_the_clinics_own_calendar(cast: Cast, watched: list[Pump]) -> None:
    evening = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # past midnight in London, not yet in New York
    for hours in (0, 1, 2):
        prove(at=evening + timedelta(hours=hours))
    assert [f"{each.on}" for each in Proof.objects.all()] == ["2026-07-01"]
    with inside(cast.stranger.clinic_id):
        assert [f"{each.on}" for each in Proof.objects.all()] == ["2026-06-30"]


SEEDED: dict[str, tuple[str, str]] = {
    "a deleted projection": ("DELETE FROM refills_projection", "bare"),
    "a forecast that was emptied": ("UPDATE refills_projection SET danger_at = NULL", "bare"),
    "a forecast made from other facts": ("UPDATE refills_projection SET facts_version = -1", "bare"),
    "a forecast in error": ("UPDATE refills_projection SET error = 'not_computed'", "bare"),
    "an alert closed by hand": ("UPDATE alerts_alert SET state = 'closed', closed_at = now()", "bare"),
    "a moment that passed": (
        "UPDATE refills_projection SET review_at = clock_timestamp() - interval '4 minutes'",
        "late",
    ),
    "a moment of a clock that jumped": (
        "UPDATE refills_projection SET review_at = clock_timestamp() + interval '30 hours'",
        "late",
    ),
}


@pytest.mark.parametrize("violation", SEEDED)
def test_what_is_broken_by_hand_is_red_on_the_page_at_once_and_named_in_the_proof(
    client: Client, cast: Cast, watched: list[Pump], violation: str
) -> None:
    statement, why = SEEDED[violation]
    raw(statement)
    assert not count(cast.clinic.pk).is_whole
    assert proof.WORDS[why] in page(client, cast)
    prove(at=cast.at)
    kept = Proof.objects.get()
    assert not kept.is_whole
    assert {each["why"] for each in kept.differences} == {why}
    assert "not whole" in page(client, cast)


def test_every_page_says_when_the_nights_proof_is_not_whole(
    client: Client, cast: Cast, watched: list[Pump]
) -> None:
    for name in ("sweep", "drain", "sink"):
        beat(name=name)
    prove(at=cast.ago(1))
    assert "proved" in page(client, cast)
    raw(SEEDED["a moment that passed"][0])
    prove(at=cast.at)
    assert "the night’s proof is not whole" in page(client, cast)


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_not_watched_is_named_too(cast: Cast, watched: list[Pump]) -> None:
    with owner_cursor() as cursor:
        cursor.execute("ALTER TABLE refills_projection DISABLE TRIGGER projection_asked_for")
        cursor.execute("UPDATE refills_projection SET is_watched = false")
        cursor.execute("ALTER TABLE refills_projection ENABLE TRIGGER projection_asked_for")
    found = count(cast.clinic.pk)
    assert (found.monitored, found.evaluated, found.covered) == (2, 0, 0)
    assert {each["why"] for each in found.differences} == {"lost"}


def test_the_sweep_mends_what_it_can_and_the_next_count_is_whole(cast: Cast, watched: list[Pump]) -> None:
    raw("DELETE FROM refills_projection")
    assert not count(cast.clinic.pk).is_whole
    sweep()
    assert count(cast.clinic.pk).is_whole


def bare(client: Client, cast: Cast) -> bool:
    for name in ("sweep", "drain", "sink"):
        beat(name=name)
    client.force_login(cast.nurse.user)
    return "neither a forecast nor an open alert" in client.get("/").content.decode()


def test_every_page_says_it_within_a_minute_and_a_pump_that_was_just_entered_is_no_alarm(
    client: Client, cast: Cast, watched: list[Pump]
) -> None:
    assert not bare(client, cast)
    cast.bare_pump()
    assert not bare(client, cast), "the sweep comes by in a moment"
    raw("UPDATE refills_projection SET review_at = clock_timestamp() - interval '61 seconds'")
    assert bare(client, cast)
    sweep()
    assert not bare(client, cast)
    Alert.objects.update(state=Alert.State.CLOSED, closed_at=clock.now())
    assert bare(client, cast), "nothing will look again before tomorrow"


def test_a_night_that_nobody_counted_is_said_on_every_page(
    client: Client, cast: Cast, watched: list[Pump]
) -> None:
    client.force_login(cast.nurse.user)
    prove(at=cast.at - timedelta(hours=27))
    assert "Last night nobody counted" in client.get("/").content.decode()
    prove(at=cast.at)
    assert "Last night nobody counted" not in client.get("/").content.decode()


def test_a_clinic_in_which_it_cannot_be_kept_keeps_it_from_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: Callable[[int], proof.Count] = proof.count

    def broken(clinic_id: int) -> proof.Count:
        if clinic_id == cast.clinic.pk:
            raise ValueError
        return counted(clinic_id)

    monkeypatch.setattr(proof, "count", broken)
    assert prove(at=cast.at) == 1
