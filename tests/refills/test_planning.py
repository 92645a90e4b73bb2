"""By when a visit must be: planned back, with how it came about, and never rounded to a later day."""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refills.planning import Authorised, Needs, OpenDays, Span, latest_safe_day, order_by

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 12, day) for day in (11, 12, 13, 14))
WEEKENDS = OpenDays(frozenset({5, 6}))

searching = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
spans = st.builds(
    lambda first, length: Span(first, first + timedelta(days=length), "Holiday"), days, st.integers(0, 40)
)
open_days = st.builds(
    OpenDays,
    st.frozensets(st.integers(0, 6), max_size=6),
    st.lists(spans, max_size=6).map(tuple),
)
authorised = st.none() | st.builds(Authorised, st.just("A1"), days)
needs = st.builds(
    Needs,
    refill_by=days,
    open_days=open_days,
    travel_days=st.integers(0, 30),
    lead_days=st.integers(0, 90),
    authorised=authorised,
    today=st.none() | days,
)


def test_an_open_refill_by_date_is_itself_the_latest_safe_day() -> None:
    found = latest_safe_day(Needs(refill_by=FRIDAY, open_days=WEEKENDS))
    assert (found.on, found.steps) == (FRIDAY, ("Refill by Fri 11 Dec 2026.",))


def test_it_goes_back_over_a_weekend_and_a_holiday_before_it_and_says_so() -> None:
    holiday = OpenDays(frozenset({5, 6}), (Span(FRIDAY, FRIDAY, "Training"),))
    found = latest_safe_day(Needs(refill_by=SUNDAY, open_days=holiday))
    assert found.on == date(2026, 12, 10)
    assert found.steps[-1] == "The clinic is closed on Sundays: Thu 10 Dec 2026."


def test_the_way_to_a_home_is_taken_off_first() -> None:
    found = latest_safe_day(Needs(refill_by=MONDAY, open_days=WEEKENDS, travel_days=2))
    assert found.on == FRIDAY
    assert "2 days for the way to the home: Sat 12 Dec 2026." in found.steps


def test_an_authorisation_that_ends_before_bounds_it_unless_it_is_over() -> None:
    ending = Authorised("A-7", date(2026, 12, 3))
    bounded = Needs(refill_by=MONDAY, authorised=ending, today=date(2026, 12, 1))
    assert latest_safe_day(bounded).on == ending.ends_on
    over = Needs(refill_by=MONDAY, authorised=ending, today=date(2026, 12, 4))
    assert latest_safe_day(over).on == MONDAY


def test_drug_is_ordered_the_suppliers_days_before_the_visit_or_the_latest_safe_day() -> None:
    plan = Needs(refill_by=MONDAY, open_days=WEEKENDS, lead_days=10)
    assert order_by(plan).on == date(2026, 12, 4)
    assert order_by(plan, visit_on=FRIDAY).on == date(2026, 12, 1)
    late = order_by(plan, visit_on=MONDAY + timedelta(days=30))
    assert late.on == order_by(plan).on, "a visit that is too late makes nothing later"


def test_where_nothing_is_open_nobody_can_tell() -> None:
    never = OpenDays(frozenset(range(7)))
    assert latest_safe_day(Needs(refill_by=MONDAY, open_days=never)).on is None
    assert never.next_open(MONDAY) is None


@searching
@given(needs)
def test_it_is_open_never_after_the_refill_by_date_and_no_later_safe_day_is_passed_over(plan: Needs) -> None:
    found = latest_safe_day(plan).on
    bound = plan.refill_by - timedelta(days=plan.travel_days)
    if plan.authorised and (plan.today is None or plan.authorised.ends_on >= plan.today):
        bound = min(bound, plan.authorised.ends_on)
    if found is None:
        assert plan.open_days.last_open(bound) is None
        return
    assert found <= bound <= plan.refill_by
    assert not plan.open_days.why_closed(found)
    between = (found + timedelta(days=number) for number in range(1, (bound - found).days + 1))
    assert all(plan.open_days.why_closed(day) for day in between)


@searching
@given(needs, st.none() | days)
def test_drug_is_never_ordered_later_than_the_suppliers_days_allow(
    plan: Needs, visit_on: date | None
) -> None:
    found = order_by(plan, visit_on).on
    safe = latest_safe_day(plan).on
    if found is None or safe is None:
        return
    assert found <= safe - timedelta(days=plan.lead_days) <= plan.refill_by - timedelta(days=plan.lead_days)
    if visit_on and visit_on <= safe:
        assert found <= visit_on - timedelta(days=plan.lead_days)
    assert not plan.open_days.why_closed(found)


@searching
@given(needs, spans, st.integers(0, 30))
def test_one_more_closed_day_or_a_longer_way_never_makes_it_later(
    plan: Needs, span: Span, longer: int
) -> None:
    before = latest_safe_day(plan).on
    closed = OpenDays(plan.open_days.closed_weekdays, (*plan.open_days.spans, span))
    after = latest_safe_day(
        Needs(
            refill_by=plan.refill_by,
            open_days=closed,
            travel_days=plan.travel_days + longer,
            authorised=plan.authorised,
            today=plan.today,
        )
    ).on
    if before and after:
        assert after <= before
