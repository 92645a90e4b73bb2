"""The visit around a refill, as it is filled in the browser where nothing is amiss."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page


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


def say_why_late(page: Page) -> None:
    """What happened over a day ago asks for its reason at the first look; then it is looked at again."""
    reason = page.get_by_label("Why it is written down late")
    if reason.count():
        reason.fill("Entered from paper")
        page.locator("#keep").click()
