"""The dry run: what other steps would have told over the last days, from what was known on each of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from alerts import rehearsal
from alerts.models import Policy
from alerts.policy import DEFAULTS
from alerts.rehearsal import Stretch, letters, rehearse
from itb.outbox.models import Letter
from patients.services import record_replacement
from tests.alerts.test_rules import ALARM, REFILL_BY, USUAL, midnight
from tests.alerts.test_views import STEPS
from tests.cast import Cast
from tests.pages import FormPage


def test_each_step_that_comes_is_told_once_and_what_stood_before_is_not() -> None:
    """Due, urgent, same-day work, emergency; the clinician's own is as urgent as the call before it."""
    whole = Stretch(midnight(REFILL_BY) - timedelta(days=60), ALARM + timedelta(days=9), USUAL)
    assert letters([whole], DEFAULTS) == 4
    later = replace(whole, begins_at=midnight(REFILL_BY - timedelta(days=10)))
    assert letters([later], DEFAULTS) == 3
    assert letters([whole], replace(DEFAULTS, routine_days=40)) == 4, "a routine step has no letter"


def test_other_steps_tell_at_other_times() -> None:
    begins_at = midnight(REFILL_BY) - timedelta(days=60)
    early = Stretch(begins_at, midnight(REFILL_BY - timedelta(days=15)), USUAL)
    assert letters([early], DEFAULTS) == 0
    assert letters([early], replace(DEFAULTS, due_days=20)) == 1


def test_a_visit_that_was_booked_in_between_ends_what_was_told() -> None:
    booked_at = midnight(REFILL_BY - timedelta(days=12))
    booked = replace(USUAL, visit_on=REFILL_BY, visit_is_confirmed=True)
    before = Stretch(midnight(REFILL_BY) - timedelta(days=60), booked_at, USUAL)
    after = Stretch(booked_at, midnight(REFILL_BY), booked)
    assert letters([before, after], DEFAULTS) == 1


def back(cast: Cast, days: float) -> Cast:
    """The same people, so many days ago: what they write is written down then."""
    return replace(cast, at=cast.ago(days))


def test_what_was_known_on_each_day_is_replayed(cast: Cast) -> None:
    """Filled 170 days ago: due 12 days ago and urgent 5 days ago, each to two people."""
    pump = back(cast, 100).running_pump(filled_days_ago=70)
    assert told(cast) == "4 → 0"
    refill = back(cast, 8).refill(pump, days_ago=0, withdrawn_ml="6")
    assert told(cast) == "2 → 0"
    back(cast, 7).correction(refill)
    assert told(cast) == "6 → 0", "due before the refill, due again without it, then urgent"


def told(cast: Cast) -> str:
    """What the dry run says of steps that come with the last day, and no earlier."""
    sentence, left_out = rehearse(cast.nurse, replace(DEFAULTS, due_days=1, urgent_days=0), cast.at)
    assert "left out" in left_out
    return sentence.removeprefix("Dry run over the last 90 days: ").partition(" letters")[0]


def test_what_would_be_told_is_shown_before_it_is_kept_and_nothing_is_written(
    client: Client, cast: Cast
) -> None:
    cast.running_pump(filled_days_ago=100)
    page = FormPage(client, cast.administrator, reverse("alerts:policy"))
    body = page.press({**STEPS, "due_days": "15"}).content.decode()
    assert "Dry run over the last 90 days: 0 → 0 letters, each step to 2 people." in body
    assert not Policy.objects.exists()
    assert not Letter.objects.exists()


def test_of_a_large_clinic_a_part_is_replayed_and_that_is_said(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "MOST", 2)
    for _ in range(5):
        cast.running_pump()
    assert "Counted on 2 of 5 pumps, and scaled." in rehearse(cast.nurse, DEFAULTS, cast.at)[0]


def test_a_clinic_without_pumps_has_nothing_to_replay(cast: Cast) -> None:
    assert rehearse(cast.nurse, DEFAULTS, cast.at) == []


def test_a_pump_that_must_be_replaced_counts_where_its_days_are_changed(client: Client, cast: Cast) -> None:
    pump = cast.running_pump()
    on = cast.at.astimezone(cast.clinic.tz).date() + timedelta(days=200)
    record_replacement(pump=pump, on=on, by=cast.nurse, at=cast.at)
    page = FormPage(client, cast.administrator, reverse("alerts:policy"))
    body = page.press({**STEPS, "replacement_due_days": "230"}).content.decode()
    assert "1 pump becomes more urgent at once" in body
    assert "0 → 2 letters, each step to 2 people." in body
