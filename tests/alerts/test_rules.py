"""The safety rules, moment by moment."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.policy import DEFAULTS
from alerts.rules import Kind, Known, Tier, look

ZONE = ZoneInfo("Europe/London")
REFILL_BY = date(2026, 6, 1)
ALARM = datetime(2026, 6, 8, 12, tzinfo=UTC)
EARLIEST = datetime(2026, 6, 4, 6, tzinfo=UTC)
USUAL = Known(
    alarm_at=ALARM,
    earliest_empty_at=EARLIEST,
    refill_by=REFILL_BY,
    codes=frozenset(),
    why_unknown="",
    is_being_entered=False,
    visit_on=None,
    last_fill="2026-01-01T09:00:00+00:00",
    shift=timedelta(0),
    zone=ZONE,
    steps=DEFAULTS,
)
STEPS = [(21, Tier.ROUTINE), (14, Tier.DUE), (7, Tier.URGENT), (0, Tier.URGENT)]


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def tiers(known: Known, at: datetime) -> dict[Kind, Tier]:
    return {finding.kind: finding.tier for finding in look(known, at).findings}


@pytest.mark.parametrize(("days", "tier"), STEPS)
def test_a_step_comes_exactly_at_its_midnight_and_not_before(days: int, tier: Tier) -> None:
    moment = midnight(REFILL_BY - timedelta(days=days))
    assert tiers(USUAL, moment)[Kind.REFILL_DUE] == tier
    before = tiers(USUAL, moment - timedelta(microseconds=1)).get(Kind.REFILL_DUE)
    assert before is None or before < tier or days == 0


def test_a_worker_that_slept_over_a_step_still_finds_it() -> None:
    late = midnight(REFILL_BY) + timedelta(days=400)
    assert tiers(USUAL, late) == {Kind.WITHDRAWAL_RISK: Tier.CRITICAL}
    assert tiers(replace(USUAL, alarm_at=None, earliest_empty_at=None), late)[Kind.REFILL_DUE] == Tier.URGENT


def test_a_pump_that_may_run_dry_is_one_finding_and_not_two() -> None:
    assert tiers(USUAL, EARLIEST) == {Kind.WITHDRAWAL_RISK: Tier.CRITICAL}


def test_a_visit_in_time_quiets_the_steps_until_the_refill_by_date() -> None:
    booked = replace(USUAL, visit_on=REFILL_BY)
    assert Kind.REFILL_DUE not in tiers(booked, midnight(REFILL_BY) - timedelta(days=3))
    assert tiers(booked, midnight(REFILL_BY))[Kind.REFILL_DUE] == Tier.URGENT


@pytest.mark.parametrize("visit_on", [REFILL_BY + timedelta(days=1), date(2026, 5, 1)])
def test_a_visit_too_late_or_long_past_counts_as_none(visit_on: date) -> None:
    booked = replace(USUAL, visit_on=visit_on)
    assert tiers(booked, midnight(REFILL_BY - timedelta(days=10)))[Kind.REFILL_DUE] == Tier.DUE


@pytest.mark.parametrize(
    ("alarm_at", "risk_at"),
    [
        (ALARM, EARLIEST),
        (EARLIEST, EARLIEST - timedelta(days=3)),
        (EARLIEST + timedelta(days=1), EARLIEST - timedelta(days=2)),
    ],
)
def test_same_day_work_begins_at_the_earlier_of_alarm_less_three_days_and_earliest_empty(
    alarm_at: datetime, risk_at: datetime
) -> None:
    known = replace(USUAL, alarm_at=alarm_at)
    assert tiers(known, risk_at)[Kind.WITHDRAWAL_RISK] == Tier.CRITICAL
    assert Kind.WITHDRAWAL_RISK not in tiers(known, risk_at - timedelta(microseconds=1))


def test_a_vulnerable_patient_has_every_step_earlier() -> None:
    shift = timedelta(days=14)
    shifted = replace(USUAL, shift=shift)
    for days, tier in STEPS:
        assert tiers(shifted, midnight(REFILL_BY - timedelta(days=days)) - shift)[Kind.REFILL_DUE] == tier
    assert Kind.WITHDRAWAL_RISK in tiers(shifted, EARLIEST - shift)


@pytest.mark.parametrize(
    "known",
    [
        replace(USUAL, why_unknown="No fill is recorded."),
        replace(USUAL, codes=frozenset({"pump_stopped"})),
        replace(USUAL, alarm_at=None),
        replace(USUAL, earliest_empty_at=None),
    ],
)
def test_what_is_unknown_stopped_or_never_comes_is_critical(known: Known) -> None:
    assert tiers(known, datetime(2026, 1, 2, tzinfo=UTC))[Kind.NO_FORECAST] == Tier.CRITICAL


def test_a_concentration_mismatch_is_critical() -> None:
    known = replace(USUAL, codes=frozenset({"concentration_mismatch"}))
    assert tiers(known, datetime(2026, 1, 2, tzinfo=UTC)) == {Kind.CONCENTRATION_MISMATCH: Tier.CRITICAL}


def test_a_discrepancy_names_the_fill_it_is_about() -> None:
    found = look(
        replace(USUAL, codes=frozenset({"residual_out_of_limits"})), datetime(2026, 1, 2, tzinfo=UTC)
    )
    assert [(finding.kind, finding.occasion) for finding in found.findings] == [
        (Kind.DISCREPANCY, USUAL.last_fill)
    ]


def test_a_visit_that_nobody_came_to_is_noticed_at_the_midnight_after_it() -> None:
    booked = replace(USUAL, visit_on=REFILL_BY - timedelta(days=3))
    evening = midnight(REFILL_BY - timedelta(days=2)) - timedelta(minutes=10)
    assert look(booked, evening).next_at == midnight(REFILL_BY - timedelta(days=2))
    assert tiers(booked, midnight(REFILL_BY - timedelta(days=2)))[Kind.REFILL_DUE] == Tier.URGENT


@given(
    at=st.datetimes(datetime(2026, 3, 1), datetime(2026, 8, 1), timezones=st.just(UTC)),
    shift=st.sampled_from([0, 7, 14]),
    visit=st.none() | st.dates(date(2026, 4, 1), date(2026, 7, 1)),
)
def test_the_next_look_is_ahead_within_a_day_and_nothing_changes_before_it(
    at: datetime, shift: int, visit: date | None
) -> None:
    known = replace(USUAL, shift=timedelta(days=shift), visit_on=visit)
    found = look(known, at)
    assert at < found.next_at <= at + timedelta(hours=24)
    just_before = look(known, found.next_at - timedelta(microseconds=1))
    assert just_before.findings == found.findings


@given(
    at=st.datetimes(datetime(2026, 3, 1), datetime(2026, 8, 1), timezones=st.just(UTC)),
    later=st.timedeltas(timedelta(0), timedelta(days=90)),
    visit=st.none() | st.dates(date(2026, 4, 1), date(2026, 7, 1)),
)
def test_with_no_new_facts_no_status_improves_as_time_passes(
    at: datetime, later: timedelta, visit: date | None
) -> None:
    known = replace(USUAL, visit_on=visit)
    assert look(known, at + later).tier >= look(known, at).tier
