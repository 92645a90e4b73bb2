"""The line on every page: how many pumps are watched, counted up to a thousand, and none without its row."""

import pytest
from django.db import connection
from django.test import Client
from psycopg.errors import ForeignKeyViolation

from itb.dashboard import context
from patients.models import Pump
from refills.models import Projection
from tests.cast import Cast
from tests.dashboard.many import Told, implant_many
from tests.owner import owner_cursor


def line(client: Client, cast: Cast) -> context.Watcher:
    client.force_login(cast.nurse.user)
    found: context.Watcher = client.get("/").context["watcher"]
    return found


def test_the_line_counts_the_pumps_that_are_implanted(client: Client, cast: Cast) -> None:
    implant_many(cast.nurse, [Told()] * 2, cast.at)
    cast.left(cast.running_pump())
    found = line(client, cast)
    assert (found.monitored, found.monitored_text, found.unmonitored) == (2, "2", 0)


def test_past_a_thousand_it_counts_no_further(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "WATCH", context.WATCH.replace("1001", "3"))
    monkeypatch.setattr(context, "COUNTED", 2)
    implant_many(cast.nurse, [Told()] * 5, cast.at)
    assert line(client, cast).monitored_text == "2+"


@pytest.mark.django_db(transaction=True)
def test_a_pump_whose_row_is_taken_away_past_every_lock_is_named_on_every_page(
    client: Client, cast: Cast, pump: Pump
) -> None:
    """What the owner can do who switches off triggers and foreign keys alike."""
    with owner_cursor() as cursor:
        cursor.execute("ALTER TABLE patients_pump DROP CONSTRAINT pump_has_its_projection")
        cursor.execute("ALTER TABLE refills_projection DISABLE TRIGGER projection_comes_back")
        cursor.execute("DELETE FROM refills_projection")
    try:
        found = line(client, cast)
    finally:
        with owner_cursor() as cursor:
            cursor.execute("ALTER TABLE refills_projection ENABLE TRIGGER projection_comes_back")
            cursor.execute("SELECT refills_blank_projection(%s, %s)", [pump.pk, cast.clinic.pk])
            cursor.execute(
                "ALTER TABLE patients_pump ADD CONSTRAINT pump_has_its_projection FOREIGN KEY (id)"
                " REFERENCES refills_projection (pump_id) DEFERRABLE INITIALLY DEFERRED"
            )
    assert (found.monitored, found.unmonitored) == (0, 1)
    assert "1 of the pumps have no forecast row and are not watched." in found.problems


@pytest.mark.django_db(transaction=True)
def test_no_row_is_taken_away_where_only_the_trigger_is_off(cast: Cast, pump: Pump) -> None:
    with owner_cursor() as cursor:
        cursor.execute("ALTER TABLE refills_projection DISABLE TRIGGER projection_comes_back")
        try:
            with pytest.raises(ForeignKeyViolation, match="pump_has_its_projection"):
                cursor.execute("DELETE FROM refills_projection WHERE pump_id = %s", [pump.pk])
        finally:
            cursor.execute("ALTER TABLE refills_projection ENABLE TRIGGER projection_comes_back")
    assert Projection.objects.filter(pump=pump).exists()


def test_nobody_writes_what_lists_ask_for_but_the_trigger(cast: Cast, pump: Pump) -> None:
    Projection.objects.filter(pump=pump).update(is_watched=False, is_reachable=False, visit_on="2030-01-01")
    row = Projection.objects.get(pump=pump)
    assert (row.is_watched, row.is_reachable, row.visit_on) == (True, True, None)


@pytest.mark.parametrize(
    "trouble",
    [
        "error = 'no_fill'",
        "facts_version = 0",
        "facts_version = NULL",
        """findings = '[{"code": "pump_stopped"}]'""",
        """findings = '[{"code": "concentration_mismatch"}]'""",
    ],
)
def test_whatever_makes_a_forecast_unknown_leaves_it_no_moment_of_danger(
    cast: Cast, pump: Pump, trouble: str
) -> None:
    assert Projection.objects.get(pump=pump).danger_at
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE refills_projection SET {trouble}")
    assert Projection.objects.get(pump=pump).danger_at is None
