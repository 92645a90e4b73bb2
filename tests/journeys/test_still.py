"""A page never jumps: neither while it opens nor when a summary that htmx fetched takes its place."""

import pytest
from playwright.sync_api import Page, expect

from itb.local.stack import Stack
from tests.journeys.conftest import soon
from tests.journeys.test_refill_visit import expected_ml, top

pytestmark = pytest.mark.stack

LISTEN = """
window.shifted = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
STILL = 0.02  # of the window: two hundredths is a line of small text


@pytest.mark.parametrize("width", [1280, 360])
def test_no_page_moves_while_it_opens(page: Page, stack: Stack, width: int) -> None:
    (patient,) = soon(stack, "SELECT min(patient_id) FROM patients_pump")
    page.add_init_script(LISTEN)
    page.set_viewport_size({"width": width, "height": 900})
    moved = {}
    for address in ("/", f"/patients/{patient}/", "/alerts/", "/visits/", "/letters/", "/clinic/policy/"):
        page.goto(address, wait_until="networkidle")
        if (shifted := page.evaluate("window.shifted")) > STILL:
            moved[address] = shifted
    assert not moved


@pytest.mark.parametrize("width", [1280, 360])
def test_what_is_being_typed_stays_where_it_is_when_the_summary_grows(
    page: Page, stack: Stack, width: int
) -> None:
    patient, values = top(stack, 2)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/patients/{patient}/")
    page.get_by_role("link", name="Record refill").first.click()
    drawn = expected_ml(page)
    page.get_by_label("Withdrawn").fill(drawn)
    filled = page.get_by_label("Filled", exact=False).first
    filled.fill(values["filled_ml"])
    before = filled.bounding_box()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        filled.dispatch_event("change")
    expect(page.locator("#summary")).to_contain_text(drawn)
    page.wait_for_timeout(300)  # the swap settles
    assert filled.bounding_box() == before
    expect(filled).to_be_focused()
