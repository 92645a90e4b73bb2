"""Booking the next visit, and saying that nobody came."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from itb import clock
from patients.models import Pump
from refills import services
from refills.models import Appointment, Projection
from tests.cast import PASSWORD, Cast
from tests.pages import FormPage


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.coordinator, reverse("refills:book", args=[pump.pk]))


def today(cast: Cast) -> date:
    return timezone.localdate(clock.now(), cast.clinic.tz)


def booked(pump: Pump) -> list[date]:
    return [visit.on for visit in pump.appointments.filter(state=Appointment.State.BOOKED)]


def latest(pump: Pump) -> date:
    found = Projection.objects.get(pump=pump).refill_by
    assert found is not None
    return found


def test_the_latest_safe_day_stands_there_and_is_not_filled_in(page: FormPage, pump: Pump) -> None:
    assert f"{latest(pump):%Y-%m-%d}" in page.answer.content.decode()
    assert not page.answer.context["form"]["on"].value()


def test_a_day_up_to_the_latest_safe_one_is_booked(page: FormPage, pump: Pump) -> None:
    assert page.press({"on": latest(pump).isoformat()}).status_code == 302
    assert booked(pump) == [latest(pump)]


def test_a_later_day_is_booked_only_by_someone_who_says_that_there_is_no_earlier_one(
    page: FormPage, pump: Pump
) -> None:
    late = {"on": (latest(pump) + timedelta(days=1)).isoformat()}
    assert "after the refill-by date" in page.errors(late)["on"]
    assert booked(pump) == []
    assert "There is no earlier day" in page.answer.content.decode()
    page.press({**late, "accepts_late": "on"})
    assert booked(pump) == [latest(pump) + timedelta(days=1)]


def test_an_overdue_pump_can_still_be_booked(page: FormPage, cast: Cast, pump: Pump) -> None:
    Projection.objects.update(refill_by=today(cast) - timedelta(days=3))
    assert "The refill-by date has passed" in page.open().content.decode()
    page.press({"on": today(cast).isoformat(), "accepts_late": "on"})
    assert booked(pump) == [today(cast)]


@pytest.mark.parametrize(
    "slip", ["", "0001-01-01", "9999-12-31", "275760-09-13", "2026-02-30", "soon", "\x00", "1" * 100_000]
)
def test_a_slip_is_said_at_the_field_and_stays(page: FormPage, slip: str, pump: Pump) -> None:
    assert page.errors({"on": slip})["on"]
    assert page.answer.context["form"]["on"].value() == slip
    assert booked(pump) == []


def test_a_day_that_has_passed_is_refused(page: FormPage, cast: Cast) -> None:
    assert page.errors({"on": (today(cast) - timedelta(days=1)).isoformat()})["on"] == "This day has passed."


def test_another_day_moves_the_visit_and_the_same_day_twice_is_one_visit(
    page: FormPage, cast: Cast, pump: Pump
) -> None:
    first, second = today(cast) + timedelta(days=5), today(cast) + timedelta(days=6)
    for on in (first, first, second):
        page.press({"on": on.isoformat()})
    assert booked(pump) == [second]
    assert pump.appointments.count() == 2


def test_the_day_typed_comes_back_after_a_session_that_ended(page: FormPage, cast: Cast, pump: Pump) -> None:
    page.client.logout()
    left = page.press({"on": "2026-12-24"})
    page.client.post(left["Location"], {"login": cast.coordinator.user.email, "password": PASSWORD})
    assert page.open().context["form"]["on"].value() == "2026-12-24"
    assert booked(pump) == []


def test_a_visit_whose_day_has_come_can_be_closed_as_not_attended(
    page: FormPage, cast: Cast, pump: Pump
) -> None:
    services.book_visit(pump=pump, on=today(cast), by=cast.nurse, at=cast.at)
    assert "Did not attend" in page.open().content.decode()
    page.client.post(reverse("refills:miss", args=[pump.pk]))
    assert pump.appointments.get().state == Appointment.State.MISSED


def test_a_visit_that_lies_ahead_cannot_have_been_missed(page: FormPage, cast: Cast, pump: Pump) -> None:
    services.book_visit(pump=pump, on=today(cast) + timedelta(days=1), by=cast.nurse, at=cast.at)
    assert "Did not attend" not in page.open().content.decode()
    page.client.post(reverse("refills:miss", args=[pump.pk]))
    assert pump.appointments.get().state == Appointment.State.BOOKED


def test_the_stranger_finds_no_pump_and_the_auditor_books_none(
    client: Client, cast: Cast, pump: Pump
) -> None:
    for member, status in ((cast.stranger, 404), (cast.auditor, 403), (cast.administrator, 403)):
        client.force_login(member.user)
        for name in ("refills:book", "refills:miss"):
            assert client.post(reverse(name, args=[pump.pk]), {"on": "2026-12-24"}).status_code == status
    assert booked(pump) == []


def test_who_signed_in_again_on_the_way_is_sent_to_the_chart_and_nothing_is_kept(
    client: Client, cast: Cast, pump: Pump
) -> None:
    services.book_visit(pump=pump, on=cast.at.date(), by=cast.nurse, at=cast.at)
    client.force_login(cast.nurse.user)
    response = client.get(reverse("refills:miss", args=[pump.pk]))
    assert response["Location"] == reverse("dashboard:chart", args=[pump.patient_id])
    assert Appointment.objects.get(pump=pump).state == Appointment.State.BOOKED
