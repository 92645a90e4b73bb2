"""How a pump is put into words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from itb.dashboard.words import between, likely, margin, short_name, span, unconfirmed, why_binding
from itb.templatetags.figures import plain, rounded, signed
from patients.models import Pump
from refills.models import Projection

NOW = datetime(2026, 11, 24, 7, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (0.5, "under 1 h"),
        (5.9, "5 h"),
        (24, "1 day"),
        (28.5, "1 day 4 h"),
        (47.9, "1 day 23 h"),
        (48, "2 days"),
        (167.9, "6 days"),
        (24 * 400, "400 days"),
    ],
)
def test_a_length_of_time_never_promises_more_than_there_is(hours: float, said: str) -> None:
    assert span(timedelta(hours=hours)) == said


@pytest.mark.parametrize(
    ("earliest_h", "empty_h", "said"),
    [
        (None, None, ("nothing flows", "")),
        (28, 240, ("1 day 4 h", "likely in 10 days")),
        (-1, 30, ("may be empty", "likely in 1 day 6 h")),
        (0, 30, ("may be empty", "likely in 1 day 6 h")),
        (-200, -49, ("empty for 2 days", "on paper nothing is left")),
    ],
)
def test_a_margin_is_the_time_to_the_earliest_empty_moment(
    earliest_h: float | None, empty_h: float | None, said: tuple[str, str]
) -> None:
    row = Projection(
        earliest_empty_at=None if earliest_h is None else NOW + timedelta(hours=earliest_h),
        empty_at=None if empty_h is None else NOW + timedelta(hours=empty_h),
    )
    assert (margin(row, NOW, unknown=""), likely(row, NOW)) == said
    assert margin(row, NOW, unknown="No fill is recorded.") == "unknown — no forecast"


def test_a_stopped_pump_is_called_stopped() -> None:
    assert margin(Projection(findings=[{"code": "pump_stopped"}]), NOW, unknown="") == "stopped"


@pytest.mark.parametrize(
    ("hours", "said"), [(0.5, "0 h"), (60.5, "60 h"), (239, "239 h"), (2879, "119 days")]
)
def test_the_time_from_alarm_to_empty_is_told_in_hours_while_hours_say_something(
    hours: float, said: str
) -> None:
    assert between(NOW, NOW + timedelta(hours=hours)) == said


@pytest.mark.parametrize(
    ("model", "version", "said"),
    [
        ("synchromed-ii-40", 1, "SM II 40"),
        ("prometra-ii-20", 1, "Prometra II 20"),
        ("of-another-maker", 1, "of-another-maker"),
        ("synchromed-ii-40", 99, "synchromed-ii-40"),
    ],
)
def test_a_pump_is_called_as_a_clinic_calls_it(model: str, version: int, said: str) -> None:
    assert short_name(Pump(model=model, catalogue_version=version)) == said


def test_a_date_says_why_it_binds() -> None:
    policy = {"margin_days": 7, "accuracy_days": 2, "max_interval_days": 180}
    assert [why_binding(each, policy) for each in ("alarm", "printed", "accuracy", "expiry")] == [
        "7 days before the alarm",
        "7 days before the alarm on the print-out",
        "2 days before it may be empty",
        "the drug's longest stay, 180 days",
    ]


def test_a_constant_is_marked_unless_it_was_checked_or_a_person_set_another() -> None:
    prometra = Pump(
        model="prometra-ii-20", catalogue_version=1, alarm_ml=Decimal(2), reservoir_ml=Decimal(20)
    )
    assert unconfirmed(prometra, "alarm_ml") == " (unconfirmed)"
    assert unconfirmed(prometra, "reservoir_ml") == ""
    prometra.alarm_ml = Decimal(4)
    assert unconfirmed(prometra, "alarm_ml") == ""


def test_numbers_are_written_as_people_write_them() -> None:
    assert [plain(Decimal("157.3000")), plain(Decimal("1E+3")), plain(None)] == ["157.3", "1000", ""]
    assert [rounded(Decimal("0.23685"), 4), rounded(None, 2)] == ["0.2368", ""]
    differences = [Decimal("3.4000"), Decimal("-0.2"), Decimal("0.001"), None]
    assert [signed(each) for each in differences] == ["+3.4", "−0.2", "0", ""]
