"""Programmes of every mode: typed, drawn, kept in a scenario's own keys, and forecast as the command line does."""

import json
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from itb.infusion.dosing import flex_total
from patients.models import Pump
from refills.models import Programme, Projection
from refills.whole_day import draw_day, own_dose, spans, words_of
from tests.cast import PASSWORD, Cast
from tests.pages import TYPED_AMISS, FormPage, clinic_time

STEPS = [("06:00", "12"), ("09:30", "20.5"), ("14:00", "16"), ("22:00", "11")]
FLEX = {
    "mode": "flex",
    **{f"from_{row}": start for row, (start, _) in enumerate(STEPS)},
    **{f"rate_{row}": rate for row, (_, rate) in enumerate(STEPS)},
}
PERIODIC = {
    "mode": "periodic",
    "basal_mcg_per_day": "100",
    "bolus_mcg": "40",
    "every_h": "4",
    "over_min": "5",
}
CONTINUOUS = {"mode": "continuous", "dose_mcg_per_day": "400"}
MODES = {"continuous": CONTINUOUS, "flex": FLEX, "periodic": PERIODIC}
PATTERNS: dict[str, Any] = {
    "continuous": {"dose_mcg_per_day": "400"},
    "flex": {"steps": [{"from": start, "mcg_per_h": rate} for start, rate in STEPS]},
    "periodic": {"basal_mcg_per_day": "100", "bolus_mcg": "40", "every_h": "4", "over_min": "5"},
}


def address(pump: Pump) -> str:
    return reverse("refills:start", args=[pump.pk])


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.nurse, address(pump))


@pytest.fixture
def typed(cast: Cast) -> dict[str, str]:
    """What every mode needs."""
    return {
        "at": clinic_time(cast.nurse, days=3),
        "late_reason": "Programmed on the ward.",
        "concentration_mcg_per_ml": "2000",
        "patient_bolus_max_mcg_per_day": "",
        "reason": "",
        "printed_alarm_on": "",
    }


def lines(page: FormPage) -> dict[str, Any]:
    return {line.name: line for line in page.answer.context["form"].lines}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("patient", ["", "50"])
def test_each_mode_is_kept_in_the_keys_of_a_scenario_and_forecast_as_the_command_line_does(
    page: FormPage, typed: dict[str, str], pump: Pump, mode: str, patient: str
) -> None:
    page.keep({**typed, **MODES[mode], "patient_bolus_max_mcg_per_day": patient})
    programme = pump.programmes.latest("at")
    own = {"patient_bolus_max_mcg_per_day": patient} if patient else {}
    assert (programme.mode, programme.pattern) == (mode, {**PATTERNS[mode], **own})
    row = Projection.objects.get(pump=pump)
    assert row.dose_mcg_per_day is not None
    assert abs(row.dose_mcg_per_day - programme.dose_mcg_per_day) < Decimal("0.001"), "the patient's counted"
    downloaded = page.client.get(reverse("dashboard:scenario", args=[pump.pk])).content
    command = [sys.executable, "-m", "itb.infusion", "forecast"]
    said = json.loads(subprocess.run(command, input=downloaded, capture_output=True, check=True).stdout)
    assert row.alarm_at is not None
    for key in (
        "alarm_at",
        "empty_at",
        "earliest_empty_at",
        "refill_by",
        "dose_mcg_per_day",
        "flow_ml_per_day",
    ):
        assert said[key] == row.forecast[key]


@pytest.mark.parametrize("mode", MODES)
def test_old_beside_new_says_mode_dose_flow_and_dates(
    page: FormPage, typed: dict[str, str], mode: str
) -> None:
    page.look({**typed, **MODES[mode]})
    found = lines(page)
    dose = {"continuous": "400", "flex": "350.25", "periodic": "337.917"}[mode]
    assert (found["Dose"].old, found["Dose"].new) == ("400", dose)
    assert found["Mode"].old == "Simple continuous"
    assert found["Mode"].new == dict(Programme.Mode.choices)[mode]
    assert found["Flow"].new == {"continuous": "0.2", "flex": "0.1751", "periodic": "0.169"}[mode]
    assert found["Alarm"].new
    assert ("Over the day" in found) == (mode != "continuous")


def test_the_steps_of_the_old_day_stand_beside_those_of_the_new_one(
    page: FormPage, typed: dict[str, str], cast: Cast
) -> None:
    page.keep({**typed, **FLEX})
    page.open()
    assert page.answer.context["form"].chosen == "flex", "the mode that runs is chosen beforehand"
    page.look({**typed, **FLEX, "at": clinic_time(cast.nurse, days=1), "rate_1": "22"})
    line = lines(page)["Over the day"]
    assert line.old == "06:00 12 mcg/h, 09:30 20.5 mcg/h, 14:00 16 mcg/h, 22:00 11 mcg/h"
    assert line.new == "06:00 12 mcg/h, 09:30 22 mcg/h, 14:00 16 mcg/h, 22:00 11 mcg/h"
    assert line.changed


def test_a_flex_day_is_drawn_while_it_is_typed_with_its_sum_mean_and_flow(
    page: FormPage, typed: dict[str, str]
) -> None:
    body = page.glance({**typed, **FLEX}).content.decode()
    assert body.count('class="plot-step"') == 5, "the last step through midnight has two bars"
    assert '<title id="new-day-title">' in body
    assert "From 00:00 11 mcg/h, from 06:00 12 mcg/h, from 09:30 20.5 mcg/h" in body
    assert "00:00 to 06:00" in body, "the table behind it"
    summary = " ".join(body.split('id="summary"')[1].split("The new day")[1].split())
    for figure in ("350.25", "14.59", "0.1751"):
        assert figure in summary


def test_the_bars_are_to_scale() -> None:
    drawing = draw_day("flex", PATTERNS["flex"])
    assert drawing is not None
    heights = {bar.rate: bar.height for bar in drawing.bars}
    assert heights["20.5"] == 80
    assert heights["12"] == round(80 * 12 / 20.5, 1)
    whole = sum(bar.width for bar in drawing.bars)
    assert abs(whole - 692) < 0.5
    assert draw_day("continuous", PATTERNS["continuous"]) is None


def test_a_day_adds_up_as_the_calculator_says() -> None:
    said = flex_total(steps=PATTERNS["flex"]["steps"]).values["dose_mcg_per_day"]
    assert own_dose("flex", PATTERNS["flex"]) == Fraction(str(said))


def test_a_bolus_replaces_the_basal_and_the_last_one_is_cut_at_midnight() -> None:
    pattern = {"basal_mcg_per_day": "24", "bolus_mcg": "60", "every_h": "7", "over_min": "240"}
    day = spans("periodic", pattern)
    assert [(span.start, span.end) for span in day] == [
        (0, 240), (240, 420), (420, 660), (660, 840), (840, 1080), (1080, 1260), (1260, 1440),
    ]  # fmt: skip
    assert (
        own_dose("periodic", pattern) == 3 * 60 + 45 + 9 * 1
    )  # three whole, three hours of the fourth, 9 h basal


def test_one_step_holds_all_day_and_need_not_begin_at_midnight(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    page.keep({**typed, "mode": "flex", "from_0": "08:00", "rate_0": "15"})
    assert pump.programmes.latest("at").dose_mcg_per_day == 360


def test_empty_rows_between_steps_count_for_nothing(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    page.keep(
        {**typed, "mode": "flex", "from_1": "08:00", "rate_1": "15", "from_7": "20:00", "rate_7": "12.5"}
    )
    assert pump.programmes.latest("at").pattern["steps"] == [
        {"from": "08:00", "mcg_per_h": "15"},
        {"from": "20:00", "mcg_per_h": "12.5"},
    ]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"from_2": "08:00"}, "from_2", "08:00 does not come after 09:30"),
        ({"from_1": "06:00"}, "from_1", "Two steps begin at 06:00"),
        ({"from_1": "24:00"}, "from_1", "from 00:00 to 23:59"),
        ({"from_1": "9:30"}, "from_1", "Write a time as HH:MM"),
        ({"from_1": "0930"}, "from_1", "Write a time as HH:MM"),
        ({"from_1": "09:30\x00"}, "from_1", "Write a time as HH:MM"),
        ({"from_1": "९:30"}, "from_1", "Write a time as HH:MM"),
        ({"from_1": "0" * 100_000}, "from_1", "Write a time as HH:MM"),
        ({"from_1": ""}, "from_1", "Fill this in."),
        ({"rate_1": ""}, "rate_1", "Fill this in."),
        ({"rate_1": "0.5"}, "rate_1", "delivers no less than 0.048 mL/day"),
        ({"rate_0": "1400"}, "rate_0", "by the hour, not by the day"),
    ],
)
def test_a_step_that_is_amiss_is_said_beside_its_field(
    page: FormPage, typed: dict[str, str], change: dict[str, str], field: str, words: str
) -> None:
    errors = page.errors({**typed, **FLEX, "reason": "r", **change})
    assert words in errors[field]
    assert page.answer.context["form"][field].value() == change[field]
    assert Programme.objects.count() == 1


@pytest.mark.parametrize("slip", TYPED_AMISS.values(), ids=TYPED_AMISS.keys())
@pytest.mark.parametrize(
    ("mode", "name"), [("flex", "rate_2"), ("periodic", "every_h"), ("periodic", "bolus_mcg")]
)
def test_a_slip_in_a_quantity_is_said_at_its_field(
    page: FormPage, typed: dict[str, str], mode: str, name: str, slip: str
) -> None:
    assert page.errors({**typed, **MODES[mode], name: slip})[name]


def test_a_flex_day_without_steps_says_what_is_missing(page: FormPage, typed: dict[str, str]) -> None:
    assert {"from_0", "rate_0"} <= page.errors({**typed, "mode": "flex"}).keys()
    assert {field.name for field in page.answer.context["form"].missing} == {"from_0", "rate_0"}


def test_a_pause_within_the_day_is_no_flow_too_low(page: FormPage, typed: dict[str, str]) -> None:
    assert page.look({**typed, **FLEX, "rate_3": "0", "reason": "r"})


def test_a_bolus_must_end_before_the_next_begins(page: FormPage, typed: dict[str, str]) -> None:
    errors = page.errors({**typed, **PERIODIC, "over_min": "240"})
    assert errors["over_min"] == "A bolus must end before the next begins: less than 240 min."
    assert page.look({**typed, **PERIODIC, "over_min": "239.9", "reason": "r"})


def test_a_bolus_that_the_pump_cannot_deliver_so_fast_is_refused(
    page: FormPage, typed: dict[str, str]
) -> None:
    errors = page.errors({**typed, **PERIODIC, "bolus_mcg": "170", "over_min": "5", "reason": "r"})
    assert errors["bolus_mcg"] == "This is 24.480 mL/day; this pump delivers no more than 24 mL/day."
    slow = page.errors({**typed, **PERIODIC, "basal_mcg_per_day": "90"})
    assert "no less than 0.048" in slow["basal_mcg_per_day"]


def test_the_ratio_to_the_old_dose_is_that_of_whole_days_in_every_mode(
    page: FormPage, typed: dict[str, str]
) -> None:
    errors = page.errors({**typed, **PERIODIC, "bolus_mcg": "140"})
    assert "more than double" in errors["reason"]
    assert (
        "more than double"
        in page.errors({**typed, **CONTINUOUS, "patient_bolus_max_mcg_per_day": "401"})["reason"]
    )


def test_what_stands_in_the_fields_of_another_mode_is_neither_read_nor_in_the_way(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    page.keep({**typed, **FLEX, "rate_0": "nonsense", "every_h": "-1", **CONTINUOUS})
    assert pump.programmes.latest("at").pattern == {"dose_mcg_per_day": "400"}


@pytest.mark.parametrize("mode", ["", "sideways", "\x00", "f" * 100_000])
def test_a_mode_that_is_none_is_said_at_its_field(page: FormPage, typed: dict[str, str], mode: str) -> None:
    assert page.errors({**typed, **FLEX, "mode": mode})["mode"]


def test_more_rows_come_on_demand_with_what_was_typed_and_nothing_is_kept(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    for rows in (16, 24, 24):
        page.press({**typed, **FLEX}, more="yes")
        form = page.answer.context["form"]
        assert (form.row_count, form["rate_1"].value(), form.errors) == (rows, "20.5", {})
    assert not form.has_room
    assert pump.programmes.count() == 1
    long = {f"from_{row}": f"{row:02}:00" for row in range(24)} | {f"rate_{row}": "15" for row in range(24)}
    page.keep({**typed, "mode": "flex", **long})
    assert len(pump.programmes.latest("at").pattern["steps"]) == 24


@pytest.mark.parametrize("rows", ["", "-1", "x", "9" * 5000, "\x00", "²"])
def test_a_damaged_number_of_rows_is_put_right_in_silence(
    page: FormPage, typed: dict[str, str], rows: str
) -> None:
    form = page.press({**typed, **FLEX}, rows=rows).context["form"]
    assert 8 <= form.row_count <= 24
    assert not form.errors


def test_the_same_flex_day_posted_twice_is_one_and_another_one_is_told_apart(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    seen = page.look({**typed, **FLEX})
    carried = dict(page.hidden)
    for _ in range(2):
        page.hidden = carried
        assert page.press({**typed, **FLEX}, seen=seen).status_code == 302
    page.hidden = carried
    again = page.press({**typed, **FLEX, "rate_1": "21"}, seen=seen)
    assert "kept before with other figures" in again.content.decode()
    assert pump.programmes.count() == 2


def test_a_flex_day_of_twelve_steps_comes_back_after_a_session_that_ended(
    page: FormPage, typed: dict[str, str], cast: Cast
) -> None:
    page.press({**typed, **FLEX}, more="yes")
    page.client.logout()
    left = page.press({**typed, **FLEX, "from_11": "23:00", "rate_11": "9"})
    page.client.post(left["Location"], {"login": cast.nurse.user.email, "password": PASSWORD})
    form = page.open().context["form"]
    assert (form.chosen, form["from_11"].value(), form["rate_1"].value()) == ("flex", "23:00", "20.5")


def test_a_programme_kept_without_its_own_keys_is_read_by_its_dose(cast: Cast, pump: Pump) -> None:
    programme = pump.programmes.get()
    assert programme.pattern == {}
    assert Projection.objects.get(pump=pump).dose_mcg_per_day == 400
    assert words_of(programme) == ""


def test_the_chart_says_each_mode_in_words_and_draws_the_day_that_runs(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    page.keep({**typed, **FLEX, "patient_bolus_max_mcg_per_day": "50"})
    page.open()
    page.keep({**typed, **PERIODIC, "at": clinic_time(cast.nurse, days=1)})
    body = page.client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    assert (
        "06:00 12 mcg/h, 09:30 20.5 mcg/h, 14:00 16 mcg/h, 22:00 11 mcg/h; up to 50 mcg/day by the patient"
        in body
    )
    assert "basal 100 mcg/day, 40 mcg every 4 h over 5 min" in body
    assert body.count('class="plot-step"') == 12
