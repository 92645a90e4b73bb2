"""The clinic's timers on its policy page: each with its source, kept with a reason once its effect was seen."""

import pytest
from django.test import Client
from django.urls import reverse

from alerts.escalation import Escalation, escalation_of
from alerts.models import EscalationPolicy
from itb.accounts.models import Clinic
from patients.models import Pump
from tests.alerts.test_escalation import waited
from tests.alerts.test_sweep import swept
from tests.cast import Cast
from tests.pages import FormPage

TIMERS = {
    "critical_second_minutes": "30", "critical_all_minutes": "60", "urgent_second_hours": "4", "due_all_days": "2",
    "evening_hour": "18", "urgent_at_night": "told", "changed_because": "Agreed in the team.",
}  # fmt: skip


@pytest.fixture
def page(client: Client, cast: Cast) -> FormPage:
    return FormPage(client, cast.administrator, reverse("alerts:escalation"))


def test_other_timers_are_kept_once_what_they_change_was_seen(page: FormPage, cast: Cast, pump: Pump) -> None:
    alert = swept(pump)
    waited(alert, minutes=20)
    seen = page.press({**TIMERS, "critical_second_minutes": "10", "urgent_at_night": "waits"})
    assert "more people would have been told of 1; as it is set, of 0" in seen.content.decode()
    assert not EscalationPolicy.objects.exists()
    page.keep({**TIMERS, "critical_second_minutes": "10", "urgent_at_night": "waits"})
    kept = escalation_of(Clinic.objects.get(pk=cast.clinic.pk))
    assert kept == Escalation(critical_second_minutes=10, urgent_at_night="waits")


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [("critical_all_minutes", "30", "until one more is told"), ("critical_second_minutes", "4", "at least 5"),
     ("urgent_second_hours", "25", "at most 24"), ("due_all_days", "0", "at least 1"),
     ("due_all_days", "x", "Write a whole number of days"),
     ("evening_hour", "14", "at least 15"), ("urgent_at_night", "maybe", "Choose one"),
     ("changed_because", "", "Fill this in")],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(page: FormPage, name: str, typed: str, said: str) -> None:
    assert said in page.errors({**TIMERS, name: typed})[name]


def test_the_policy_page_shows_them_with_source_and_mark(client: Client, cast: Cast) -> None:
    client.force_login(cast.auditor.user)
    body = client.get(reverse("dashboard:policy")).content.decode()
    for words in (
        "Escalation",
        "one more person is told after",
        "minutes",
        "IEC 60601-1-8",
        "leaves at once",
    ):
        assert words in body
