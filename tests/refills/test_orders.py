"""Drug to order, authorisations that end too early, and refills at home."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from itb import clock
from itb.audit.models import AuditEvent
from patients.models import Pump
from refills.models import Authorisation, DrugOrder, HomeRefill, Projection
from refills.orders import due
from refills.plans import Plan, plan_of
from refills.services import book_visit
from tests.cast import PASSWORD, Cast
from tests.pages import FormPage


def today(cast: Cast) -> date:
    return cast.at.astimezone(cast.clinic.tz).date()


def plan(cast: Cast, pump: Pump) -> Plan:
    row = Projection.objects.select_related("pump__patient__clinic").get(pump=pump)
    return plan_of(row.pump, row.refill_by, cast.at)


def refill_in(cast: Cast, pump: Pump, days: int) -> None:
    Projection.objects.filter(pump=pump).update(refill_by=today(cast) + timedelta(days=days))


def listed(client: Client) -> str:
    return client.get(reverse("refills:orders")).content.decode()


def test_drug_is_on_the_list_until_it_is_ordered_and_again_after_the_next_refill(
    client: Client, cast: Cast, pump: Pump
) -> None:
    refill_in(cast, pump, 8)
    client.force_login(cast.coordinator.user)
    assert "order now" in listed(client)
    page = FormPage(client, cast.coordinator, reverse("refills:order", args=[pump.pk]))
    page.press({"ordered_on": today(cast).isoformat(), "note": "No. 12"})
    assert "order now" not in listed(client)
    assert plan(cast, pump).ordered_on == today(cast)
    cast.at = clock.now()
    cast.refill(pump, days_ago=0, withdrawn_ml=34)
    refill_in(cast, pump, 8)
    assert plan(cast, pump).must_order, "the refill has used it up"


def test_a_pump_that_is_far_from_its_refill_is_not_on_it_unless_its_visit_is_near(
    cast: Cast, pump: Pump
) -> None:
    assert due(cast.nurse, cast.at) == []
    book_visit(pump=pump, on=cast.open_day(12), by=cast.nurse, at=cast.at)
    (found,) = due(cast.nurse, cast.at)
    assert found.plan.needed_on == cast.open_day(12)
    assert found.product


@pytest.mark.parametrize(("ends_in", "shows"), [(-3, True), (5, True), (30, True), (31, False), (200, False)])
def test_an_authorisation_that_ends_before_the_next_refill_shows_thirty_days_ahead(
    client: Client, cast: Cast, pump: Pump, ends_in: int, shows: bool
) -> None:
    refill_in(cast, pump, 120)
    cast.authorisation(pump, days=ends_in)
    assert plan(cast, pump).must_authorise is shows
    client.force_login(cast.nurse.user)
    assert ("ends before the refill" in listed(client)) is shows


def test_the_newest_authorisation_counts_and_bounds_the_latest_safe_day(
    client: Client, cast: Cast, pump: Pump
) -> None:
    refill_in(cast, pump, 60)
    cast.authorisation(pump, days=20)
    bounded = plan(cast, pump)
    assert bounded.latest_on is not None
    assert bounded.latest_on <= today(cast) + timedelta(days=20)
    page = FormPage(client, cast.coordinator, reverse("refills:authorise", args=[pump.pk]))
    ends = (today(cast) + timedelta(days=300)).isoformat()
    page.press({"reference": "B-9", "starts_on": today(cast).isoformat(), "ends_on": ends})
    after = plan(cast, pump)
    assert after.authorised is not None
    assert after.authorised.reference == "B-9"
    assert after.latest_on is not None
    assert after.latest_on > bounded.latest_on


def test_an_authorisation_that_ends_before_it_begins_is_refused(
    client: Client, cast: Cast, pump: Pump
) -> None:
    page = FormPage(client, cast.coordinator, reverse("refills:authorise", args=[pump.pk]))
    typed = {"reference": "B-9", "starts_on": "2026-12-02", "ends_on": "2026-12-01"}
    assert "before the first day" in page.errors(typed)["ends_on"]
    assert "ten years" in page.errors({**typed, "ends_on": "2099-12-01"})["ends_on"]
    assert not Authorisation.objects.exists()


@pytest.mark.parametrize(("days", "words"), [(1, "future"), (-400, "over a year ago")])
def test_an_order_of_another_day_than_can_be_is_refused(
    client: Client, cast: Cast, pump: Pump, days: int, words: str
) -> None:
    page = FormPage(client, cast.coordinator, reverse("refills:order", args=[pump.pk]))
    assert (
        words in page.errors({"ordered_on": (today(cast) + timedelta(days=days)).isoformat()})["ordered_on"]
    )
    assert not DrugOrder.objects.exists()


def test_the_same_order_posted_twice_is_one(client: Client, cast: Cast, pump: Pump) -> None:
    page = FormPage(client, cast.coordinator, reverse("refills:order", args=[pump.pk]))
    key = page.hidden["key"]
    for _ in range(2):
        page.press({"ordered_on": today(cast).isoformat()}, key=key)
    assert DrugOrder.objects.count() == 1
    assert AuditEvent.objects.filter(verb="drug.ordered").count() == 1


def test_a_refill_at_home_takes_its_days_off_the_latest_safe_day_and_the_day_to_order(
    client: Client, cast: Cast, pump: Pump
) -> None:
    refill_in(cast, pump, 60)
    before = plan(cast, pump)
    page = FormPage(client, cast.coordinator, reverse("refills:home", args=[pump.pk]))
    page.press({"is_at_home": "yes", "travel_days": "7"})
    after = plan(cast, pump)
    assert before.latest_on is not None
    assert before.order.on is not None
    assert after.latest_on == before.latest_on - timedelta(days=7)
    assert after.order.on is not None
    assert after.order.on <= before.order.on - timedelta(days=7)
    assert "7 days for the way to the home" in " ".join(after.safe.steps)
    proposed = FormPage(client, cast.coordinator, reverse("refills:book", args=[pump.pk]))
    assert proposed.answer.context["form"]["place"].value() == "home"
    page.press({"is_at_home": "no", "travel_days": ""})
    assert plan(cast, pump).latest_on == before.latest_on


@pytest.mark.parametrize(
    ("typed", "words"),
    [("31", "at most 30"), ("-1", "at least 0"), ("", "Write how many"), ("1.5", "whole number")],
)
def test_a_way_that_cannot_be_is_refused(
    client: Client, cast: Cast, pump: Pump, typed: str, words: str
) -> None:
    page = FormPage(client, cast.coordinator, reverse("refills:home", args=[pump.pk]))
    assert words in page.errors({"is_at_home": "yes", "travel_days": typed})["travel_days"]
    assert not HomeRefill.objects.exists()


def test_the_bag_list_names_the_pump_the_drug_and_what_goes_along(
    client: Client, cast: Cast, pump: Pump
) -> None:
    client.force_login(cast.nurse.user)
    shown = client.get(reverse("refills:bag", args=[pump.pk])).content.decode()
    for words in (
        pump.serial,
        "2000 mcg/mL",
        "Programmer",
        "calculated, not measured",
        "Kin (sister)",
        "Mark: design",
    ):
        assert words in shown


def test_the_spreadsheet_has_the_rows_of_the_screen(client: Client, cast: Cast) -> None:
    pump = cast.running_pump(family_name="@SUM(1)")
    refill_in(cast, pump, 8)
    client.force_login(cast.administrator.user)
    answer = client.get(reverse("refills:export_orders"))
    _, *rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[2] for row in rows] == ["'@SUM(1)"]
    assert AuditEvent.objects.get(verb="orders.exported").count == 1


def test_what_was_typed_comes_back_after_a_session_that_ended(client: Client, cast: Cast, pump: Pump) -> None:
    page = FormPage(client, cast.coordinator, reverse("refills:home", args=[pump.pk]))
    client.logout()
    left = page.press({"is_at_home": "yes", "travel_days": "4"})
    client.post(left["Location"], {"login": cast.coordinator.user.email, "password": PASSWORD})
    assert page.open().context["form"]["travel_days"].value() == "4"
    assert not HomeRefill.objects.exists()


def test_another_clinics_orders_do_not_exist(client: Client, cast: Cast, pump: Pump) -> None:
    refill_in(cast, pump, 8)
    client.force_login(cast.stranger.user)
    assert str(pump.patient) not in listed(client)
