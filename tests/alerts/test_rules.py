"""The safety rules, moment by moment."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.policy import DEFAULTS
from alerts.rules import Around, Kind, Known, Tier, Undelivered, look

ZONE = ZoneInfo("Europe/London")
REFILL_BY = date(2026, 6, 1)
ALARM = datetime(2026, 6, 8, 12, tzinfo=UTC)
EARLIEST = datetime(2026, 6, 4, 6, tzinfo=UTC)
LONG_BEFORE = datetime(2026, 1, 2, tzinfo=UTC)
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
    assert tiers(USUAL, late) == {Kind.EMERGENCY: Tier.CRITICAL}
    assert tiers(replace(USUAL, alarm_at=None, earliest_empty_at=None), late)[Kind.REFILL_DUE] == Tier.URGENT


def test_a_pump_that_may_run_dry_is_one_finding_and_not_two() -> None:
    assert tiers(USUAL, EARLIEST) == {Kind.WITHDRAWAL_RISK: Tier.CRITICAL}


def test_a_visit_in_time_quiets_the_steps_until_the_refill_by_date() -> None:
    booked = replace(USUAL, visit_on=REFILL_BY, visit_is_confirmed=True)
    assert Kind.REFILL_DUE not in tiers(booked, midnight(REFILL_BY) - timedelta(days=3))
    assert tiers(booked, midnight(REFILL_BY))[Kind.REFILL_DUE] == Tier.URGENT


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (Kind.VISIT_LATE, {"visit_on": REFILL_BY + timedelta(days=1), "visit_is_confirmed": True}),
        (Kind.MISSED, {"visit_on": date(2026, 2, 1), "visit_is_confirmed": True}),
        (Kind.MISSED, {"missed_on": date(2026, 2, 1)}),
    ],
)
def test_a_visit_too_late_passed_or_missed_is_work_at_once_and_urgent_when_a_call_is(
    kind: Kind, facts: dict[str, Any]
) -> None:
    known = replace(USUAL, **facts)
    assert tiers(known, midnight(date(2026, 2, 2))) == {kind: Tier.DUE}
    call_at = midnight(REFILL_BY - timedelta(days=7))
    assert tiers(known, call_at - timedelta(microseconds=1)) == {kind: Tier.DUE}
    assert tiers(known, call_at) == {kind: Tier.URGENT}
    assert tiers(known, midnight(REFILL_BY)) == {Kind.REFILL_DUE: Tier.URGENT}


def test_another_visit_in_time_mends_a_missed_one() -> None:
    known = replace(USUAL, missed_on=date(2026, 2, 1), visit_on=REFILL_BY, visit_is_confirmed=True)
    assert tiers(known, midnight(REFILL_BY - timedelta(days=7))) == {}


def test_a_visit_that_nobody_confirmed_is_due_from_its_step_on_and_never_urgent_for_that() -> None:
    booked = replace(USUAL, visit_on=REFILL_BY)
    ask_at = midnight(REFILL_BY - timedelta(days=14))
    assert tiers(booked, ask_at - timedelta(microseconds=1)) == {}
    for at in (ask_at, midnight(REFILL_BY) - timedelta(microseconds=1)):
        assert tiers(booked, at) == {Kind.REFILL_DUE: Tier.DUE}
    assert tiers(replace(booked, visit_is_confirmed=True), ask_at) == {}


@pytest.mark.parametrize(
    ("facts", "begins_at"),
    [
        ({}, ALARM),
        ({"empty_at": ALARM - timedelta(hours=2)}, ALARM - timedelta(hours=2)),
        ({"empty_at": ALARM + timedelta(hours=2)}, ALARM),
        ({"band_is_learned": True}, EARLIEST),
        ({"alarm_at": EARLIEST - timedelta(hours=5), "band_is_learned": True}, EARLIEST - timedelta(hours=5)),
    ],
)
def test_the_emergency_pathway_begins_at_alarm_at_empty_or_at_the_learned_bands_earliest_empty(
    facts: dict[str, Any], begins_at: datetime
) -> None:
    known = replace(USUAL, **facts)
    assert tiers(known, begins_at) == {Kind.EMERGENCY: Tier.CRITICAL}
    assert Kind.EMERGENCY not in tiers(known, begins_at - timedelta(microseconds=1))


def test_no_flag_moves_the_emergency_pathway_since_it_says_that_the_moment_has_come() -> None:
    shifted = replace(USUAL, shift=timedelta(days=14))
    assert tiers(shifted, ALARM - timedelta(microseconds=1)) == {Kind.WITHDRAWAL_RISK: Tier.CRITICAL}
    assert tiers(shifted, ALARM) == {Kind.EMERGENCY: Tier.CRITICAL}


def test_a_forecast_without_a_refill_by_date_is_critical() -> None:
    assert tiers(replace(USUAL, refill_by=None), LONG_BEFORE) == {Kind.NO_DATE: Tier.CRITICAL}


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
    assert tiers(booked, midnight(REFILL_BY - timedelta(days=2))) == {Kind.MISSED: Tier.URGENT}


def around(at: datetime = LONG_BEFORE, **facts: Any) -> dict[Kind, Tier]:
    """What is found beside a healthy pump."""
    return tiers(replace(USUAL, around=Around(**facts)), at)


def test_nothing_is_found_beside_a_pump_about_which_all_is_well() -> None:
    assert around() == {}


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (181, {}),
        (180, {Kind.REPLACEMENT: Tier.DUE}),
        (91, {Kind.REPLACEMENT: Tier.DUE}),
        (90, {Kind.REPLACEMENT: Tier.URGENT}),
        (-400, {Kind.REPLACEMENT: Tier.URGENT}),
    ],
)
def test_a_replacement_date_is_due_from_180_days_and_urgent_from_90(
    days: int, found: dict[Kind, Tier]
) -> None:
    noon = midnight(date(2026, 2, 1)) + timedelta(hours=12)
    assert around(noon, replacement_on=date(2026, 2, 1) + timedelta(days=days)) == found


def test_an_alarm_in_the_log_names_the_refill_at_which_it_was_read() -> None:
    known = replace(USUAL, around=Around(alarms="The log told of: motor stall.", alarms_of="that refill"))
    (found,) = look(known, LONG_BEFORE).findings
    assert (found.kind, found.tier, found.occasion) == (Kind.ALARM, Tier.URGENT, "that refill")


def test_a_patient_whom_nobody_can_call_is_due_and_urgent_when_a_call_is_owed() -> None:
    call_at = midnight(REFILL_BY - timedelta(days=7))
    assert around(is_reachable=False) == {Kind.UNREACHABLE: Tier.DUE}
    before = around(call_at - timedelta(microseconds=1), is_reachable=False)
    assert before[Kind.UNREACHABLE] == Tier.DUE
    assert around(call_at, is_reachable=False)[Kind.UNREACHABLE] == Tier.URGENT


def test_a_clinic_in_which_nobody_is_told_is_critical_for_each_of_its_pumps() -> None:
    assert around(is_anyone_told=False) == {Kind.UNREACHABLE: Tier.CRITICAL}


def test_drug_that_is_not_ordered_is_due_on_the_last_day_and_urgent_behind_it() -> None:
    last = midnight(date(2026, 3, 2))
    assert around(last - timedelta(microseconds=1), order_on=date(2026, 3, 2)) == {}
    assert around(last, order_on=date(2026, 3, 2)) == {Kind.ORDER: Tier.DUE}
    assert around(last + timedelta(days=1), order_on=date(2026, 3, 2)) == {Kind.ORDER: Tier.URGENT}


@pytest.mark.parametrize(
    ("ends_on", "found"),
    [
        (REFILL_BY, {}),
        (date(2026, 2, 1), {Kind.AUTHORISATION: Tier.DUE}),
        (date(2026, 2, 2), {}),
        (date(2025, 2, 2), {Kind.AUTHORISATION: Tier.DUE}),
    ],
)
def test_an_authorisation_that_ends_before_the_refill_shows_so_many_days_ahead(
    ends_on: date, found: dict[Kind, Tier]
) -> None:
    assert around(authorised_until=ends_on, authorisation_days=30) == found


REFUSED = Undelivered(Kind.WITHDRAWAL_RISK, is_critical=True, is_all=False)


@pytest.mark.parametrize(
    ("refused", "tier"),
    [
        (REFUSED, Tier.URGENT),
        (replace(REFUSED, is_all=True), Tier.CRITICAL),
        (replace(REFUSED, is_critical=False, is_all=True), Tier.URGENT),
        (replace(REFUSED, is_critical=False), Tier.DUE),
    ],
)
def test_a_refused_letter_is_found_while_what_it_was_about_is_so(refused: Undelivered, tier: Tier) -> None:
    assert around(EARLIEST, undelivered=(refused,))[Kind.UNDELIVERED] == tier
    assert Kind.UNDELIVERED not in around(ALARM, undelivered=(refused,)), (
        "another alert, with letters of its own"
    )
    known = replace(USUAL, around=Around(undelivered=(refused,)))
    assert look(known, EARLIEST).next_at == EARLIEST + timedelta(minutes=5), "how do the others fare?"


def test_an_unknown_pump_leads_whatever_else_is_found() -> None:
    known = replace(USUAL, why_unknown="No fill is recorded.", around=Around(is_reachable=False))
    assert next(iter(tiers(known, midnight(REFILL_BY)))) == Kind.NO_FORECAST
