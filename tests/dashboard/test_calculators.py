"""The calculators as pages: strict, linkable, and the same as the core behind them."""

import html
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from itb.infusion.dosing import CALCULATORS
from tests.cast import Cast

CASES = Path(__file__).parents[3] / "shared" / "clinical" / "cases.json"
BRIDGE = {
    "catheter_ml": "0.2",
    "old_concentration_mcg_per_ml": "500",
    "new_concentration_mcg_per_ml": "2000",
    "old_dose_mcg_per_day": "100",
    "new_dose_mcg_per_day": "100",
}
ODD = [
    "\0",
    "1" + "0" * 400,
    "NaN",
    "1,5",
    "-1",
    "[]",
    "{}",
    "x" * 500,
    "2026-13-45",
    "yes\0",
    "٣",
    "💊",
    " ",
]


@pytest.fixture
def nurse(client: Client, cast: Cast) -> Client:
    client.force_login(cast.nurse.user)
    return client


def cases() -> list[dict[str, Any]]:
    """The worked examples of the calculators, where they are at hand."""
    if not CASES.exists():
        return []
    found = json.loads(CASES.read_text(), parse_float=Decimal, parse_int=Decimal)
    return [case for case in found if case["kind"] in CALCULATORS]


def asked(inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs of a case as the page's parameters."""
    typed: dict[str, Any] = {}
    for key, value in inputs.items():
        if key == "steps":
            typed["steps_from"] = [step["from"] for step in value]
            typed["steps_rate"] = [f"{step['mcg_per_h']:f}" for step in value]
        elif isinstance(value, bool):
            typed[key] = "yes" if value else "no"
        else:
            typed[key] = f"{value:f}" if isinstance(value, Decimal) else value
    return typed


def results(page: str) -> dict[str, str]:
    """Each value of a result as the page gives it to a machine."""
    return {
        key: html.unescape(value) for key, value in re.findall(r'id="result-(\w+)" value="([^"]*)"', page)
    }


def same(expected: Any, got: str, tolerance: Decimal) -> bool:
    if isinstance(expected, bool):
        return got == str(expected).lower()
    if isinstance(expected, Decimal):
        return abs(Decimal(got) - expected) <= tolerance
    return got == (expected or "")


@pytest.mark.parametrize("kind", CALCULATORS)
def test_a_calculators_page_opens_empty_with_its_formula_and_its_limits(nurse: Client, kind: str) -> None:
    response = nurse.get(f"/calculators/{kind}/")
    page = html.unescape(response.content.decode())
    assert response.status_code == 200
    assert not results(page)
    for words in (
        CALCULATORS[kind].title,
        CALCULATORS[kind].formula,
        CALCULATORS[kind].source,
        "no order to a pump",
    ):
        assert words in page


def test_every_calculator_is_listed_by_its_title(nurse: Client) -> None:
    page = html.unescape(nurse.get("/calculators/").content.decode())
    for kind, calculator in CALCULATORS.items():
        assert f'href="/calculators/{kind}/">{calculator.title}</a>' in page


def test_a_calculator_that_there_is_not_is_not_found(nurse: Client) -> None:
    assert nurse.get("/calculators/horoscope/").status_code == 404


def test_who_has_no_part_in_a_clinic_is_refused(client: Client, cast: Cast) -> None:
    cast.nurse.ended_at = cast.at
    cast.nurse.save()
    client.force_login(cast.nurse.user)
    assert client.get("/calculators/").status_code == 403
    assert client.get("/calculators/flow/").status_code == 403


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_a_worked_example_gives_the_same_through_the_page(nurse: Client, case: dict[str, Any]) -> None:
    page = nurse.get(f"/calculators/{case['kind']}/", asked(case["inputs"])).content.decode()
    expected, got = case["expected"], results(page)
    if "error" in expected:
        assert not got
        return
    wrong = {
        key: got.get(key)
        for key, value in expected.items()
        if not same(value, got[key], case.get("tolerance", 0))
    }
    assert not wrong


def test_a_result_shows_its_units_and_its_steps(nurse: Client) -> None:
    page = nurse.get("/calculators/bridge/", {**BRIDGE, "pump_tubing_ml": "0.14"}).content.decode()
    assert '40.8 <span class="unit">h</span>' in page
    assert "24 h × 0.34 mL ÷ 0.2 mL/day = 40.8 h of bridge" in page


def test_what_is_rounded_says_so_and_what_is_not_zero_is_never_shown_as_zero(nurse: Client) -> None:
    third = nurse.get("/calculators/concentration/?amount_mcg=100&volume_ml=3").content.decode()
    tiny = nurse.get("/calculators/hourly_dose/?daily_dose_mcg=0.06").content.decode()
    assert "≈ 33.33 " in third
    assert results(third)["concentration_mcg_per_ml"].startswith("33.33333")
    assert "0.0025 " in tiny


def test_the_catalogues_figure_is_offered_with_its_source_and_never_assumed(nurse: Client) -> None:
    page = nurse.get("/calculators/priming/", {"catheter_ml": "0.2", "concentration_mcg_per_ml": "500"})
    text = html.unescape(page.content.decode())
    assert results(text)["volume_ml"] == "0.2"
    assert "Use 0.14 mL" in text
    assert "TGA RC-2017-RN-00065-1" in text


def test_the_offer_is_taken_by_a_press_that_keeps_what_was_typed(nurse: Client) -> None:
    typed = {"catheter_ml": "0.2", "concentration_mcg_per_ml": "5OO"}
    response = nurse.get("/calculators/priming/", {**typed, "use": "pump_tubing_ml"}, follow=True)
    ((address, _),) = response.redirect_chain
    assert "use=" not in address
    assert "pump_tubing_ml=0.14" in address
    assert 'value="5OO"' in response.content.decode()


def test_an_unconfirmed_figure_and_formula_say_so_in_words(nurse: Client) -> None:
    offered = nurse.get("/calculators/catheter_volume/").content.decode()
    taken = nurse.get(
        "/calculators/titration/?current_dose_mcg=300&phase=maintenance&population=child"
    ).content.decode()
    assert offered.count("</svg>unconfirmed</span>") == 2  # the formula's, and the offered figure's
    assert "not checked against an original" in offered
    assert taken.count("</svg>unconfirmed</span>") == 5  # the formula's, and each of the four figures in it


def test_what_the_calculator_refuses_is_said_at_its_field(nurse: Client) -> None:
    typed = {"volume_ml": "2", "alarm_volume_ml": "3", "flow_ml_per_day": "0.1"}
    form = nurse.get("/calculators/low_reservoir/", typed).context["form"]
    assert list(form.errors) == ["alarm_volume_ml"]
    assert "above the volume in the reservoir" in form.errors["alarm_volume_ml"][0]


def test_what_was_typed_stays_beside_what_is_wrong_with_it(nurse: Client) -> None:
    page = nurse.get("/calculators/bridge/", {**BRIDGE, "old_dose_mcg_per_day": "1,000"}).content.decode()
    assert 'value="1,000"' in page
    assert 'value="0.2"' in page
    assert "can be read in two ways" in page
    assert not results(page)


def test_the_rows_of_a_flexible_day_name_the_step_that_is_wrong_and_keep_what_was_typed(
    nurse: Client,
) -> None:
    typed = {"steps_from": ["00:00", "08:00", ""], "steps_rate": ["10", "1,5", "7"]}
    page = html.unescape(nurse.get("/calculators/flex_total/", typed).content.decode())
    assert "Step 2: Write decimals with a point: 1.5, not 1,5." in page
    for value in ("00:00", "08:00", "10", "1,5", "7"):
        assert f'value="{value}"' in page


def test_empty_rows_of_a_flexible_day_are_left_out_and_more_of_them_follow(nurse: Client) -> None:
    full = {"steps_from": [f"{hour:02}:00" for hour in range(12)] + [""], "steps_rate": ["5"] * 12 + [" "]}
    response = nurse.get("/calculators/flex_total/", full)
    assert results(response.content.decode())["dose_mcg_per_day"] == "120"
    assert len(response.context["form"].rows) == 14


@pytest.mark.parametrize("kind", CALCULATORS)
def test_nothing_in_an_address_breaks_a_page(nurse: Client, kind: str) -> None:
    names = [field.key for field in CALCULATORS[kind].fields] + ["steps_from", "steps_rate", "use", "nobody"]
    for odd in ODD:
        response = nurse.get(f"/calculators/{kind}/", dict.fromkeys(names[:-2], odd))
        assert response.status_code == 200
        assert not results(response.content.decode())
        assert nurse.get(f"/calculators/{kind}/", {name: [odd, odd] for name in names}).status_code == 302
    assert nurse.get(f"/calculators/{kind}/?%ff=%00&&=&nobody").status_code == 200
