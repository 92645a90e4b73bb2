"""Many visits moved at once: n done, n refused and why; none past its latest safe day, each by itself."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from patients.models import Pump
from refills.bulk import missed, move, of_days
from refills.models import Appointment, Projection
from refills.planning_services import close_days
from refills.services import book_visit, close_visit
from tests.cast import PASSWORD, Cast
from tests.pages import FormPage

State = Appointment.State


def booked(pump: Pump) -> list[date]:
    return [visit.on for visit in pump.appointments.filter(state=State.BOOKED)]


def typed(*pairs: tuple[Pump, date]) -> dict[str, str]:
    return {f"on_{pump.pk}": on.isoformat() for pump, on in pairs}


@pytest.fixture
def on(cast: Cast) -> date:
    return cast.open_day(5)


@pytest.fixture
def three(cast: Cast, on: date) -> list[Pump]:
    """Three visits on one day; the third pump must be refilled on that very day."""
    pumps = [cast.running_pump() for _ in range(3)]
    for pump in pumps:
        book_visit(pump=pump, on=on, by=cast.nurse, at=cast.at)
    Projection.objects.filter(pump=pumps[2]).update(refill_by=on)
    return pumps


@pytest.fixture
def page(client: Client, cast: Cast, three: list[Pump], on: date) -> FormPage:
    return FormPage(client, cast.coordinator, f"{reverse('refills:move')}?from={on.isoformat()}")


def test_each_row_is_looked_at_before_any_is_moved_and_then_done_or_refused_with_why(
    page: FormPage, client: Client, cast: Cast, three: list[Pump], on: date
) -> None:
    later = cast.open_day(12)
    asked = typed(*((pump, later) for pump in three))
    looked = page.press(asked)
    assert [booked(pump) for pump in three] == [[on], [on], [on]], "nothing is moved by a look"
    assert "after the latest safe day" in looked.content.decode()
    assert "Move 2 visits" in looked.content.decode()
    page.keep(asked)
    assert [booked(pump) for pump in three] == [[later], [later], [on]]
    shown = client.get(page.answer["Location"]).content.decode()
    assert shown.count("moved to") == 2
    assert "refused. This is after the latest safe day" in shown
    assert "moved to" not in client.get(page.address).content.decode(), "told once"


def test_posted_twice_it_is_moved_once(page: FormPage, cast: Cast, three: list[Pump], on: date) -> None:
    asked = typed((three[0], cast.open_day(12)))
    seen = page.look(asked)
    for _ in range(2):
        page.press(asked, seen=seen)
    assert three[0].appointments.filter(state=State.BOOKED).count() == 1
    assert three[0].appointments.count() == 2


def test_what_would_happen_may_not_have_changed_since_it_was_looked_at(
    page: FormPage, cast: Cast, three: list[Pump], on: date
) -> None:
    later = cast.open_day(12)
    asked = typed((three[0], later))
    seen = page.look(asked)
    close_days(first_on=later, last_on=later, reason="Snow", by=cast.administrator, at=cast.at)
    assert "closed: Snow" in page.press(asked, seen=seen).content.decode()
    assert booked(three[0]) == [on]


def test_one_day_can_be_put_in_every_row(page: FormPage, cast: Cast, three: list[Pump]) -> None:
    later = cast.open_day(12).isoformat()
    form = page.press({"all_on": later, "fill": "yes"}).context["form"]
    assert {form[f"on_{pump.pk}"].value() for pump in three} == {later}


def test_a_row_that_is_left_empty_stays_where_it_is(
    page: FormPage, cast: Cast, three: list[Pump], on: date
) -> None:
    page.keep(typed((three[0], cast.open_day(12))))
    assert booked(three[1]) == [on]


def test_what_is_proposed_is_open_and_safe_and_earlier_where_nothing_later_is(
    cast: Cast, three: list[Pump], on: date
) -> None:
    close_days(first_on=on, last_on=on, reason="Training", by=cast.administrator, at=cast.at)
    for row in of_days(cast.nurse, on, on, cast.at):
        assert row.proposed is not None
        assert not row.refusal(row.proposed)
        if row.pump == three[2]:
            assert row.proposed < on


def test_a_row_is_a_transaction_of_its_own(cast: Cast, three: list[Pump], on: date) -> None:
    first, _, third = of_days(cast.nurse, on, on, cast.at)
    later = cast.open_day(12)
    Projection.objects.filter(pump=first.pump).update(refill_by=on - timedelta(days=1))
    assert "moved meanwhile" in move(first, later, cast.nurse, cast.at).refusal
    assert move(third, on, cast.nurse, cast.at).refusal == ""
    assert booked(three[0]) == [on]


def test_who_did_not_come_is_listed_at_once_and_leaves_with_a_new_visit_or_a_refill(
    client: Client, cast: Cast, pump: Pump
) -> None:
    other, came = cast.running_pump(), cast.running_pump()
    for each in (pump, other, came):
        book_visit(pump=each, on=cast.ago(1).date(), by=cast.nurse, at=cast.ago(4))
        close_visit(pump=each, state=State.MISSED, by=cast.nurse, at=cast.ago(0.5))
    assert {row.pump for row in missed(cast.nurse, cast.at)} == {pump, other, came}
    cast.refill(came, days_ago=0.1, withdrawn_ml=34)
    page = FormPage(client, cast.coordinator, reverse("refills:rebook"))
    page.keep(typed((pump, cast.open_day(3))))
    assert booked(pump) == [cast.open_day(3)]
    assert [row.pump for row in missed(cast.nurse, cast.at)] == [other]
    book_visit(pump=pump, on=cast.open_day(4), by=cast.nurse, at=cast.at)
    close_visit(pump=pump, state=State.CANCELLED, reason="In hospital.", by=cast.nurse, at=cast.at)
    listed = {row.pump for row in missed(cast.nurse, cast.at)}
    assert listed == {pump, other}, "moved and cancelled again, the missed one is work again"


def test_a_vulnerable_one_is_rescheduled_singly(client: Client, cast: Cast) -> None:
    frail = cast.running_pump(cannot_hear_alarm=True)
    book_visit(pump=frail, on=cast.ago(1).date(), by=cast.nurse, at=cast.ago(4))
    close_visit(pump=frail, state=State.MISSED, by=cast.nurse, at=cast.at)
    page = FormPage(client, cast.coordinator, reverse("refills:rebook"))
    shown = page.answer.content.decode()
    assert "Singly, with a call" in shown
    assert str(frail.patient) in shown
    page.press(typed((frail, cast.open_day(3))), seen=page.answer.context["form"].fingerprint())
    assert booked(frail) == []


@pytest.mark.parametrize("slip", ["soon", "2026-02-30", "\x00", "9" * 5000])
def test_a_slip_is_said_in_its_row_and_nothing_is_moved(
    page: FormPage, three: list[Pump], on: date, slip: str
) -> None:
    name = f"on_{three[0].pk}"
    assert page.errors({name: slip})[name]
    assert booked(three[0]) == [on]


def test_what_was_typed_comes_back_after_a_session_that_ended(
    page: FormPage, cast: Cast, three: list[Pump], on: date
) -> None:
    later = cast.open_day(12)
    page.client.logout()
    left = page.press(typed((three[0], later)))
    page.client.post(left["Location"], {"login": cast.coordinator.user.email, "password": PASSWORD})
    assert page.open().context["form"][f"on_{three[0].pk}"].value() == later.isoformat()
    assert booked(three[0]) == [on]


def test_another_clinics_visits_cannot_be_moved(
    client: Client, cast: Cast, three: list[Pump], on: date
) -> None:
    page = FormPage(client, cast.stranger, f"{reverse('refills:move')}?from={on.isoformat()}")
    assert "No visit is booked on these days" in page.answer.content.decode()
    page.press(typed((three[0], cast.open_day(12))))
    assert booked(three[0]) == [on]
