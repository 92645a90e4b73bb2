"""The sweep: finds what is due, once, and nothing else."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from alerts import sweep as sweeping
from alerts.models import Alert, AlertEvent
from alerts.rules import Kind, Tier
from alerts.sweep import sweep
from itb import clock
from itb.outbox.models import Heartbeat, Letter
from itb.walls import inside
from patients.models import Patient, Pump
from refills import services
from refills.models import Projection
from refills.plans import plan_of
from tests.cast import Cast


def swept(pump: Pump) -> Alert:
    """An open alert about `pump`, found by the real sweep: its moments are moved into the past first."""
    at = clock.now()
    Projection.objects.filter(pump=pump).update(
        alarm_at=at,
        earliest_empty_at=at,
        danger_at=at,
        refill_by=at.date() - timedelta(days=30),
        review_at=at,
    )
    sweep()
    return Alert.objects.open().filter(pump=pump).order_by("-tier", "id")[0]


def kinds(pump: Pump) -> set[str]:
    return set(Alert.objects.open().filter(pump=pump).values_list("kind", flat=True))


def in_hand(cast: Cast, days: int) -> None:
    """The nurse has taken every alert, for so long."""
    until = clock.now() + timedelta(days=days)
    Alert.objects.update(
        state=Alert.State.ACKNOWLEDGED, acknowledged_by=cast.nurse.user, acknowledged_until=until
    )


def look_again(pump: Pump) -> None:
    Projection.objects.filter(pump=pump).update(review_at=clock.now())
    sweep()


def test_a_healthy_pump_opens_nothing_and_is_looked_at_again_within_a_day(pump: Pump) -> None:
    assert sweep() == 1
    assert not Alert.objects.exists()
    ahead = Projection.objects.get(pump=pump).review_at - clock.now()
    assert timedelta(hours=23) < ahead <= timedelta(hours=24)
    assert sweep() == 0


def test_an_overdue_pump_leads_to_exactly_one_open_alert_and_one_letter_a_recipient(cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=189)
    for _ in range(3):
        look_again(pump)
    alert = Alert.objects.get()
    assert alert.kind == Kind.WITHDRAWAL_RISK.value
    told = sorted([cast.nurse.pk, cast.prescriber.pk])
    assert sorted(Letter.objects.values_list("recipient", flat=True)) == told


def test_a_pump_that_nobody_filled_is_critical_at_once(cast: Cast) -> None:
    pump = cast.bare_pump()
    sweep()
    alert = Alert.objects.get(pump=pump)
    assert (alert.kind, alert.tier) == (Kind.NO_FORECAST.value, Tier.CRITICAL)
    assert "No fill" in alert.sentence


def test_a_refill_closes_what_it_settles_and_takes_its_letters_back(cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=189)
    sweep()
    cast.refill(pump, days_ago=0, withdrawn_ml="2.2")
    sweep()
    assert kinds(pump) == set()
    assert set(Letter.objects.values_list("state", flat=True)) == {Letter.State.SUPERSEDED}


def test_a_visit_booked_in_time_closes_the_reminder(cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=153)
    sweep()
    assert kinds(pump) == {Kind.REFILL_DUE.value}
    latest = plan_of(pump, Projection.objects.get(pump=pump).refill_by, cast.at).latest_on
    assert latest is not None
    services.book_visit(pump=pump, on=latest, by=cast.nurse, at=cast.at)
    sweep()
    assert kinds(pump) == set()


def test_a_row_that_raises_reads_as_unknown_and_stops_nobody(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, healthy = cast.running_pump(filled_days_ago=189), cast.running_pump()
    sweep()
    look = sweeping._look

    def raising(row: Projection, *known: object) -> object:
        if row.pump_id == broken.pk:
            raise RuntimeError
        return look(row, *known)  # type: ignore[arg-type]

    monkeypatch.setattr(sweeping, "_look", raising)
    Projection.objects.update(review_at=clock.now())
    assert sweep() == 2
    assert kinds(broken) == {kind.value for kind in (Kind.NO_FORECAST, Kind.WITHDRAWAL_RISK)}
    assert kinds(healthy) == set()
    row = Projection.objects.get(pump=broken)
    assert row.danger_at is None, "it sorts first and is never shown as well"
    assert timedelta(minutes=20) < row.review_at - clock.now() <= timedelta(hours=1)
    monkeypatch.undo()
    look_again(broken)
    assert kinds(broken) == {Kind.WITHDRAWAL_RISK.value}


def test_a_clinic_that_cannot_be_looked_at_keeps_no_other_waiting_and_leaves_no_pulse(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.running_pump()
    beside = sweeping._with_alerts

    def raising(rows: list[Projection], at: datetime) -> object:
        if rows[0].clinic_id == cast.clinic.pk:
            raise RuntimeError
        return beside(rows, at)

    monkeypatch.setattr(sweeping, "_with_alerts", raising)
    with inside(cast.stranger.clinic_id):
        other = cast.running_pump(by=cast.stranger)
    sweep_last = Heartbeat.objects.filter(name="sweep").values_list("finished_at", flat=True)
    before = sweep_last.first()
    assert sweep() == 1
    with inside(cast.stranger.clinic_id):
        assert Projection.objects.get(pump=other).review_at > clock.now()
    assert sweep_last.first() == before
    monkeypatch.undo()
    assert sweep() == 1
    assert sweep_last.first() != before


def test_facts_written_by_whatever_hand_are_forecast_anew_by_the_sweep(cast: Cast, pump: Pump) -> None:
    sweep()
    Pump.objects.filter(pk=pump.pk).update(alarm_ml=4)
    row = Projection.objects.get(pump=pump)
    assert (row.danger_at, row.facts_version) == (None, None)
    before = row.alarm_at
    sweep()
    row.refresh_from_db()
    assert row.danger_at is not None
    assert row.alarm_at is not None
    assert before is not None
    assert before - row.alarm_at == timedelta(days=10)


def test_a_risk_flag_brings_every_step_forward_and_leaves_the_refill_by_date(cast: Cast, pump: Pump) -> None:
    sweep()
    plain = Projection.objects.get(pump=pump)
    Patient.objects.filter(pk=pump.patient_id).update(cannot_hear_alarm=True)
    sweep()
    flagged = Projection.objects.get(pump=pump)
    assert flagged.refill_by == plain.refill_by
    assert plain.danger_at is not None
    assert flagged.danger_at is not None
    assert plain.danger_at - flagged.danger_at == timedelta(days=7)


def test_a_deleted_projection_comes_back_as_unknown(pump: Pump) -> None:
    sweep()
    Projection.objects.filter(pump=pump).delete()
    row = Projection.objects.get(pump=pump)
    assert (row.danger_at, row.facts_version) == (None, None)
    sweep()
    row.refresh_from_db()
    assert row.danger_at is not None


def test_the_daily_look_computes_anew_so_that_no_healthy_figure_grows_stale(cast: Cast, pump: Pump) -> None:
    Projection.objects.update(computed_at=cast.ago(1), review_at=cast.at)
    sweep()
    assert clock.now() - Projection.objects.get(pump=pump).computed_at < timedelta(minutes=1)  # type: ignore[operator]


@pytest.mark.parametrize("state", [Letter.State.PENDING, Letter.State.DEAD, Letter.State.BOUNCED])
def test_an_explanted_pump_ends_its_alerts_and_letters(state: str, cast: Cast, pump: Pump) -> None:
    alert = swept(pump)
    Letter.objects.update(state=state)
    cast.left(pump)
    sweep()
    assert kinds(pump) == set()
    assert (
        not Letter.objects.filter(topic=f"alert:{alert.pk}").exclude(state=Letter.State.SUPERSEDED).exists()
    )


def test_a_moment_that_a_jumping_clock_set_too_far_ahead_counts_as_come(cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=189)
    Projection.objects.filter(pump=pump).update(review_at=clock.now() + timedelta(days=400))
    sweep()
    assert kinds(pump) == {Kind.WITHDRAWAL_RISK.value}


def test_what_had_come_before_the_clock_went_back_stays_until_a_fact_ends_it(cast: Cast, pump: Pump) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    Projection.objects.filter(pump=pump).update(earliest_empty_at=tomorrow, refill_by=tomorrow.date())
    sweep()
    assert kinds(pump) == {Kind.REFILL_DUE.value}
    Heartbeat.objects.filter(name="clock").update(finished_at=tomorrow + timedelta(hours=1))
    look_again(pump)
    assert kinds(pump) == {Kind.WITHDRAWAL_RISK.value}
    assert Projection.objects.get(pump=pump).review_at - clock.now() <= timedelta(hours=24)
    cast.refill(pump, days_ago=0, withdrawn_ml="34")
    sweep()
    assert kinds(pump) == set()


def test_an_alert_that_rises_twice_tells_twice_and_one_that_falls_tells_nobody(cast: Cast) -> None:
    pump = cast.running_pump()
    told = []
    for days in (3, 10, 3):
        Projection.objects.update(refill_by=clock.now().date() + timedelta(days=days))
        look_again(pump)
        told.append(Letter.objects.filter(recipient=cast.nurse).count())
    assert told == [1, 1, 2]


def test_an_acknowledged_alert_that_is_about_something_else_opens_again(cast: Cast, pump: Pump) -> None:
    cast.refill(pump, days_ago=1, withdrawn_ml="39")
    sweep()
    in_hand(cast, days=3)
    cast.refill(pump, days_ago=0, withdrawn_ml="20")
    sweep()
    alert = Alert.objects.get(pump=pump, kind=Kind.DISCREPANCY.value)
    assert alert.state == Alert.State.OPEN
    assert alert.events.filter(verb=AlertEvent.Verb.CHANGED).exists()


def test_a_finished_sweep_leaves_a_pulse(db: None) -> None:
    sweep()
    assert clock.now() - Heartbeat.objects.get(name="sweep").finished_at < timedelta(seconds=10)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_share_the_work_and_neither_waits(cast: Cast) -> None:
    held, free = cast.bare_pump(), cast.bare_pump()
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT set_config('itb.clinic', %s, false)", [str(cast.clinic.pk)])
            cursor.execute("SELECT 1 FROM refills_projection WHERE pump_id = %s FOR UPDATE", [held.pk])
        assert sweep() == 1
    finally:
        other.rollback()
        other.close()
    assert kinds(free) == {Kind.NO_FORECAST.value}
    assert kinds(held) == set()
    assert sweep() == 1


def test_an_alert_that_becomes_more_urgent_opens_again_and_says_so(cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=160)
    sweep()
    alert = Alert.objects.get(pump=pump)
    assert alert.tier == Tier.DUE
    in_hand(cast, days=1)
    refill_by = clock.now().date() + timedelta(days=3)
    Projection.objects.update(refill_by=refill_by)
    look_again(pump)
    alert.refresh_from_db()
    assert (alert.tier, alert.state) == (Tier.URGENT, Alert.State.OPEN)
    assert list(alert.events.order_by("id").values_list("verb", flat=True)) == [
        AlertEvent.Verb.OPENED,
        AlertEvent.Verb.RAISED,
    ]


def test_a_pump_that_is_just_being_entered_is_critical_at_once_and_its_letters_wait(cast: Cast) -> None:
    pump = cast.bare_pump()
    sweep()
    assert kinds(pump) == {Kind.NO_FORECAST.value}
    waiting = Letter.objects.filter(recipient=cast.nurse).get()
    assert timedelta(minutes=14) < waiting.due_at - clock.now() <= timedelta(minutes=15)
    cast.programme(pump, days_ago=1)
    sweep()
    assert Letter.objects.filter(recipient=cast.nurse).count() == 1, (
        "the first fill is still missing: no second letter"
    )
    cast.refill(pump, days_ago=1)
    sweep()
    waiting.refresh_from_db()
    assert waiting.state == Letter.State.SUPERSEDED


def test_a_stopped_pump_is_told_of_at_once(cast: Cast, pump: Pump) -> None:
    cast.adjustment(pump, days_ago=0, kind="stop")
    sweep()
    assert Letter.objects.filter(recipient=cast.nurse).get().due_at <= clock.now()
