"""When patients are written to: each step once, at or past its moment, by day, and never after it serves."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from alerts.cadence import Awaited, Cadence, Stage, cadence_of, owed
from tests.cast import Cast
from tests.pages import FormPage

LONDON = ZoneInfo("Europe/London")
USUAL = Cadence()
VISIT = date(2026, 11, 24)
BOOKED = Awaited(LONDON, VISIT, None, None)
TYPED = {
    "first_days": "14",
    "last_days": "3",
    "missed_days": "1",
    "from_hour": "9",
    "until_hour": "19",
    "changed_because": "Agreed at the meeting.",
}


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON)


def days_before(days: int) -> date:
    return VISIT - timedelta(days=days)


@pytest.mark.parametrize(
    ("moment", "stage"),
    [
        (at(days_before(14), 8, 59), None),
        (at(days_before(14)), Stage.FIRST),
        (at(days_before(9), 15), Stage.FIRST),
        (at(days_before(3), 8, 59), None),
        (at(days_before(3)), Stage.LAST),
        (at(days_before(1), 18, 59), Stage.LAST),
        (at(VISIT), None),
        (at(VISIT + timedelta(days=30)), None),
    ],
)
def test_of_the_steps_before_a_visit_the_last_one_reached_is_owed(
    moment: datetime, stage: Stage | None
) -> None:
    assert owed(BOOKED, USUAL, moment)[0] is stage


def test_at_night_nothing_is_owed_and_the_morning_is_the_next_moment() -> None:
    for night in (at(days_before(10), 19), at(days_before(10), 23, 59), at(days_before(9), 0)):
        assert owed(BOOKED, USUAL, night) == (None, at(days_before(9)))


def test_the_next_step_is_the_next_moment_worth_a_look() -> None:
    assert owed(BOOKED, USUAL, at(days_before(30)))[1] == at(days_before(14))
    assert owed(BOOKED, USUAL, at(days_before(13)))[1] == at(days_before(3))
    assert owed(BOOKED, USUAL, at(days_before(2)))[1] is None


def test_after_a_visit_to_which_nobody_came_they_are_asked_to_call_for_a_fortnight() -> None:
    missed = Awaited(LONDON, None, VISIT, None)
    assert owed(missed, USUAL, at(VISIT, 17)) == (None, at(VISIT + timedelta(days=1)))
    assert owed(missed, USUAL, at(VISIT + timedelta(days=1)))[0] is Stage.MISSED
    assert owed(missed, USUAL, at(VISIT + timedelta(days=15)))[0] is None


def test_without_a_visit_they_are_asked_to_call_from_the_urgent_step_on_however_late_it_is() -> None:
    unbooked = Awaited(LONDON, None, None, VISIT)
    assert owed(unbooked, USUAL, at(VISIT, 8))[0] is None
    for days in (0, 1, 400):
        assert owed(unbooked, USUAL, at(VISIT + timedelta(days=days)))[0] is Stage.UNBOOKED


def test_a_missed_visit_goes_before_a_visit_that_is_not_booked() -> None:
    both = Awaited(LONDON, None, VISIT, VISIT)
    assert owed(both, USUAL, at(VISIT + timedelta(days=2)))[0] is Stage.MISSED
    assert owed(both, USUAL, at(VISIT + timedelta(days=20)))[0] is Stage.UNBOOKED


@given(
    zone=st.sampled_from(
        ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
    ),
    day=st.dates(date(2024, 1, 1), date(2035, 12, 31)),
    minutes=st.integers(-20 * 24 * 60, 24 * 60),
)
def test_in_no_zone_and_on_no_day_is_a_letter_owed_by_night_or_out_of_its_days(
    zone: str, day: date, minutes: int
) -> None:
    here = ZoneInfo(zone)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes)
    stage, next_at = owed(replace(BOOKED, zone=here, visit_on=day), USUAL, moment)
    local = moment.astimezone(here)
    if stage is not None:
        ahead = (day - local.date()).days
        assert USUAL.from_hour <= local.hour < USUAL.until_hour
        assert ahead <= 14 if stage is Stage.FIRST else ahead <= 3
        assert ahead >= 3 if stage is Stage.FIRST else ahead >= 1
    assert next_at is None or next_at > moment


def test_the_clinic_sets_its_own_days_with_a_reason_and_sees_whom_it_writes_to(
    client: Client, cast: Cast
) -> None:
    cast.agrees(cast.running_pump())
    cast.running_pump()
    page = FormPage(client, cast.administrator, reverse("alerts:cadence"))
    page.look({**TYPED, "first_days": "21"})
    effects = " ".join(page.answer.context["effects"])
    assert "1 people near 1 patients have agreed" in effects
    assert "Nobody near 1 patients has" in effects
    assert page.keep({**TYPED, "first_days": "21"}).status_code == 302
    cast.clinic.refresh_from_db()
    assert cadence_of(cast.clinic).first_days == 21
    shown = client.get(reverse("dashboard:policy")).content.decode()
    assert "Agreed at the meeting." in shown
    assert "Days before a visit: the first letter: 14 → 21" in shown


@pytest.mark.parametrize(
    ("slip", "field"),
    [
        ({"last_days": "14"}, "last_days"),
        ({"until_hour": "9"}, "until_hour"),
        ({"until_hour": "25"}, "until_hour"),
    ],
)
def test_days_and_hours_that_leave_no_letter_are_refused_in_the_form_and_by_the_database(
    client: Client, cast: Cast, slip: dict[str, str], field: str
) -> None:
    page = FormPage(client, cast.administrator, reverse("alerts:cadence"))
    assert page.errors({**TYPED, **slip})[field]
    cast.cadence(from_hour=9, until_hour=19)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE alerts_cadencepolicy SET {field} = {slip[field]}")
