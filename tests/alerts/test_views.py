"""The alert list and what a person does about one: taken by name, for a time, and never half."""

from dataclasses import asdict
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alerts.models import Alert, AlertEvent, Policy
from alerts.policy import DEFAULTS
from alerts.rules import Kind, Tier
from alerts.services import acknowledge_alert, resolve_alert
from itb import clock
from itb.audit.models import AuditEvent
from itb.walls import inside
from patients.models import Pump
from refills.models import Projection
from tests.alerts.test_sweep import swept
from tests.cast import PASSWORD, Cast
from tests.pages import FormPage

FIGURES = {name: f"{days}" for name, days in asdict(DEFAULTS).items()}
STEPS = {**FIGURES, "changed_because": "Agreed in the team."}


def opened(pump: Pump, kind: Kind, tier: Tier, minutes_ago: float, occasion: str = "") -> Alert:
    """An alert as the sweep would have opened it."""
    return Alert.objects.create(
        pump=pump,
        clinic_id=pump.patient.clinic_id,
        kind=kind.value,
        tier=tier,
        sentence="A sentence about it.",
        occasion=occasion,
        opened_at=clock.now() - timedelta(minutes=minutes_ago),
    )


@pytest.fixture
def alert(pump: Pump) -> Alert:
    return opened(pump, Kind.REFILL_DUE, Tier.URGENT, 30)


@pytest.fixture
def discrepancy(pump: Pump) -> Alert:
    return opened(pump, Kind.DISCREPANCY, Tier.DUE, 30, occasion="2026-11-01")


@pytest.fixture
def page(client: Client, cast: Cast, alert: Alert) -> FormPage:
    return FormPage(client, cast.nurse, reverse("alerts:acknowledge", args=[alert.pk]))


def taken(note: str) -> dict[str, str]:
    """What is typed by one who goes on with it today."""
    return {"note": note, "next_on": timezone.localdate(clock.now(), ZoneInfo("Europe/London")).isoformat()}


def listed(client: Client, **query: str) -> list[int]:
    return [alert.pk for alert in client.get(reverse("alerts:list"), query).context["alerts"]]


def test_the_most_urgent_stand_first_and_then_the_oldest(client: Client, cast: Cast, pump: Pump) -> None:
    due = opened(pump, Kind.DISCREPANCY, Tier.DUE, 300)
    newer = opened(pump, Kind.REFILL_DUE, Tier.CRITICAL, 1)
    older = opened(pump, Kind.NO_FORECAST, Tier.CRITICAL, 2)
    with inside(cast.stranger.clinic_id):
        opened(cast.running_pump(by=cast.stranger), Kind.NO_FORECAST, Tier.CRITICAL, 5)
    client.force_login(cast.auditor.user)
    assert listed(client) == [older.pk, newer.pk, due.pk]


def test_the_list_says_whose_it_is_since_when_and_until_when(
    client: Client, cast: Cast, alert: Alert
) -> None:
    acknowledge_alert(alert=alert, note="Ward is calling back", by=cast.nurse, at=clock.now())
    client.force_login(cast.coordinator.user)
    body = client.get(reverse("alerts:list")).content.decode()
    for words in ("TESTCASE1, Alex", "Refill due", "Urgent", "Nurse", "until", "Ward is calling back"):
        assert words in body


def test_the_unacknowledged_stand_alone_when_asked_for(client: Client, cast: Cast, alert: Alert) -> None:
    open_one = opened(alert.pump, Kind.NO_FORECAST, Tier.CRITICAL, 1)
    acknowledge_alert(alert=alert, note="Mine", by=cast.nurse, at=clock.now())
    client.force_login(cast.nurse.user)
    assert listed(client, state="unacknowledged") == [open_one.pk]
    assert len(listed(client)) == 2


def test_a_grave_alert_says_what_to_look_for_and_whom_to_call_and_a_quiet_one_does_not(
    client: Client, cast: Cast, alert: Alert, discrepancy: Alert
) -> None:
    client.force_login(cast.nurse.user)
    grave, quiet = (
        client.get(reverse("alerts:show", args=[each.pk])).content.decode() for each in (alert, discrepancy)
    )
    for sign in ("Too little (withdrawal)", "Too much (overdose)", "<strong>Call:</strong>"):
        assert sign in grave
        assert sign not in quiet


def test_an_empty_list_says_so(client: Client, cast: Cast) -> None:
    client.force_login(cast.nurse.user)
    assert "No alert is open" in client.get(reverse("alerts:list")).content.decode()
    body = client.get(reverse("alerts:list"), {"state": "unacknowledged"}).content.decode()
    assert "Every open alert is acknowledged" in body


def test_the_list_is_paged_by_key_and_loses_nobody(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.views.PAGE", 3)
    pumps = [cast.bare_pump() for _ in range(4)]
    mine = {opened(pump, Kind.NO_FORECAST, Tier.CRITICAL, 7).pk for pump in pumps}
    mine |= {opened(pump, Kind.REFILL_DUE, Tier.DUE, number).pk for number, pump in enumerate(pumps)}
    client.force_login(cast.nurse.user)
    seen: list[int] = []
    after = ""
    while True:
        context = client.get(reverse("alerts:list"), {"after": after}).context
        seen += [alert.pk for alert in context["alerts"]]
        after = context["next"]
        if not after:
            break
    assert len(seen) == len(set(seen)) == 8
    assert set(seen) == mine


@pytest.mark.parametrize(
    "key",
    ["x", "4~x~1", "~~", "4~2026-11-22T10:00:00~1", f"{'9' * 30}~2026-11-22T10:00:00+00:00~{'9' * 30}",
     "4~0001-01-01T00:00:00+23:59~1", "4~9999-12-31T23:59:59-23:59~1", "\x00~\x00~\x00", "9" * 5000],
)  # fmt: skip
def test_a_key_that_cannot_be_read_is_no_error(client: Client, cast: Cast, alert: Alert, key: str) -> None:
    client.force_login(cast.nurse.user)
    assert client.get(reverse("alerts:list"), {"after": key}).status_code == 200


def test_a_hundred_alerts_cost_as_many_queries_as_one(
    client: Client, cast: Cast, alert: Alert, django_assert_max_num_queries: object
) -> None:
    for _ in range(30):
        opened(cast.bare_pump(), Kind.NO_FORECAST, Tier.CRITICAL, 1)
    client.force_login(cast.nurse.user)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        client.get(reverse("alerts:list"))


def test_acknowledging_says_what_it_means_and_until_when(page: FormPage, alert: Alert) -> None:
    body = page.answer.content.decode()
    assert "Then it opens again" in body
    assert "Acknowledge until then" in body
    assert page.press(taken("Calling now"))["Location"] == reverse("alerts:list")
    alert.refresh_from_db()
    assert (alert.state, alert.note) == (Alert.State.ACKNOWLEDGED, "Calling now")


@pytest.mark.parametrize("note", ["", "   ", "\x00", "n" * 50_000], ids=["none", "space", "nul", "novel"])
def test_a_note_is_owed_and_must_be_one(page: FormPage, alert: Alert, note: str) -> None:
    assert page.errors({"note": note})["note"]
    alert.refresh_from_db()
    assert alert.state == Alert.State.OPEN


def test_the_same_post_twice_is_one_acknowledgement(page: FormPage, alert: Alert) -> None:
    carried = dict(page.hidden)
    page.press(taken("Calling now"))
    page.hidden = carried
    assert page.press(taken("Calling now")).status_code == 302
    assert alert.events.filter(verb=AlertEvent.Verb.ACKNOWLEDGED).count() == 1


def test_whom_someone_overtook_is_told_and_can_take_it_over(page: FormPage, cast: Cast, alert: Alert) -> None:
    acknowledge_alert(alert=alert, note="I am on it", by=cast.prescriber, at=clock.now())
    answer = page.press(taken("Me too"))
    assert answer.status_code == 409
    assert "someone acknowledged it while you were writing" in answer.content.decode()
    assert "I am on it" in answer.content.decode()
    assert answer.context["form"]["note"].value() == "Me too"
    alert.refresh_from_db()
    assert alert.acknowledged_by == cast.prescriber.user
    page.press(taken("Me too"))
    alert.refresh_from_db()
    assert alert.acknowledged_by == cast.nurse.user


def test_a_closed_alert_says_so_and_what_was_typed_is_not_lost(page: FormPage, alert: Alert) -> None:
    Alert.objects.update(state=Alert.State.CLOSED, closed_at=clock.now())
    answer = page.press(taken("Calling now"))
    assert answer.status_code == 409
    assert "This alert is closed" in answer.content.decode()
    assert "Calling now" in answer.content.decode()
    assert "This alert is closed" in page.open().content.decode()


def test_what_was_typed_comes_back_after_a_session_that_ended(
    page: FormPage, cast: Cast, alert: Alert
) -> None:
    page.client.logout()
    left = page.press({"note": "Calling now"})
    page.client.post(left["Location"], {"login": cast.nurse.user.email, "password": PASSWORD})
    assert page.open().context["form"]["note"].value() == "Calling now"
    alert.refresh_from_db()
    assert alert.state == Alert.State.OPEN


def test_what_one_fact_raised_is_settled_for_good_and_only_once(
    client: Client, cast: Cast, discrepancy: Alert
) -> None:
    page = FormPage(client, cast.nurse, reverse("alerts:resolve", args=[discrepancy.pk]))
    carried = dict(page.hidden)
    for _ in range(2):
        page.hidden = carried
        assert page.press({"note": "Aspiration was incomplete"}).status_code == 302
    discrepancy.refresh_from_db()
    assert (discrepancy.state, discrepancy.resolved_occasion) == (Alert.State.CLOSED, "2026-11-01")
    assert discrepancy.events.count() == 1


def test_what_only_facts_can_end_is_not_ended_by_a_word(client: Client, cast: Cast, alert: Alert) -> None:
    page = FormPage(client, cast.nurse, reverse("alerts:resolve", args=[alert.pk]))
    assert "only a refill, a programme or a visit does" in page.answer.content.decode()
    answer = page.press({"note": "It will be fine"})
    assert "It will be fine" in answer.content.decode()
    alert.refresh_from_db()
    assert alert.state == Alert.State.OPEN


def test_resolving_what_was_resolved_by_another_says_so(
    client: Client, cast: Cast, discrepancy: Alert
) -> None:
    page = FormPage(client, cast.nurse, reverse("alerts:resolve", args=[discrepancy.pk]))
    resolve_alert(alert=discrepancy, note="Looked into", by=cast.prescriber, at=clock.now())
    assert page.press({"note": "Aspiration was incomplete"}).status_code == 409
    assert "This alert is closed" in page.answer.content.decode()


def test_the_stranger_finds_no_alert_and_who_only_reads_takes_none(
    client: Client, cast: Cast, alert: Alert
) -> None:
    for member, status in ((cast.stranger, 404), (cast.auditor, 403), (cast.administrator, 403)):
        client.force_login(member.user)
        for name in ("alerts:acknowledge", "alerts:resolve"):
            assert client.get(reverse(name, args=[alert.pk])).status_code == status
            assert client.post(reverse(name, args=[alert.pk]), {"note": "x"}).status_code == status
    client.force_login(cast.nurse.user)
    assert client.get(f"/alerts/{10**30}/acknowledge/").status_code == 404


@pytest.fixture
def steps(client: Client, cast: Cast) -> FormPage:
    return FormPage(client, cast.administrator, reverse("alerts:policy"))


def test_changed_steps_make_the_sweep_look_at_every_pump_of_the_clinic_again(
    steps: FormPage, cast: Cast, pump: Pump
) -> None:
    theirs = cast.running_pump(by=cast.stranger)
    swept(pump)
    for clinic in (cast.clinic, cast.stranger.clinic):
        with inside(clinic.pk):
            Projection.objects.update(review_at=clock.now() + timedelta(hours=20))
    assert steps.keep({**STEPS, "routine_days": "30"}).status_code == 302
    assert Policy.objects.get(clinic=cast.clinic).routine_days == 30
    assert Projection.objects.get(pump=pump).review_at <= clock.now()
    with inside(cast.stranger.clinic_id):
        assert Projection.objects.get(pump=theirs).review_at > clock.now()
    assert AuditEvent.objects.filter(verb="policy.changed", by_id=cast.administrator.user_id).count() == 1


@pytest.mark.parametrize(
    ("name", "slip", "words"),
    [
        ("due_days", "21", "less than the routine step, 21 days"),
        ("urgent_days", "14", "less than the due step, 14 days"),
        ("urgent_days", "0", "at least 1"),
        ("routine_days", "91", "at most 90"),
        ("confirm_days", "61", "at most 60"),
        ("replacement_urgent_days", "180", "less than the due step, 180 days"),
        ("replacement_due_days", "731", "at most 730"),
        ("critical_days_before_alarm", "", "Fill this in"),
        ("critical_days_before_alarm", "three", "whole number"),
        ("routine_days", "9" * 5000, "whole number"),
        ("routine_days", "\x00", "whole number"),
        ("routine_days", "-21", "at least 1"),
    ],
)
def test_a_slip_in_a_step_is_said_at_its_field_stays_and_changes_nothing(
    steps: FormPage, name: str, slip: str, words: str
) -> None:
    assert words in steps.errors({**STEPS, name: slip})[name]
    assert steps.answer.context["form"][name].value() == slip
    assert not Policy.objects.exists()


def test_each_step_stands_there_with_its_default_source_and_mark(steps: FormPage) -> None:
    form = steps.answer.context["form"]
    assert {name: str(form[name].value()) for name in FIGURES} == FIGURES
    assert all("Source" in form.fields[name].help_text for name in FIGURES)


def test_only_the_administrator_sets_the_steps(client: Client, cast: Cast) -> None:
    for member in (cast.nurse, cast.prescriber, cast.coordinator, cast.auditor):
        client.force_login(member.user)
        assert client.post(reverse("alerts:policy"), STEPS).status_code == 403
    assert not Policy.objects.exists()


def test_steps_typed_come_back_after_a_session_that_ended(steps: FormPage, cast: Cast) -> None:
    steps.client.logout()
    left = steps.press({**STEPS, "routine_days": "28"})
    steps.client.post(left["Location"], {"login": cast.administrator.user.email, "password": PASSWORD})
    assert steps.open().context["form"]["routine_days"].value() == "28"
