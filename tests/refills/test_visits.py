"""One patient's visits: by when, which is booked, and how each ended."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from patients.models import Pump
from refills.models import Appointment
from refills.services import book_visit
from tests.cast import PASSWORD, Cast
from tests.pages import FormPage

State = Appointment.State
UNFILLED = {
    "state": "unfilled",
    "reason": "No drug had come.",
    "next_step": "Ordered again, booked for Friday.",
}


@pytest.fixture
def visit(cast: Cast, pump: Pump) -> Appointment:
    """One that was yesterday."""
    return book_visit(pump=pump, on=cast.ago(1).date(), by=cast.nurse, at=cast.ago(5))


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump, visit: Appointment) -> FormPage:
    return FormPage(client, cast.coordinator, reverse("refills:end", args=[pump.pk]))


def test_who_came_and_was_not_refilled_is_kept_with_why_and_what_follows(
    page: FormPage, client: Client, cast: Cast, pump: Pump, visit: Appointment
) -> None:
    page.press(UNFILLED)
    visit.refresh_from_db()
    assert (visit.state, visit.closed_by) == (State.UNFILLED, cast.coordinator.user)
    shown = client.get(page.answer["Location"]).content.decode()
    assert "Attended, not refilled" in shown
    assert "Ordered again, booked for Friday." in shown
    worklist = client.get(reverse("dashboard:worklist") + "?show=no_visit").content.decode()
    assert str(pump.patient) in worklist, "the pump stays on every list"


@pytest.mark.parametrize(
    ("left_out", "words"), [("reason", "Fill this in"), ("next_step", "Say what follows")]
)
def test_neither_may_be_left_out_by_form_or_by_hand(
    page: FormPage, visit: Appointment, left_out: str, words: str
) -> None:
    assert words in page.errors({**UNFILLED, left_out: ""})[left_out]
    visit.refresh_from_db()
    assert visit.state == State.BOOKED
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE refills_appointment SET state = 'unfilled', {left_out} = '',"
            f" {'reason' if left_out == 'next_step' else 'next_step'} = 'x' WHERE id = %s",
            [visit.pk],
        )


def test_a_visit_ahead_can_be_cancelled_and_nothing_else(client: Client, cast: Cast, pump: Pump) -> None:
    book_visit(pump=pump, on=cast.open_day(5), by=cast.nurse, at=cast.at)
    page = FormPage(client, cast.coordinator, reverse("refills:end", args=[pump.pk]))
    for state in ("unfilled", "missed"):
        assert "has not come yet" in page.errors({**UNFILLED, "state": state})["state"]
    page.press({"state": "cancelled", "reason": "In hospital elsewhere."})
    assert pump.appointments.get().state == State.CANCELLED


def test_how_it_ended_said_twice_is_said_once(page: FormPage, client: Client, pump: Pump) -> None:
    for _ in range(2):
        answer = page.press(UNFILLED)
    assert answer.status_code == 302
    assert "No visit is booked any more" in client.get(answer["Location"]).content.decode()
    assert pump.appointments.get().state == State.UNFILLED


def test_what_was_typed_comes_back_after_a_session_that_ended(
    page: FormPage, cast: Cast, visit: Appointment
) -> None:
    page.client.logout()
    left = page.press(UNFILLED)
    page.client.post(left["Location"], {"login": cast.coordinator.user.email, "password": PASSWORD})
    form = page.open().context["form"]
    assert form["next_step"].value() == UNFILLED["next_step"]
    visit.refresh_from_db()
    assert visit.state == State.BOOKED


def test_the_page_shows_by_when_how_it_came_about_and_every_visit(
    client: Client, cast: Cast, pump: Pump, visit: Appointment
) -> None:
    book_visit(pump=pump, on=cast.open_day(5), by=cast.nurse, at=cast.at)
    client.force_login(cast.auditor.user)
    shown = client.get(reverse("refills:visits", args=[pump.pk])).content.decode()
    for words in ("Latest safe day", "Order drug by", "Refill by", "Moved to another day", "Booked"):
        assert words in shown
    assert reverse("refills:book", args=[pump.pk]) not in shown, "an auditor books nothing"


def test_the_stranger_sees_none_of_it(client: Client, cast: Cast, pump: Pump) -> None:
    client.force_login(cast.stranger.user)
    for name in ("visits", "end", "contact"):
        assert client.get(reverse(f"refills:{name}", args=[pump.pk])).status_code == 404


def test_a_pump_without_a_booked_visit_is_on_the_home_page_at_once(
    client: Client, cast: Cast, pump: Pump
) -> None:
    """Row 23: within a minute; here in the next request, with no worker running."""
    client.force_login(cast.nurse.user)
    book_visit(pump=pump, on=cast.open_day(5), by=cast.nurse, at=cast.at)
    listed = reverse("dashboard:worklist") + "?show=no_visit"
    assert str(pump.patient) not in client.get(listed).content.decode()
    page = FormPage(client, cast.nurse, reverse("refills:end", args=[pump.pk]))
    page.press({"state": "cancelled", "reason": "In hospital elsewhere."})
    home = client.get(reverse("dashboard:worklist")).content.decode()
    assert "none booked" in home
    assert str(pump.patient) in client.get(listed).content.decode()


def test_a_visit_in_a_refill_ends_the_one_before_it_and_a_later_one_is_cancelled_with_its_reason(
    cast: Cast, pump: Pump
) -> None:
    ahead = cast.at.date() + timedelta(days=9)
    book_visit(pump=pump, on=ahead, by=cast.nurse, at=cast.ago(5))
    cast.refill(pump, days_ago=0.1, withdrawn_ml=34)
    visit = pump.appointments.get()
    assert (visit.state, visit.reason) == (State.CANCELLED, "Refilled before it.")
