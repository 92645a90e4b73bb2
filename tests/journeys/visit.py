"""The visit around a refill, as it is filled in the browser where nothing is amiss."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Locator, Page, expect


def nothing_amiss(page: Page, *, held_ml: str, dose: str, concentration: str) -> None:
    """Every step ticked, nothing noticed, and the programmer shows what is recorded."""
    page.get_by_label("Nothing new").check()
    page.get_by_label("None", exact=True).check()
    page.get_by_label("Expiry").fill((datetime.now(UTC) + timedelta(days=400)).strftime("%Y-%m-%d"))
    page.get_by_label("Volume in the pump after the fill").fill(held_ml)
    page.get_by_label("Dose that the programmer shows").fill(dose)
    page.get_by_label("Concentration that the programmer shows").fill(concentration)
    for step in page.locator("input[name^=step_]").all():
        step.check()


def look(page: Page) -> Locator:
    """The button that keeps, once the summary has come to rest; where it did not offer one by itself, it is asked.

    What happened over a day ago asks for its reason at the first look, and is looked at again. Each press waits for the
    page that answers: on a slow machine the old one still stands when the click is done.
    """
    button = page.locator("#keep")
    for _ in range(3):
        page.locator("main h1").click()  # leaves the last field
        page.wait_for_timeout(1_000)  # the summary waits for 400 ms, in case another key is pressed
        expect(page.locator(".htmx-request")).to_have_count(0)
        if button.inner_text().startswith("Keep"):
            break
        with page.expect_navigation():
            button.click()
        reason = page.get_by_label("Why it is written down late")
        if reason.count() and not reason.input_value():
            reason.fill("Entered from paper")
    expect(button).to_have_text(re.compile(r"^\s*Keep"))
    return button
