"""What must hold of every finding, whatever is known: time makes nothing better, and no step is off by a day."""

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.policy import DEFAULTS
from alerts.rules import Around, Known, Steps, look
from refills.policy import Margins

EXAMPLES = int(os.environ.get("ITB_EXAMPLES", "400"))
MONOTONE = int(os.environ.get("ITB_EXAMPLES", "3000"))
ZONES = int(os.environ.get("ITB_ZONES", "8"))
searching = settings(max_examples=EXAMPLES, deadline=None)
FIRST, LAST = datetime(2026, 1, 1), datetime(2026, 12, 31)
MOST_SHIFT = Margins().shift_max_days

moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
days = st.dates(FIRST.date(), LAST.date())
zones = st.sampled_from(
    ["UTC", "Europe/London", "America/Havana", "Pacific/Apia", "Africa/Cairo", "Asia/Beirut"]
)
codes = st.sets(
    st.sampled_from(
        [
            *("pump_stopped", "concentration_mismatch", "residual_out_of_limits", "residual_followed"),
            *("ran_empty", "declined_programme", "pending_signature"),
        ]
    ),
    max_size=2,
)


@st.composite
def steps(draw: st.DrawFn) -> Steps:
    """Whatever a clinic may set."""
    urgent = draw(st.integers(1, 30))
    due = draw(st.integers(urgent + 1, 60))
    replace_urgent = draw(st.integers(1, 365))
    return Steps(
        routine_days=draw(st.integers(due + 1, 90)),
        due_days=due,
        urgent_days=urgent,
        critical_days_before_alarm=draw(st.integers(1, 30)),
        confirm_days=draw(st.integers(1, 60)),
        replacement_due_days=draw(st.integers(replace_urgent + 1, 730)),
        replacement_urgent_days=replace_urgent,
    )


arounds = st.builds(
    Around,
    alarms=st.sampled_from(["", "", "The log told of: motor stall."]),
    replacement_on=st.none() | days,
    is_reachable=st.booleans(),
    is_anyone_told=st.sampled_from([True, True, True, False]),
    order_on=st.none() | days,
    authorised_until=st.none() | days,
    authorisation_days=st.integers(1, 180),
)


@st.composite
def knowns(draw: st.DrawFn) -> Known:
    """Whatever may be known about a pump; every figure by itself, so that they contradict each other too."""
    followed = draw(st.none() | days)
    return Known(
        alarm_at=draw(st.none() | moments),
        earliest_empty_at=draw(st.none() | moments),
        empty_at=draw(st.none() | moments),
        refill_by=draw(st.none() | days),
        codes=frozenset(draw(codes)),
        why_unknown=draw(st.sampled_from(["", "", "", "No fill is recorded."])),
        is_being_entered=draw(st.booleans()),
        visit_on=draw(st.none() | days),
        visit_is_closed=draw(st.booleans()),
        visit_is_confirmed=draw(st.booleans()),
        missed_on=draw(st.none() | days),
        last_fill="2026-01-01T09:00:00+00:00",
        shift=timedelta(days=draw(st.sampled_from([0, 7, MOST_SHIFT]))),
        zone=ZoneInfo(draw(zones)),
        steps=draw(st.just(DEFAULTS) | steps()),
        followup="Someone has it." if followed else "",
        followup_due_on=followed,
        band_is_learned=draw(st.booleans()),
        around=draw(st.none() | arounds),
    )


@settings(searching, max_examples=MONOTONE)
@given(known=knowns(), at=moments, later=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_with_no_new_facts_no_status_improves_as_time_passes(
    known: Known, at: datetime, later: timedelta
) -> None:
    assert look(known, at + later).tier >= look(known, at).tier


@searching
@given(known=knowns(), at=moments)
def test_the_next_look_is_ahead_within_a_day_and_nothing_changes_before_it(
    known: Known, at: datetime
) -> None:
    found = look(known, at)
    assert at < found.next_at <= at + timedelta(hours=24)
    assert look(known, found.next_at - timedelta(microseconds=1)).findings == found.findings


@searching
@given(known=knowns(), at=moments)
def test_of_one_kind_there_is_one_finding(known: Known, at: datetime) -> None:
    kinds = [finding.kind for finding in look(known, at).findings]
    assert len(kinds) == len(set(kinds))


@searching
@given(known=knowns(), at=moments)
def test_a_flag_makes_nothing_milder(known: Known, at: datetime) -> None:
    plain, flagged = replace(known, shift=timedelta(0)), replace(known, shift=timedelta(days=7))
    assert look(flagged, at).tier >= look(plain, at).tier


@searching
@given(known=knowns(), at=moments)
def test_what_is_known_beside_the_pump_takes_nothing_away(known: Known, at: datetime) -> None:
    alone = look(replace(known, around=None), at).findings
    assert set(alone) <= set(look(known, at).findings)


@cache
def named() -> list[str]:
    """All zones, in an order of chance that stays the same."""
    found = sorted(available_timezones() - {"localtime", "Factory"})
    random.Random(2024).shuffle(found)
    return found


def transitions(zone: ZoneInfo) -> Iterator[date]:
    """The clinic days from 2024 to 2035 on which the clocks of a zone change."""
    at, end = datetime(2024, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
    offset = at.astimezone(zone).utcoffset()
    while at < end:
        at += timedelta(days=1)
        if (now := at.astimezone(zone).utcoffset()) != offset:
            offset = now
            yield at.astimezone(zone).date()


@pytest.mark.parametrize("name", named()[:ZONES])
def test_no_step_is_off_by_a_day_where_clocks_change(name: str) -> None:
    """R7: each step comes in the first instant of its clinic day, as that zone's own calendar counts it."""
    zone = ZoneInfo(name)
    for changed in (date(2026, 6, 1), *transitions(zone)):
        for near in (-1, 0, 1):
            for ahead in (0, 7, 14, 21, 35):
                first_instant(zone, changed + timedelta(days=near), ahead)


def first_instant(zone: ZoneInfo, step_on: date, ahead: int) -> None:
    """Of the step so many days before a refill-by date: no microsecond before its day, and none after it began."""
    never = datetime(2050, 1, 1, tzinfo=UTC)
    shift = 14 if ahead == 35 else 0  # the routine step of a patient with two flags
    known = Known(
        alarm_at=never,
        earliest_empty_at=never,
        refill_by=step_on + timedelta(days=ahead),
        codes=frozenset(),
        why_unknown="",
        is_being_entered=False,
        visit_on=None,
        last_fill="",
        shift=timedelta(days=shift),
        zone=zone,
        steps=DEFAULTS,
    )
    noon = datetime(step_on.year, step_on.month, step_on.day, 12, tzinfo=UTC)
    before = noon - timedelta(hours=27)  # wherever on earth: an earlier day
    begins, unfound = before + timedelta(hours=54), look(known, before).findings
    while begins - before > timedelta(microseconds=1):
        middle = before + (begins - before) / 2
        if look(known, middle).findings == unfound:
            before = middle
        else:
            begins = middle
    assert begins.astimezone(zone).date() == step_on
    assert before.astimezone(zone).date() < step_on
