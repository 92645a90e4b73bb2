"""Booking the next visit, and saying that nobody came."""

from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alerts.models import Alert
from alerts.rules import Kind
from alerts.sweep import sweep
from itb import clock
from itb.audit.models import AuditEvent
from patients.models import Pump
from refills import services
from refills.models import Appointment, Projection
from refills.planning_services import close_days
from refills.plans import plan_of
from refills.visit import VisitDetails
from tests.cast import PASSWORD, Cast
from tests.pages import FormPage

AT_THE_CLINIC = {"place": "clinic"}


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.coordinator, reverse("refills:book", args=[pump.pk]))


def today(cast: Cast) -> date:
    return timezone.localdate(clock.now(), cast.clinic.tz)


def booked(pump: Pump) -> list[date]:
    return [visit.on for visit in pump.appointments.filter(state=Appointment.State.BOOKED)]


def latest(pump: Pump) -> date:
    row = Projection.objects.select_related("pump__patient__clinic").get(pump=pump)
    found = plan_of(row.pump, row.refill_by, clock.now()).latest_on
    assert found is not None
    return found


def test_the_latest_safe_day_is_proposed_with_how_it_came_about(page: FormPage, pump: Pump) -> None:
    assert page.answer.context["form"]["on"].value() == latest(pump)
    assert "Refill by" in page.answer.content.decode()


def test_a_day_up_to_the_latest_safe_one_is_booked(page: FormPage, pump: Pump) -> None:
    assert page.press({"on": latest(pump).isoformat(), **AT_THE_CLINIC}).status_code == 302
    assert booked(pump) == [latest(pump)]


def test_a_later_day_is_refused_to_all_but_a_prescriber_who_says_why(
    page: FormPage, client: Client, cast: Cast, pump: Pump
) -> None:
    late = latest(pump) + timedelta(days=7)
    typed = {"on": late.isoformat(), **AT_THE_CLINIC}
    assert "after the latest safe day" in page.errors(typed)["on"]
    assert "prescriber" in page.errors({**typed, "late_reason": "He is abroad."})["on"]
    prescriber = FormPage(client, cast.prescriber, page.address)
    assert "Say why" in prescriber.errors(typed)["late_reason"]
    assert booked(pump) == []
    prescriber.press({**typed, "late_reason": "He is abroad."})
    assert booked(pump) == [late]
    assert pump.appointments.get().late_reason == "He is abroad."


def test_the_service_refuses_it_too_whoever_calls_it(cast: Cast, pump: Pump) -> None:
    late = latest(pump) + timedelta(days=1)
    said = VisitDetails(late_reason="He is abroad.")
    for member, details in ((cast.prescriber, VisitDetails()), (cast.nurse, said)):
        with pytest.raises(services.TooLateError):
            services.book_visit(pump=pump, on=late, details=details, by=member, at=cast.at)
    assert booked(pump) == []


def test_a_visit_past_its_refill_by_date_stays_work_whoever_let_it_pass(
    page: FormPage, client: Client, cast: Cast, pump: Pump
) -> None:
    Projection.objects.update(refill_by=today(cast) + timedelta(days=10))
    late = today(cast) + timedelta(days=11)
    said = VisitDetails(late_reason="He is abroad.")
    services.book_visit(pump=pump, on=late, details=said, by=cast.prescriber, at=cast.at)
    sweep()
    alert = Alert.objects.open().get(pump=pump, kind=Kind.VISIT_LATE.value)
    assert "booked after the refill-by date" in alert.sentence
    shown = client.get(reverse("refills:calendar") + f"?from={late.isoformat()}").content.decode()
    assert "after the refill-by date" in shown
    assert "after the refill-by date" in client.get(reverse("dashboard:worklist")).content.decode()


def test_a_closed_day_is_refused_with_the_nearest_open_one(page: FormPage, cast: Cast, pump: Pump) -> None:
    on = cast.closure(days=9).first_on
    words = page.errors({"on": on.isoformat(), **AT_THE_CLINIC})["on"]
    assert "closed: Training" in words
    assert "The nearest open day is" in words
    assert booked(pump) == []


def test_an_overdue_pump_is_booked_for_the_first_open_day_by_anyone_and_later_by_nobody(
    page: FormPage, cast: Cast, pump: Pump
) -> None:
    Projection.objects.update(refill_by=today(cast) - timedelta(days=3))
    assert "The latest safe day has passed" in page.open().content.decode()
    first = page.answer.context["form"]["on"].value()
    later = first + timedelta(days=1)
    assert "after the first open day" in page.errors({"on": later.isoformat(), **AT_THE_CLINIC})["on"]
    page.press({"on": first.isoformat(), **AT_THE_CLINIC})
    assert booked(pump) == [first]


def test_today_can_be_booked_whatever_day_it_is(page: FormPage, cast: Cast, pump: Pump) -> None:
    close_days(first_on=today(cast), last_on=today(cast), reason="Snow", by=cast.administrator, at=cast.at)
    page.press({"on": today(cast).isoformat(), **AT_THE_CLINIC})
    assert booked(pump) == [today(cast)]


def test_time_place_and_person_are_kept_and_can_be_agreed_anew(
    page: FormPage, cast: Cast, pump: Pump
) -> None:
    on = cast.open_day(5).isoformat()
    page.press({"on": on, "time": "09:30", "place": "home", "clinician": str(cast.nurse.user_id)})
    visit = pump.appointments.get()
    assert (str(visit.time), visit.place, visit.clinician) == ("09:30:00", "home", cast.nurse.user)
    page.press({"on": on, "time": "10:00", "place": "home"})
    visit.refresh_from_db()
    assert (str(visit.time), visit.clinician) == ("10:00:00", None)


@pytest.mark.parametrize(
    ("field", "slip"),
    [("time", "25:00"), ("time", "soon"), ("time", "9\x00"), ("place", "moon"), ("clinician", "999999")],
)
def test_a_slip_beside_the_day_is_said_at_its_field(
    page: FormPage, cast: Cast, pump: Pump, field: str, slip: str
) -> None:
    typed = {"on": cast.open_day(5).isoformat(), **AT_THE_CLINIC, field: slip}
    assert page.errors(typed)[field]
    assert booked(pump) == []


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
    first, second = cast.open_day(5), cast.open_day(8)
    for on in (first, first, second):
        page.press({"on": on.isoformat(), **AT_THE_CLINIC})
    assert booked(pump) == [second]
    assert pump.appointments.get(on=first).state == Appointment.State.MOVED


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


def test_a_visit_ahead_is_confirmed_on_the_chart_once(page: FormPage, cast: Cast, pump: Pump) -> None:
    services.book_visit(pump=pump, on=today(cast) + timedelta(days=1), by=cast.nurse, at=cast.at)
    chart = reverse("dashboard:chart", args=[pump.patient_id])
    assert "not confirmed" in page.client.get(chart).content.decode()
    for _ in "twice":
        page.client.post(reverse("refills:confirm", args=[pump.pk]))
    assert pump.appointments.get().confirmed_by_id == page.member.user_id
    assert AuditEvent.objects.filter(verb="visit.confirmed").count() == 1
    body = page.client.get(chart).content.decode()
    assert "not confirmed" not in body
    assert reverse("refills:confirm", args=[pump.pk]) not in body


def test_who_is_on_the_telephone_while_it_is_booked_has_confirmed_it(
    page: FormPage, cast: Cast, pump: Pump
) -> None:
    typed = {"on": cast.open_day(3).isoformat(), **AT_THE_CLINIC}
    page.press(typed)
    assert pump.appointments.get().confirmed_at is None
    page.press({**typed, "is_agreed": "on"})
    assert pump.appointments.get().confirmed_by_id == page.member.user_id


def test_a_visit_that_is_not_there_is_not_confirmed(page: FormPage, pump: Pump) -> None:
    answer = page.client.post(reverse("refills:confirm", args=[pump.pk]), follow=True)
    assert "No visit is booked any more" in answer.content.decode()


def test_another_hour_has_to_be_confirmed_anew(cast: Cast, pump: Pump) -> None:
    on = cast.open_day(3)
    visit = services.book_visit(pump=pump, on=on, by=cast.nurse, at=cast.at)
    services.confirm_visit(visit=visit, by=cast.nurse, at=cast.at)
    for hour, is_confirmed in ((None, True), (time(9), False)):
        services.book_visit(pump=pump, on=on, details=VisitDetails(time=hour), by=cast.nurse, at=cast.at)
        assert (pump.appointments.get().confirmed_at is not None) == is_confirmed


def test_the_database_keeps_nobody_who_heard_it_without_the_moment(cast: Cast, pump: Pump) -> None:
    services.book_visit(pump=pump, on=cast.open_day(3), by=cast.nurse, at=cast.at)
    with pytest.raises(IntegrityError, match="appointment_confirmed_at_a_moment"), transaction.atomic():
        Appointment.objects.update(confirmed_by=cast.nurse.user)


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
        for name in ("refills:book", "refills:miss", "refills:confirm"):
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
