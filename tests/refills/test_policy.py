"""The clinic's policy: every setting with default, source and history; a change is seen before it is kept."""

import pytest
from django.test import Client
from django.urls import reverse

from alerts.models import Policy as StepsPolicy
from patients.models import Pump
from refills.limits import LIMITS
from refills.models import Policy, ProgrammingPolicy, Projection
from refills.programming import Programming, programming_of
from tests.alerts.test_views import STEPS
from tests.cast import Cast
from tests.pages import FormPage
from tests.refills.test_margins import DEFAULTS as MARGINS

PROGRAMMING = {
    "signature": "past",
    "signature_pct": "",
    "titration_days": "60",
    "confirm_pct": "20",
    "changed_because": "Agreed in the team.",
}


def page(client: Client, cast: Cast, name: str) -> FormPage:
    return FormPage(client, cast.administrator, reverse(name))


def test_every_setting_stands_there_with_its_default_source_mark_and_history(
    client: Client, cast: Cast, pump: Pump
) -> None:
    page(client, cast, "refills:policy").keep({**MARGINS, "margin_days": "10"})
    client.force_login(cast.nurse.user)
    answer = client.get(reverse("dashboard:policy"))
    tables = {each.section.name: each for each in answer.context["policies"]}
    margin = tables["margins"].values[0]
    assert (margin.here, margin.default, margin.unit, margin.is_own) == ("10", "7", "days", True)
    assert all(value.source and value.mark for each in tables.values() for value in each.values)
    change = tables["margins"].changes[0]
    assert change.moved == [f"{margin.words}: 7 → 10"]
    assert (change.who, change.because) == (str(cast.administrator.user), "Agreed in the team.")
    assert not tables["programming"].changes
    assert "unconfirmed" in answer.content.decode()
    assert all(limit.words in answer.content.decode() and limit.source for limit in LIMITS)
    assert "Change margins" not in answer.content.decode()


def test_what_margins_would_change_is_counted_before_they_are_kept(
    client: Client, cast: Cast, pump: Pump
) -> None:
    before = Projection.objects.get(pump=pump).refill_by
    margins = page(client, cast, "refills:policy")
    shorter = {**MARGINS, "max_interval_days": "40", "margin_days": "60"}
    assert "1 refill-by date moves earlier, 0 later; 0 stay." in margins.press(shorter).content.decode()
    assert "0 refill-by dates move earlier, 0 later; 1 stay." in margins.press(MARGINS).content.decode()
    assert Projection.objects.get(pump=pump).refill_by == before
    assert not Policy.objects.exists()
    margins.keep(shorter)
    after = Projection.objects.get(pump=pump).refill_by
    assert before is not None
    assert after is not None
    assert after < before


def test_what_steps_would_change_is_counted_before_they_are_kept(client: Client, cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=148)
    steps = page(client, cast, "alerts:policy")
    body = steps.press(
        {**STEPS, "routine_days": "90", "due_days": "60", "urgent_days": "30"}
    ).content.decode()
    assert "1 pump becomes more urgent at once" in body
    assert Projection.objects.get(pump=pump)
    assert not StepsPolicy.objects.exists()


def test_what_signatures_would_have_been_owed_is_counted(client: Client, cast: Cast, pump: Pump) -> None:
    cast.programme(pump, days_ago=2, dose="440")
    programming = page(client, cast, "refills:programming")
    body = programming.press({**PROGRAMMING, "signature_pct": "5"}).content.decode()
    assert "1 of the 2 programmes of the last 180 days would have been signed by a second person" in body
    assert "As it is set now: 0." in body
    programming.keep({**PROGRAMMING, "signature_pct": "5"})
    cast.clinic.refresh_from_db()
    assert programming_of(cast.clinic) == Programming(signature_pct=5)


@pytest.mark.parametrize(
    ("name", "slip", "words"),
    [
        ("signature", "maybe", "Choose one of those"),
        ("signature_pct", "101", "at most 100"),
        ("signature_pct", "7.5", "whole number"),
        ("titration_days", "", "Fill this in"),
        ("confirm_pct", "-1", "at least 0"),
        ("changed_because", "", "Fill this in"),
        ("changed_because", "x" * 501, "too long"),
    ],
)
def test_a_slip_is_said_at_its_field_and_changes_nothing(
    client: Client, cast: Cast, name: str, slip: str, words: str
) -> None:
    programming = page(client, cast, "refills:programming")
    assert words in programming.errors({**PROGRAMMING, name: slip})[name]
    assert not ProgrammingPolicy.objects.exists()


def test_nothing_is_kept_whose_effect_was_not_seen(client: Client, cast: Cast) -> None:
    programming = page(client, cast, "refills:programming")
    seen = programming.look(PROGRAMMING)
    programming.press({**PROGRAMMING, "confirm_pct": "30"}, seen=seen)
    assert not ProgrammingPolicy.objects.exists()


def test_the_defaults_are_filled_in_where_they_are_asked_for(client: Client, cast: Cast) -> None:
    page(client, cast, "refills:programming").keep({**PROGRAMMING, "confirm_pct": "30"})
    form = client.get(reverse("refills:programming") + "?show=defaults").context["form"]
    assert form["confirm_pct"].value() == 20
    assert client.get(reverse("refills:programming")).context["form"]["confirm_pct"].value() == 30


def test_only_the_administrator_changes_it(client: Client, cast: Cast) -> None:
    for member in (cast.nurse, cast.prescriber, cast.coordinator, cast.auditor):
        client.force_login(member.user)
        assert client.post(reverse("refills:programming"), PROGRAMMING).status_code == 403
        assert client.get(reverse("dashboard:policy")).status_code == 200
    assert not ProgrammingPolicy.objects.exists()
