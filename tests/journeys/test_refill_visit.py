"""A whole refill visit in the browser: few hands beyond the values, by keyboard alone, on a phone, and kept once."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from itb.local.stack import Stack
from tests.journeys.conftest import rows

pytestmark = pytest.mark.stack

MOST = 40
EXPIRY = "11112027"  # the same in whatever order day and month are typed

KNOWN = """
SELECT pump.patient_id, pump.serial, pump.reservoir_ml, programme.dose_mcg_per_day, programme.concentration_mcg_per_ml,
       (SELECT product FROM refills_refill WHERE pump_id = pump.id LIMIT 1) AS product
FROM refills_projection AS forecast JOIN patients_pump AS pump ON pump.id = forecast.pump_id
JOIN refills_programme AS programme ON programme.pump_id = pump.id
WHERE forecast.clinic_id = (SELECT min(id) FROM accounts_clinic) AND forecast.danger_at IS NOT NULL
ORDER BY forecast.danger_at OFFSET %s LIMIT 1
"""


@dataclass(slots=True)
class Hands:
    """What a person does at the page beyond typing the values themselves."""

    page: Page
    count: int = 0

    def click(self, label: str | re.Pattern[str], role: Any = "") -> None:
        """One click."""
        found = self.page.get_by_role(role, name=label) if role else self.page.get_by_label(label)
        found.first.click()
        self.count += 1

    def fill(self, label: str, value: str) -> None:
        """One click into the field; what is typed there is the value."""
        self.click(label)
        field = self.page.get_by_label(label).first
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            self.page.keyboard.type(value)


def plain(value: object) -> str:
    """As it is typed."""
    return f"{float(str(value)):g}"


def top(stack: Stack, number: int) -> tuple[int, dict[str, str]]:
    """A patient at the top of the worklist whose pump is known, and what will be typed."""
    ((patient, serial, reservoir, dose, concentration, product),) = rows(stack, KNOWN, number)
    values = {
        "serial_ending": str(serial)[-4:], "product": str(product), "concentration_mcg_per_ml": plain(concentration),
        "lot": "LOT-77", "expires_on": EXPIRY, "filled_ml": plain(reservoir), "held_ml": plain(reservoir),
        "shown_dose": plain(dose), "shown_concentration": plain(concentration),
    }  # fmt: skip
    return int(str(patient)), values


def expected_ml(page: Page) -> str:
    """What the page itself says should be left."""
    return page.locator("#summary dd").first.inner_text().split()[0]


def open_form(page: Page, hands: Hands, patient: int) -> None:
    """Two clicks: the patient, the form. A draft that another journey left for this person is put away first."""
    page.goto("/")
    page.locator(f'a.go[href="/patients/{patient}/"]').click()
    hands.count += 1
    hands.click("Record refill", "link")
    expect(page.locator("h1")).to_have_text("Record refill")
    starts_empty = page.get_by_role("button", name="Start empty")
    if starts_empty.count():
        starts_empty.click()
        expect(starts_empty).to_have_count(0)


def accessible(page: Page) -> None:
    """Nothing that axe finds, nothing that runs out of the window."""
    assert not Axe().run(page).response["violations"]
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize("width", [1280, 360])
def test_a_whole_visit_takes_at_most_forty_clicks_beyond_its_values(
    page: Page, stack: Stack, width: int, record_property: Callable[[str, object], None]
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    patient, values = top(stack, 0 if width == 360 else 1)
    hands = Hands(page)
    open_form(page, hands, patient)
    drawn = expected_ml(page)
    hands.fill("Last four of", values["serial_ending"])
    hands.click("Name and birth date asked")
    hands.click("Nothing new")
    hands.click("Pump interrogated before")
    hands.fill("Volume it shows", drawn)
    hands.click(re.compile("^None$"))
    hands.fill("Product", values["product"])
    hands.fill("Concentration on the label", values["concentration_mcg_per_ml"])
    hands.fill("Lot", values["lot"])
    hands.fill("Expiry", values["expires_on"])
    hands.click("All four read")
    hands.fill("Withdrawn", drawn)
    hands.click("The reservoir is empty")
    hands.fill("Filled", values["filled_ml"])
    hands.fill("Volume in the pump after", values["held_ml"])
    hands.click("Drug came back")
    hands.fill("Destroyed", drawn)
    hands.fill("Dose that the programmer shows", values["shown_dose"])
    hands.fill("Concentration that the programmer shows", values["shown_concentration"])
    hands.click("Interrogated again")
    hands.click("Observed, and well")
    hands.click("Signs of overdose and withdrawal")
    hands.click("New date written down")
    hands.click("Book the latest safe day")
    keeps = page.get_by_role("button", name=re.compile("^Keep refill, next by .*, visit "))
    expect(keeps).to_be_visible()
    accessible(page)
    hands.click(re.compile("^Keep refill"), "button")
    page.wait_for_url(re.compile(r"/refills/\d+/$"))
    expect(page.locator("main")).to_contain_text("LOT-77")
    accessible(page)
    record_property(f"clicks beyond the values at {width} px", hands.count)
    assert hands.count <= MOST


def test_a_whole_visit_is_done_by_keyboard_alone_and_survives_a_closed_browser(
    page: Page, stack: Stack, record_property: Callable[[str, object], None]
) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    patient, values = top(stack, 2)
    open_form(page, Hands(page), patient)
    values["withdrawn_ml"] = expected_ml(page)
    strokes = by_keyboard(page, values, until="lot")
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.wait_for_timeout(1000)
    address, context = page.url, page.context
    page.close()
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(address)
    expect(page.locator("main")).to_contain_text("Draft of")
    assert page.get_by_label("Lot", exact=True).input_value() == "LOT-77"
    strokes += by_keyboard(page, values)
    page.wait_for_url(re.compile(r"/refills/\d+/$"))
    record_property("keystrokes beyond the values by keyboard alone", strokes)
    ((kept,),) = rows(
        stack,
        "SELECT count(*) FROM refills_refill AS refill JOIN patients_pump AS pump ON pump.id = pump_id"
        " WHERE patient_id = %s AND lot = 'LOT-77'",
        patient,
    )
    assert kept == 1


FIRST_ANSWERS = {"felt", "alarmed", "emptied"}


def by_keyboard(page: Page, values: dict[str, str], until: str = "") -> int:
    """Tab through the page and answer what has the focus; the keystrokes that were no value."""
    strokes, answered = 0, set()
    for _ in range(250):
        page.keyboard.press("Tab")
        strokes += 1
        name, kind, is_on, identity = page.evaluate(
            "(each => [each.name, each.type, each.checked === true, each.id])(document.activeElement)"
        )
        if identity == "keep":
            page.wait_for_timeout(1500)  # the summary comes to rest, and the button with it
            page.locator("#keep").focus()
            page.keyboard.press("Enter")
            return strokes + 1
        is_step = str(name).startswith("step_") or name == "books_latest"
        if (is_step and not is_on) or (name in FIRST_ANSWERS - answered and not is_on):
            page.keyboard.press("Space")
            strokes += 1
        elif name in values.keys() - answered:
            value = values[name]
            page.locator(f"[name={name}]").select_option(value) if kind == "select-one" else type_over(
                page, value
            )
        answered.add(name)
        if until and name == until:
            page.keyboard.press("Tab")
            return strokes + 1
    raise AssertionError("the keeping button was never reached")


def type_over(page: Page, value: str) -> None:
    """What stood there is replaced."""
    page.keyboard.press("Control+A")
    page.keyboard.type(value)
