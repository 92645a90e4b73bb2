"""The patient's page: what now, by when, how so; and what to do where nothing can be said."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts.sweep import sweep
from itb.dashboard import chart as gathering
from itb.infusion.forecast import Forecast, forecast
from itb.infusion.scenario import Refusal, Scenario
from itb.templatetags.moments import day
from patients.models import Patient, Pump
from refills.models import Adjustment, Projection
from refills.services import book_visit, record_adjustment
from tests.cast import Cast, posted

MOST_QUERIES = 16  # namesakes, pumps in sequence and catheters among them


def page(client: Client, cast: Cast, pump: Pump) -> str:
    """What the nurse sees, without the spaces of the template."""
    client.force_login(cast.nurse.user)
    response = client.get(reverse("dashboard:chart", args=[pump.patient_id]))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def lived_in(cast: Cast) -> Pump:
    """A pump with refills, programmes, adjustments, visits and alerts."""
    pump = cast.running_pump(filled_days_ago=250)
    for days_ago in (200, 150, 100, 50):
        cast.refill(pump, days_ago=days_ago, withdrawn_ml=Decimal("29.7"), expected_ml=Decimal("30.0001"))
    cast.programme(pump, days_ago=40, dose="440")
    bolus = Adjustment(pump=pump, at=cast.ago(20), kind="bolus", amount_mcg=Decimal(50))
    record_adjustment(adjustment=bolus, posted=posted(pump), by=cast.nurse, at=cast.at)
    book_visit(pump=pump, on=cast.at.date(), by=cast.nurse, at=cast.at)
    sweep()
    return pump


def test_a_page_takes_at_most_sixteen_queries_and_computes_one_forecast(
    client: Client, cast: Cast, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pump = lived_in(cast)
    computed = []

    def counted(scenario: Scenario) -> Forecast | Refusal:
        computed.append(scenario)
        return forecast(scenario)

    monkeypatch.setattr(gathering, "forecast", counted)
    client.force_login(cast.nurse.user)
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(reverse("dashboard:chart", args=[pump.patient_id]))
    assert len(computed) == 1


def test_the_worklist_and_the_chart_say_the_same_dates(client: Client, cast: Cast) -> None:
    pump = lived_in(cast)
    row = Projection.objects.get(pump=pump)
    found = page(client, cast, pump)
    listed = client.get("/").content.decode()
    assert row.refill_by
    assert row.alarm_at
    for said in (day(row.refill_by, cast.at), day(row.alarm_at.astimezone(cast.clinic.tz), cast.at)):
        assert said in found
        assert said in listed


def test_every_fact_stands_among_the_records(client: Client, cast: Cast) -> None:
    found = page(client, cast, lived_in(cast))
    for said in ("First fill:", "Refill:", "was 400 mcg/d, +10.0 %", "Single bolus", "50 mcg", "−0.3"):
        assert said in found


def test_where_facts_have_moved_on_the_page_reads_them_anew_and_says_unknown(
    client: Client, cast: Cast
) -> None:
    pump = cast.running_pump()
    Pump.objects.filter(pk=pump.pk).update(facts_version=99)
    found = page(client, cast, pump)
    assert "unknown — no forecast" in found
    assert "The facts have changed and the forecast has not followed yet." in found


def test_a_pump_without_a_fill_leads_to_the_first_fill(client: Client, cast: Cast) -> None:
    pump = cast.bare_pump()
    cast.programme(pump, days_ago=1)
    found = page(client, cast, pump)
    assert "Record the first fill" in found
    assert reverse("refills:record", args=[pump.pk]) in found


def test_a_pump_without_a_programme_leads_to_the_programme(client: Client, cast: Cast) -> None:
    pump = cast.bare_pump()
    cast.refill(pump, days_ago=1)
    found = page(client, cast, pump)
    assert "Enter the programme" in found
    assert reverse("refills:start", args=[pump.pk]) in found


def test_a_patient_without_a_pump_is_not_watched_and_the_page_says_so(client: Client, cast: Cast) -> None:
    pump = cast.running_pump()
    cast.left(pump)
    assert "No implanted pump is recorded here, so nothing is watched." in page(client, cast, pump)


def test_a_stopped_pump_shows_that_no_moment_comes(client: Client, cast: Cast) -> None:
    pump = cast.running_pump()
    stop = Adjustment(pump=pump, at=cast.ago(1), kind="stop")
    record_adjustment(adjustment=stop, posted=posted(pump), by=cast.nurse, at=cast.at)
    found = page(client, cast, pump)
    assert "The pump is stopped." in found
    assert "never: nothing flows" in found
    assert "Look for signs of withdrawal today" in found


def test_an_open_alert_stands_on_top_with_its_owner_and_can_be_acknowledged(
    client: Client, cast: Cast
) -> None:
    pump = cast.running_pump(filled_days_ago=195)
    assert "its alert opens within a minute" in page(client, cast, pump)
    sweep()
    found = page(client, cast, pump)
    assert "Emergency pathway." in found
    assert "nobody has taken it on" in found
    assert ">Acknowledge<" in found
    client.force_login(cast.auditor.user)
    readers = client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    assert ">Acknowledge<" not in readers
    assert "Record refill" not in readers


def test_a_visit_that_is_over_can_be_marked_as_missed(client: Client, cast: Cast) -> None:
    pump = cast.running_pump()
    book_visit(pump=pump, on=cast.at.date() - timedelta(days=1), by=cast.nurse, at=cast.at)
    assert "Did not attend" in page(client, cast, pump)
    book_visit(pump=pump, on=cast.at.date() + timedelta(days=3), by=cast.nurse, at=cast.at)
    assert "Did not attend" not in page(client, cast, pump)


@pytest.mark.parametrize("name", ["dashboard:chart", "dashboard:scenario"])
def test_another_clinics_patient_does_not_exist(client: Client, cast: Cast, name: str) -> None:
    pump = cast.running_pump()
    client.force_login(cast.stranger.user)
    number = pump.patient_id if name == "dashboard:chart" else pump.pk
    assert client.get(reverse(name, args=[number])).status_code == 404


def test_the_scenario_names_nobody(client: Client, cast: Cast) -> None:
    pump = cast.running_pump(family_name="Unnameable", serial="NGVSECRET")
    client.force_login(cast.nurse.user)
    found = client.get(reverse("dashboard:scenario", args=[pump.pk]))
    assert found["Content-Type"] == "application/json"
    for said in ("Unnameable", "NGVSECRET", pump.patient.record_number):
        assert said not in found.content.decode()


def test_names_are_only_words(client: Client, cast: Cast) -> None:
    pump = cast.running_pump(family_name="<b>Bold</b>", given_name="{{ now }}")
    assert Patient.objects.get(pk=pump.patient_id).family_name == "<b>Bold</b>"
    assert "<b>" not in page(client, cast, pump).lower()
