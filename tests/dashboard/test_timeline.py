"""One line of time, and the last discrepancies: what is drawn is what was recorded, and each mark leads to it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from alerts.models import Alert
from itb.dashboard.discrepancies import SHOWN, draw_discrepancies, drift_of
from itb.infusion.forecast import CycleRead
from patients.models import Pump
from refills.procedure_policy import ProcedureRules
from tests.cast import Cast


def chart(client: Client, cast: Cast, pump: Pump) -> Any:
    client.force_login(cast.nurse.user)
    return client.get(reverse("dashboard:chart", args=[pump.patient_id]))


def cycle(difference: str, programmed: str = "12", finding: Any = None) -> CycleRead:
    gap, expected = Decimal(difference), Decimal(20)
    return CycleRead(
        datetime(2026, 1, 1, tzinfo=UTC),
        Decimal(programmed),
        expected,
        expected + gap,
        gap,
        Decimal(1),
        finding,
    )


def test_every_fact_that_stands_is_a_mark_that_leads_to_its_record(client: Client, cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=150)
    cast.programme(pump, days_ago=90, dose="440")
    refill = cast.refill(pump, days_ago=60, withdrawn_ml=Decimal(20), expected_ml=Decimal(22))
    bolus = cast.adjustment(pump, days_ago=20, kind="bolus", amount_mcg=50)
    answer = chart(client, cast, pump)
    drawn = answer.context["chart"].timeline
    ends = {mark.href for mark in [*drawn.marks, *drawn.bars]}
    page = answer.content.decode()
    assert {f"#refill-{refill.pk}", f"#adjustment-{bolus.pk}"} <= ends
    assert sum(mark.kind == "programme" for mark in drawn.marks) == 2
    for end in ends - {"#what-now"}:
        assert f'id="{end[1:]}"' in page, end
    for event in drawn.table:
        assert event.words in page.replace("&minus;", "−"), "the table holds what is drawn"


def test_dose_goes_up_in_steps_and_time_runs_to_the_right(client: Client, cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=100)
    cast.programme(pump, days_ago=50, dose="800")
    first, second = [
        mark for mark in chart(client, cast, pump).context["chart"].timeline.marks if mark.kind == "programme"
    ]
    assert first.x < second.x
    assert second.y < first.y, "a higher dose stands higher"


def test_a_struck_out_fact_is_not_drawn(client: Client, cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=60)
    wrong = cast.refill(pump, days_ago=3, withdrawn_ml=Decimal(20))
    cast.correction(wrong)
    ends = {mark.href for mark in chart(client, cast, pump).context["chart"].timeline.marks}
    assert f"#refill-{wrong.pk}" not in ends


def test_a_bar_goes_up_where_more_was_left_and_down_where_less_was(client: Client, cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=120)
    cast.refill(pump, days_ago=80, withdrawn_ml=Decimal(34))
    cast.refill(pump, days_ago=40, withdrawn_ml=Decimal(30))
    bars = chart(client, cast, pump).context["chart"].timeline.bars
    assert [bar.kind for bar in bars] == ["more", "less"]
    assert bars[0].y + bars[0].height == bars[1].y, "both stand on the line of no difference"


def test_an_alert_that_is_over_is_drawn_and_one_that_is_open_stands_in_what_now(
    client: Client, cast: Cast, pump: Pump
) -> None:
    told = {"pump": pump, "clinic": cast.clinic, "tier": 2, "sentence": "x", "opened_at": cast.ago(9)}
    over = Alert.objects.create(kind="refill_due", state="closed", closed_at=cast.ago(2), **told)
    Alert.objects.create(kind="discrepancy", **told)
    found = chart(client, cast, pump).context["chart"]
    assert [each.kind for each in found.alerts] == ["discrepancy"]
    assert {mark.href for mark in found.timeline.marks if mark.kind == "alert"} == {
        f"#alert-{over.pk}",
        "#what-now",
    }


def test_a_pump_without_a_fact_has_no_line_of_time(client: Client, cast: Cast) -> None:
    found = chart(client, cast, cast.bare_pump()).context["chart"]
    assert found.timeline is None
    assert found.discrepancies is None


def test_the_last_six_are_drawn_with_what_accuracy_allows_each(pump: Pump) -> None:
    drawn = draw_discrepancies([cycle(f"{number / 10}") for number in range(1, 10)], pump)
    assert drawn is not None
    assert [bar.told for bar in drawn.bars] == ["+0.4", "+0.5", "+0.6", "+0.7", "+0.8", "+0.9"]
    assert len(drawn.bars) == SHOWN
    assert drawn.bars[0].accuracy_ml == Decimal("1.74"), "14.5 % of 12 mL"


def test_a_gap_beyond_every_limit_stays_within_the_drawing_and_says_what_it_may_mean(pump: Pump) -> None:
    drawn = draw_discrepancies([cycle("-9.5", finding="over_delivery")], pump)
    assert drawn is not None
    (bar,) = drawn.bars
    assert bar.y + bar.height <= 180
    assert "gave too much" in bar.meaning


@pytest.mark.parametrize(
    ("gaps", "is_drift"),
    [
        (["1.5", "1.6", "1.9"], True),
        (["-1.5", "-1.5", "-1.5"], True),
        (["9", "1.5", "1.6", "1.9"], True),
        (["1.5", "1.4", "1.9"], False),
        (["1.5", "-1.6", "1.9"], False),
        (["1.6", "1.6"], False),
    ],
)
def test_three_to_one_side_count_though_each_alone_is_within_limits(
    gaps: list[str], *, is_drift: bool
) -> None:
    assert bool(drift_of([cycle(gap) for gap in gaps], ProcedureRules())) is is_drift


def test_the_page_says_so(client: Client, cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=130)
    for days_ago in (100, 70, 40):
        cast.refill(pump, days_ago=days_ago, withdrawn_ml=Decimal("35.8"))
    page = chart(client, cast, pump).content.decode()
    assert "The last 3 refills lie to one side" in page
    assert "Our proposal" in page
