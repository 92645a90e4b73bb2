"""The clinic's calendar: visits by day, closed and full days, who has none; and the same as a spreadsheet."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from itb.audit.models import AuditEvent
from patients.models import Pump
from refills.models import Appointment
from refills.planning_policy import Planning
from refills.planning_services import change_planning
from refills.services import book_visit, close_visit
from tests.cast import Cast


@pytest.fixture
def nurse(client: Client, cast: Cast) -> Client:
    client.force_login(cast.nurse.user)
    return client


def shown(client: Client, on: date, span: str = "week") -> str:
    return client.get(reverse("refills:calendar"), {"from": on.isoformat(), "span": span}).content.decode()


def test_a_visit_stands_on_its_day_with_its_latest_safe_day(nurse: Client, cast: Cast, pump: Pump) -> None:
    on = cast.open_day(5)
    book_visit(pump=pump, on=on, by=cast.nurse, at=cast.at)
    text = shown(nurse, on)
    assert str(pump.patient) in text
    assert "1 booked" in text
    assert str(pump.patient) not in shown(nurse, on + timedelta(days=28)).split("Nobody has booked these")[0]


def test_a_moved_or_cancelled_visit_stands_no_more(nurse: Client, cast: Cast, pump: Pump) -> None:
    for on in (cast.open_day(5), cast.open_day(20)):
        book_visit(pump=pump, on=on, by=cast.nurse, at=cast.at)
    assert str(pump.patient) not in shown(nurse, cast.open_day(5))


def test_a_visit_on_a_day_that_was_closed_afterwards_is_marked_for_moving(
    nurse: Client, cast: Cast, pump: Pump
) -> None:
    book_visit(pump=pump, on=cast.open_day(5), by=cast.nurse, at=cast.at)
    cast.closure(days=5)
    text = shown(nurse, cast.open_day(5))
    assert "closed: Training" in text
    assert "move these" in text


def test_a_day_over_the_clinics_number_says_so_and_by_default_none_does(nurse: Client, cast: Cast) -> None:
    on = cast.open_day(5)
    for _ in range(2):
        book_visit(pump=cast.running_pump(), on=on, by=cast.nurse, at=cast.at)
    assert "too many" not in shown(nurse, on)
    change_planning(planning=Planning(visits_a_day=1), by=cast.administrator, at=cast.at)
    assert "too many" in shown(nurse, on)


def test_who_has_no_visit_is_named_the_unknown_first(nurse: Client, cast: Cast, pump: Pump) -> None:
    bare = cast.bare_pump()
    below = shown(nurse, cast.open_day(0)).split("Nobody has booked these")[1]
    assert below.index(str(bare.patient)) < below.index(str(pump.patient))
    for each in (pump, bare):
        book_visit(pump=each, on=cast.open_day(3), by=cast.nurse, at=cast.at)
    assert "Every active pump has a visit" in shown(nurse, cast.open_day(0))


@pytest.mark.parametrize("asked", ["", "soon", "0001-01-01", "9999-12-31", "2026-02-30", "\x00", "9" * 5000])
def test_a_day_that_cannot_be_read_begins_with_today(nurse: Client, cast: Cast, asked: str) -> None:
    answer = nurse.get(reverse("refills:calendar"), {"from": asked, "span": "century"})
    assert answer.context["first_on"] == cast.at.astimezone(cast.clinic.tz).date()
    assert len(answer.context["days"]) == 7


def test_twenty_visits_cost_no_more_queries_than_one(
    nurse: Client, cast: Cast, pump: Pump, django_assert_max_num_queries: object
) -> None:
    on = cast.open_day(5)
    book_visit(pump=pump, on=on, by=cast.nurse, at=cast.at)
    for _ in range(5):
        book_visit(pump=cast.running_pump(), on=on, by=cast.nurse, at=cast.at)
    with django_assert_max_num_queries(36):  # type: ignore[operator]
        shown(nurse, on)


def test_what_waits_is_counted_and_each_count_opens_its_list(nurse: Client, cast: Cast, pump: Pump) -> None:
    def counts() -> dict[str, int]:
        found = nurse.get(reverse("refills:calendar")).context["tallies"]
        for tally in found:
            assert nurse.get(tally.href).status_code == 200
        return {tally.words: tally.count for tally in found}

    assert set(counts().values()) == {0}
    book_visit(pump=pump, on=cast.open_day(5), by=cast.nurse, at=cast.ago(1))
    cast.closure(days=5)
    other = cast.running_pump()
    book_visit(pump=other, on=cast.ago(1).date(), by=cast.nurse, at=cast.ago(5))
    close_visit(pump=other, state=Appointment.State.MISSED, by=cast.nurse, at=cast.at)
    cast.authorisation(other, days=5)
    assert counts() == {
        "Visits on closed days": 1,
        "Did not attend": 1,
        "Drug to order now": 2,
        "Authorisations that end": 1,
    }


def test_another_clinics_visits_do_not_exist(client: Client, cast: Cast, pump: Pump) -> None:
    book_visit(pump=pump, on=cast.open_day(5), by=cast.nurse, at=cast.at)
    client.force_login(cast.stranger.user)
    assert str(pump.patient) not in shown(client, cast.open_day(5))


def test_the_spreadsheet_has_a_row_a_visit_and_its_leaving_is_an_act(client: Client, cast: Cast) -> None:
    on = cast.open_day(5)
    pump = cast.running_pump(family_name="=1+1")
    book_visit(pump=pump, on=on, by=cast.nurse, at=cast.at)
    client.force_login(cast.administrator.user)
    answer = client.get(reverse("refills:export_visits"), {"from": on.isoformat()})
    header, *rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert header[0] == "Day"
    assert [row[3] for row in rows] == ["'=1+1"]
    assert AuditEvent.objects.get(verb="visits.exported").count == 1
    client.force_login(cast.nurse.user)
    assert client.get(reverse("refills:export_visits")).status_code == 403
