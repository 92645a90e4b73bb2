"""The clinic's closed days and its planning: set by its administrator, kept with who and when."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts.models import Alert
from alerts.sweep import sweep
from itb.audit.models import AuditEvent
from itb.walls import inside
from patients.models import Pump
from refills.models import Closure, PlanningPolicy, Projection
from refills.planning_policy import Planning, closed_weekdays_of, planning_of
from refills.plans import plan_of
from refills.services import book_visit, confirm_visit
from tests.cast import PASSWORD, Cast
from tests.pages import FormPage

PLANNING = {"lead_days": "10", "authorisation_days": "30", "failed_contacts": "3", "visits_a_day": "0"}
WEEKDAYS = {f"weekday_{number}": "closed" if number > 5 else "open" for number in range(1, 8)}


def test_a_closed_day_makes_the_latest_safe_day_earlier_and_lifting_it_gives_it_back(
    client: Client, cast: Cast, pump: Pump
) -> None:
    refill_by = Projection.objects.get(pump=pump).refill_by
    before = plan_of(pump, refill_by, cast.at).latest_on
    assert before is not None
    page = FormPage(client, cast.administrator, reverse("refills:close"))
    assert page.press({"first_on": before.isoformat(), "reason": "Training"}).status_code == 302
    planned = plan_of(pump, refill_by, cast.at)
    assert planned.latest_on is not None
    assert planned.latest_on < before
    assert "closed: Training" in planned.safe.steps[-1] or planned.safe.steps[-1].startswith("The clinic is")
    client.post(reverse("refills:lift", args=[Closure.objects.get().pk]))
    assert plan_of(pump, refill_by, cast.at).latest_on == before
    shown = client.get(reverse("refills:closed_days")).content.decode()
    assert "Over, or open again" in shown
    assert AuditEvent.objects.filter(verb__startswith="closure.").count() == 2


def test_closing_says_how_many_visits_stand_on_those_days_and_leads_to_them(
    client: Client, cast: Cast, pump: Pump
) -> None:
    on = cast.open_day(5)
    book_visit(pump=pump, on=on, by=cast.nurse, at=cast.at)
    page = FormPage(client, cast.administrator, reverse("refills:close"))
    page.press({"first_on": on.isoformat(), "reason": "Training"})
    assert page.answer["Location"].startswith(reverse("refills:calendar"))
    shown = client.get(page.answer["Location"]).content.decode()
    assert "1 visit is booked on such a day" in shown
    assert "move these" in shown


def test_a_visit_on_a_day_that_was_closed_afterwards_covers_nothing_until_it_is_moved(
    client: Client, cast: Cast, pump: Pump
) -> None:
    on = cast.open_day(3)
    Projection.objects.update(refill_by=on)
    visit = book_visit(pump=pump, on=on, by=cast.nurse, at=cast.at)
    confirm_visit(visit=visit, by=cast.nurse, at=cast.at)
    sweep()
    assert not Alert.objects.open().filter(pump=pump).exists()
    cast.closure(days=3)
    sweep()
    assert "a day that the clinic has closed" in Alert.objects.open().get(pump=pump).sentence
    client.force_login(cast.nurse.user)
    chart = client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    assert "a day that the clinic has closed" in chart
    visit = book_visit(pump=pump, on=cast.at.astimezone(cast.clinic.tz).date(), by=cast.nurse, at=cast.at)
    confirm_visit(visit=visit, by=cast.nurse, at=cast.at)
    sweep()
    assert not Alert.objects.open().filter(pump=pump).exists()


def test_weekdays_that_close_say_how_many_visits_stand_on_them(
    client: Client, cast: Cast, pump: Pump
) -> None:
    on = cast.open_day(5)
    book_visit(pump=pump, on=on, by=cast.nurse, at=cast.at)
    page = FormPage(client, cast.administrator, reverse("refills:close_weekly"))
    page.press({**WEEKDAYS, f"weekday_{on.isoweekday()}": "closed"})
    assert "1 visit is booked on such a day" in client.get(page.answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"first_on": -1}, "first_on", "has passed"),
        ({"first_on": 400}, "first_on", "over a year"),
        ({"first_on": 9, "last_on": 8}, "last_on", "before the first"),
        ({"first_on": 9, "last_on": 9 + 367}, "last_on", "over a year long"),
        ({"first_on": 9, "reason": ""}, "reason", "Fill this in"),
    ],
)
def test_a_slip_is_said_at_its_field_and_nothing_is_kept(
    client: Client, cast: Cast, typed: dict[str, int | str], field: str, words: str
) -> None:
    page = FormPage(client, cast.administrator, reverse("refills:close"))
    today = cast.at.astimezone(cast.clinic.tz).date()
    dates = {
        name: (today + timedelta(days=value)).isoformat() if isinstance(value, int) else value
        for name, value in typed.items()
    }
    assert words in page.errors({"reason": "Training", **dates})[field]
    assert not Closure.objects.exists()


def test_the_same_days_said_twice_are_one(client: Client, cast: Cast) -> None:
    page = FormPage(client, cast.administrator, reverse("refills:close"))
    for _ in range(2):
        page.press({"first_on": cast.open_day(9).isoformat(), "reason": "Training"})
    assert Closure.objects.count() == 1
    assert AuditEvent.objects.filter(verb="closure.added").count() == 1


def test_a_clinic_that_said_nothing_is_closed_at_weekends_and_may_say_otherwise(
    client: Client, cast: Cast
) -> None:
    assert closed_weekdays_of(cast.clinic) == {5, 6}
    page = FormPage(client, cast.administrator, reverse("refills:close_weekly"))
    page.press({**WEEKDAYS, "weekday_6": "open", "weekday_3": "closed"})
    cast.clinic.refresh_from_db()
    assert closed_weekdays_of(cast.clinic) == {2, 6}
    assert planning_of(cast.clinic) == Planning()


def test_a_week_without_an_open_day_is_refused(client: Client, cast: Cast) -> None:
    page = FormPage(client, cast.administrator, reverse("refills:close_weekly"))
    closed = dict.fromkeys(WEEKDAYS, "closed")
    assert "Leave one weekday open" in page.errors(closed)["__all__"]
    assert not PlanningPolicy.objects.exists()


def test_the_planning_is_kept_beside_the_weekdays(client: Client, cast: Cast) -> None:
    FormPage(client, cast.administrator, reverse("refills:close_weekly")).press(
        {**WEEKDAYS, "weekday_6": "open"}
    )
    page = FormPage(client, cast.administrator, reverse("refills:planning"))
    page.press({**PLANNING, "lead_days": "21"})
    cast.clinic.refresh_from_db()
    assert planning_of(cast.clinic).lead_days == 21
    assert closed_weekdays_of(cast.clinic) == {6}


@pytest.mark.parametrize(
    ("name", "slip", "words"),
    [
        ("lead_days", "91", "at most 90"),
        ("failed_contacts", "0", "at least 1"),
        ("visits_a_day", "-1", "at least 0"),
        ("authorisation_days", "", "Fill this in"),
        ("lead_days", "1.5", "whole number"),
        ("lead_days", "9" * 5000, "whole number"),
    ],
)
def test_a_figure_out_of_bounds_is_refused_at_its_field(
    client: Client, cast: Cast, name: str, slip: str, words: str
) -> None:
    page = FormPage(client, cast.administrator, reverse("refills:planning"))
    assert words in page.errors({**PLANNING, name: slip})[name]
    assert not PlanningPolicy.objects.exists()


def test_every_figure_stands_there_with_its_default_source_and_mark(client: Client, cast: Cast) -> None:
    form = FormPage(client, cast.administrator, reverse("refills:planning")).answer.context["form"]
    assert {name: str(form[name].value()) for name in PLANNING} == PLANNING
    for name in PLANNING:
        assert all(word in form.fields[name].help_text for word in ("Default", "Source", "Mark"))
    shown = client.get(reverse("dashboard:policy")).content.decode()
    assert "Days from ordering the drug until it is there" in shown


def test_what_was_typed_comes_back_after_a_session_that_ended(client: Client, cast: Cast) -> None:
    page = FormPage(client, cast.administrator, reverse("refills:close_weekly"))
    client.logout()
    left = page.press({**WEEKDAYS, "weekday_2": "closed"})
    client.post(left["Location"], {"login": cast.administrator.user.email, "password": PASSWORD})
    assert page.open().context["form"]["weekday_2"].value() == "closed"
    assert not PlanningPolicy.objects.exists()


def test_the_stranger_lifts_nothing_here(client: Client, cast: Cast) -> None:
    closure = cast.closure()
    client.force_login(cast.stranger.user)
    assert client.post(reverse("refills:lift", args=[closure.pk])).status_code == 403
    client.force_login(cast.nurse.user)
    assert client.post(reverse("refills:lift", args=[closure.pk])).status_code == 403
    with inside(cast.stranger.clinic_id):
        assert not Closure.objects.exists()
    assert Closure.objects.standing().exists()
