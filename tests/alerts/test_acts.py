"""Passing an alert to a colleague, and letting one rest: in somebody's name, for a time, never past the drug."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from alerts import services
from alerts.models import Alert, AlertEvent
from alerts.moves import MoveRefusedError
from alerts.rules import Kind, Tier
from alerts.sweep import sweep
from itb import clock
from itb.accounts.services import end_membership
from itb.audit.models import AuditEvent
from itb.outbox.models import Letter
from patients.models import Patient, Pump
from refills.models import Projection
from tests.alerts.test_sweep import look_again, swept
from tests.alerts.test_views import opened
from tests.cast import Cast
from tests.pages import FormPage

LONDON = ZoneInfo("Europe/London")


def rests(**ahead: float) -> dict[str, str]:
    """What is typed to let an alert rest for so long."""
    until = (clock.now() + timedelta(**ahead)).astimezone(LONDON)
    return {"until": f"{until:%Y-%m-%dT%H:%M}", "note": "The family is away until then."}


@pytest.fixture
def alert(pump: Pump) -> Alert:
    """Due: refilled 30 days ago, so that the drug allows months."""
    return opened(pump, Kind.DISCREPANCY, Tier.DUE, 30, occasion="2026-11-01")


def taken(cast: Cast, alert: Alert) -> Alert:
    return services.acknowledge_alert(alert=alert, note="Mine", by=cast.nurse, at=clock.now())


def test_who_gets_an_alert_has_it_is_told_and_gains_no_time(cast: Cast, alert: Alert) -> None:
    until = taken(cast, alert).acknowledged_until
    Letter.objects.update(state=Letter.State.SENT)
    passed = services.pass_alert(
        alert=alert, to=cast.prescriber, note="She asks for you.", by=cast.nurse, at=clock.now()
    )
    assert (passed.acknowledged_by, passed.acknowledged_until) == (cast.prescriber.user, until)
    letter = Letter.objects.get(topic=f"alert:{alert.pk}", state=Letter.State.PENDING)
    assert letter.recipient == cast.prescriber
    event = alert.events.get(verb=AlertEvent.Verb.PASSED)
    assert (event.by, event.note) == (cast.nurse.user, "She asks for you.")
    assert AuditEvent.objects.filter(verb="alert.passed", subject_id=alert.pk).exists()


def test_what_nobody_has_is_passed_to_nobody(cast: Cast, alert: Alert) -> None:
    with pytest.raises(MoveRefusedError):
        services.pass_alert(alert=alert, to=cast.prescriber, note="x", by=cast.nurse, at=clock.now())


def test_nothing_is_passed_to_one_who_has_left(cast: Cast, alert: Alert) -> None:
    taken(cast, alert)
    end_membership(member=cast.coordinator, by=cast.administrator.user, at=cast.at)
    with pytest.raises(PermissionDenied):
        services.pass_alert(alert=alert, to=cast.coordinator, note="x", by=cast.nurse, at=clock.now())


def test_the_page_offers_colleagues_who_are_there_and_keeps_the_same_press_once(
    client: Client, cast: Cast, alert: Alert
) -> None:
    taken(cast, alert)
    cast.absence(member=cast.prescriber)
    page = FormPage(client, cast.nurse, reverse("alerts:pass_on", args=[alert.pk]))
    offered = [str(each.user) for each in page.answer.context["form"].fields["to"].queryset]
    assert offered == ["Coordinator"], "not the one who has it, not the one who is away, not an auditor"
    carried, typed = dict(page.hidden), {"to": str(cast.coordinator.pk), "note": "Book her in."}
    assert page.errors({**typed, "to": str(cast.prescriber.pk)})["to"]
    for _ in range(2):
        page.hidden = carried
        assert page.press(typed).status_code == 302
    assert alert.events.filter(verb=AlertEvent.Verb.PASSED).count() == 1


def test_whoever_was_quicker_is_shown_and_what_was_typed_stays(
    client: Client, cast: Cast, alert: Alert
) -> None:
    taken(cast, alert)
    page = FormPage(client, cast.nurse, reverse("alerts:pass_on", args=[alert.pk]))
    services.acknowledge_alert(alert=alert, note="I have it", by=cast.prescriber, at=clock.now())
    answer = page.press({"to": str(cast.coordinator.pk), "note": "Book her in."})
    assert answer.status_code == 409
    assert "I have it" in answer.content.decode()
    assert answer.context["form"]["note"].value() == "Book her in."


def test_an_alert_rests_in_a_name_and_opens_again_at_its_moment(cast: Cast, pump: Pump) -> None:
    Projection.objects.update(refill_by=clock.now().date() + timedelta(days=10), review_at=clock.now())
    sweep()
    alert = Alert.objects.get(pump=pump)
    until = clock.now() + timedelta(hours=30)
    services.snooze_alert(alert=alert, until=until, note="Away until then", by=cast.nurse, at=clock.now())
    look_again(pump)
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by) == (Alert.State.SNOOZED, cast.nurse.user)
    assert Projection.objects.get(pump=pump).review_at <= until
    assert not Letter.objects.filter(topic=f"alert:{alert.pk}", state=Letter.State.PENDING).exists()
    Alert.objects.filter(pk=alert.pk).update(acknowledged_until=clock.now())
    look_again(pump)
    alert.refresh_from_db()
    assert alert.state == Alert.State.OPEN
    assert alert.events.filter(verb=AlertEvent.Verb.EXPIRED).exists()


def test_becoming_more_urgent_ends_the_rest_early(cast: Cast, pump: Pump) -> None:
    Projection.objects.update(refill_by=clock.now().date() + timedelta(days=10), review_at=clock.now())
    sweep()
    alert = Alert.objects.get(pump=pump)
    until = clock.now() + timedelta(days=5)
    services.snooze_alert(alert=alert, until=until, note="Away until then", by=cast.nurse, at=clock.now())
    Projection.objects.update(refill_by=clock.now().date() + timedelta(days=6), review_at=clock.now())
    sweep()
    alert.refresh_from_db()
    assert (alert.state, alert.tier) == (Alert.State.OPEN, Tier.URGENT)


@pytest.mark.parametrize("binding", ["refill_by", "alarm", "empty", "flag"])
def test_nothing_rests_past_the_next_grave_step(cast: Cast, alert: Alert, binding: str) -> None:
    at = clock.now()
    far = {"alarm_at": at + timedelta(days=90), "earliest_empty_at": at + timedelta(days=90),
           "refill_by": at.date() + timedelta(days=90)}  # fmt: skip
    near = {
        "refill_by": {"refill_by": at.date() + timedelta(days=10)},
        "alarm": {"alarm_at": at + timedelta(days=13)},
        "empty": {"earliest_empty_at": at + timedelta(days=10)},
        "flag": {"refill_by": at.date() + timedelta(days=17)},
    }
    Projection.objects.filter(pump=alert.pump_id).update(**{**far, **near[binding]})
    if binding == "flag":
        Patient.objects.filter(pk=alert.pump.patient_id).update(cannot_hear_alarm=True)
        version = Pump.objects.get(pk=alert.pump_id).facts_version
        Projection.objects.filter(pump=alert.pump_id).update(facts_version=version, error="")
    alert = Alert.objects.get(pk=alert.pk)
    latest = services.snoozable_until(alert, at)
    assert latest is not None
    assert timedelta(days=9) <= latest - at <= timedelta(days=10)
    with pytest.raises(services.TooLongError):
        services.snooze_alert(
            alert=alert, until=latest + timedelta(seconds=1), note="x", by=cast.nurse, at=at
        )
    services.snooze_alert(alert=alert, until=latest, note="x", by=cast.nurse, at=at)


def test_a_critical_one_and_one_that_nobody_can_time_never_rest(cast: Cast, pump: Pump) -> None:
    critical = swept(pump)
    assert services.snoozable_until(critical, clock.now()) is None
    unknown = opened(cast.bare_pump(), Kind.DISCREPANCY, Tier.DUE, 30, occasion="x")
    assert services.snoozable_until(unknown, clock.now()) is None
    for alert in (critical, unknown):
        with pytest.raises(services.TooLongError):
            until = clock.now() + timedelta(hours=1)
            services.snooze_alert(alert=alert, until=until, note="x", by=cast.nurse, at=clock.now())


def test_the_page_says_how_long_at_the_latest_and_refuses_more(
    client: Client, cast: Cast, alert: Alert
) -> None:
    page = FormPage(client, cast.nurse, reverse("alerts:snooze", args=[alert.pk]))
    assert "at the latest" in page.answer.content.decode()
    assert "The drug in the pump does not allow so long" in page.errors(rests(days=300))["until"]
    assert "lies ahead" in page.errors(rests(days=-1))["until"]
    assert page.press(rests(days=1)).status_code == 302
    alert.refresh_from_db()
    assert alert.state == Alert.State.SNOOZED


def test_a_critical_alerts_page_says_that_it_never_rests(client: Client, cast: Cast, pump: Pump) -> None:
    page = FormPage(client, cast.nurse, reverse("alerts:snooze", args=[swept(pump).pk]))
    assert "A critical alert never rests" in page.answer.content.decode()


def test_who_leaves_hands_over_what_rests_too(cast: Cast, alert: Alert) -> None:
    until = clock.now() + timedelta(days=2)
    services.snooze_alert(alert=alert, until=until, note="Away", by=cast.nurse, at=clock.now())
    services.hand_over_alerts(leaving=cast.nurse, successor=cast.prescriber, by=None, at=clock.now())
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by) == (Alert.State.SNOOZED, cast.prescriber.user)


def test_the_day_on_which_one_goes_on_bounds_an_acknowledgement(cast: Cast, alert: Alert) -> None:
    at = datetime(2026, 11, 24, 9, tzinfo=LONDON)
    next_on = at.date() + timedelta(days=1)
    assert services.acknowledged_until(alert, at, cast.nurse, next_on) == datetime(
        2026, 11, 26, tzinfo=LONDON
    )
    assert services.acknowledged_until(alert, at, cast.nurse) == at + services.LONGEST_ACKNOWLEDGEMENT


def test_the_page_demands_that_day_and_refuses_one_that_is_past_or_too_far(
    client: Client, cast: Cast, alert: Alert
) -> None:
    page = FormPage(client, cast.nurse, reverse("alerts:acknowledge", args=[alert.pk]))
    today = clock.now().astimezone(LONDON).date()
    assert page.errors({"note": "x", "next_on": ""})["next_on"] == "Fill this in."
    assert "This is past" in page.errors({"note": "x", "next_on": f"{today - timedelta(days=1)}"})["next_on"]
    assert (
        "given now ends on"
        in page.errors({"note": "x", "next_on": f"{today + timedelta(days=4)}"})["next_on"]
    )
    assert page.press({"note": "x", "next_on": f"{today + timedelta(days=1)}"}).status_code == 302
    alert.refresh_from_db()
    assert alert.next_on == today + timedelta(days=1)
