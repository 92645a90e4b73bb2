"""The clinic's margins: changed by its administrator, whole, and every pump is forecast anew."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from itb.audit.models import AuditEvent
from itb.walls import inside
from patients.models import Pump
from refills.models import Policy, Projection
from refills.policy import Margins, margins_of
from refills.services import change_margins
from tests.cast import PASSWORD, Cast
from tests.pages import FormPage

DEFAULTS = {
    "margin_days": "7",
    "max_interval_days": "180",
    "accuracy_days": "2",
    "shift_days": "7",
    "shift_max_days": "14",
    "changed_because": "Agreed in the team.",
}
FIGURES = [name for name in DEFAULTS if name != "changed_because"]


@pytest.fixture
def page(client: Client, cast: Cast) -> FormPage:
    return FormPage(client, cast.administrator, reverse("refills:policy"))


def test_each_value_stands_there_with_its_default_source_and_mark(page: FormPage) -> None:
    form = page.answer.context["form"]
    assert {name: str(form[name].value()) for name in FIGURES} == {name: DEFAULTS[name] for name in FIGURES}
    for name in FIGURES:
        assert "Default" in form.fields[name].help_text
        assert "Source" in form.fields[name].help_text
        assert "Mark" in form.fields[name].help_text


def test_a_longer_margin_moves_the_refill_by_date_of_every_pump(
    page: FormPage, cast: Cast, pump: Pump
) -> None:
    other = cast.running_pump(dose="300")
    theirs = cast.running_pump(by=cast.stranger)
    before = {row.pump_id: row for row in Projection.objects.all()}
    with inside(cast.stranger.clinic_id):
        untouched = Projection.objects.get(pump=theirs)
    page.keep({**DEFAULTS, "margin_days": "37", "max_interval_days": "365", "accuracy_days": "0"})
    assert page.answer["Location"] == reverse("dashboard:policy")
    for mine in (pump, other):
        row = Projection.objects.get(pump=mine)
        assert row.refill_by != before[mine.pk].refill_by
        assert row.alarm_at == before[mine.pk].alarm_at
        assert row.review_at > before[mine.pk].review_at
        assert row.facts_version == before[mine.pk].facts_version
    with inside(cast.stranger.clinic_id):
        assert Projection.objects.get(pump=theirs).refill_by == untouched.refill_by
    assert AuditEvent.objects.get(verb="policy.changed").by_id == cast.administrator.user_id


def test_a_shorter_shift_moves_the_danger_of_a_vulnerable_patient(cast: Cast) -> None:
    pump = cast.running_pump(cannot_hear_alarm=True)
    before = Projection.objects.get(pump=pump)
    margins = Margins(shift_days=0, shift_max_days=0)
    change_margins(margins=margins, by=cast.administrator, at=cast.at)
    row = Projection.objects.get(pump=pump)
    assert row.danger_at is not None
    assert before.danger_at is not None
    assert row.danger_at - before.danger_at == timedelta(days=7)


@pytest.mark.parametrize(
    ("name", "slip", "words"),
    [
        ("margin_days", "0", "at least 1"),
        ("margin_days", "61", "at most 60"),
        ("max_interval_days", "0", "at least 1"),
        ("max_interval_days", "366", "at most 365"),
        ("accuracy_days", "-1", "at least 0"),
        ("shift_days", "31", "at most 30"),
        ("shift_max_days", "6", "cannot be less than what one flag moves"),
        ("margin_days", "", "Fill this in"),
        ("margin_days", "7.5", "whole number"),
        ("margin_days", "seven", "whole number"),
        ("margin_days", "7\x00", "whole number"),
        ("margin_days", "9" * 5000, "whole number"),
        ("margin_days", "1e1", "whole number"),
    ],
)
def test_a_slip_is_said_at_its_field_stays_and_changes_nothing(
    page: FormPage, name: str, slip: str, words: str
) -> None:
    assert words in page.errors({**DEFAULTS, name: slip})[name]
    assert page.answer.context["form"][name].value() == slip
    assert not Policy.objects.exists()


def test_the_same_post_twice_changes_nothing_more(page: FormPage, cast: Cast) -> None:
    for _ in range(2):
        assert page.keep({**DEFAULTS, "margin_days": "10"}).status_code == 302
    assert Policy.objects.get().margin_days == 10
    cast.clinic.refresh_from_db()
    assert margins_of(cast.clinic).margin_days == 10


def test_what_was_typed_comes_back_after_a_session_that_ended(page: FormPage, cast: Cast) -> None:
    page.client.logout()
    left = page.press({**DEFAULTS, "margin_days": "11"})
    page.client.post(left["Location"], {"login": cast.administrator.user.email, "password": PASSWORD})
    assert page.open().context["form"]["margin_days"].value() == "11"
    assert not Policy.objects.exists()


def test_only_the_administrator_reaches_it(client: Client, cast: Cast) -> None:
    members: list[Any] = [cast.nurse, cast.prescriber, cast.coordinator, cast.auditor]
    for member in members:
        client.force_login(member.user)
        assert client.post(reverse("refills:policy"), DEFAULTS).status_code == 403
    assert not Policy.objects.exists()
