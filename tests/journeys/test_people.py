"""A person comes in by a letter, and another clinic is opened in an emergency: in the browser, with real workers."""

import re
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from itb.local.stack import Stack
from tests.journeys.conftest import letters, sign_in

pytestmark = pytest.mark.stack

CLINIC = "Harbour Row Spasticity Clinic (demo)"


def window(browser: Browser, stack: Stack) -> Page:
    return browser.new_context(base_url=stack.url, locale="en-GB").new_page()


def link(stack: Stack) -> str:
    """The link in the letter, once the worker has sent it."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        text = "\n".join(letters(stack)).replace("=\n", "")
        if found := re.search(r"/invitation/\w+/", text):
            return found.group(0)
        time.sleep(0.5)
    raise AssertionError("no invitation arrived")


def test_an_invited_person_comes_in_by_the_letter(browser: Browser, stack: Stack) -> None:
    administrator = window(browser, stack)
    sign_in(administrator, "administrator@harbour.example")
    administrator.goto("/clinic/people/")
    administrator.get_by_role("link", name="Invite a person").click()
    administrator.get_by_label("E-mail address").fill("newcomer@harbour.example")
    administrator.get_by_label("Role").select_option("coordinator")
    administrator.get_by_role("button", name="Send the invitation").click()
    expect(administrator.locator("main")).to_contain_text("A letter goes to newcomer@harbour.example")

    newcomer = window(browser, stack)
    newcomer.goto(link(stack))
    assert newcomer.url.endswith("/invitation/"), "the token stays in no address"
    expect(newcomer.locator("main")).to_contain_text(CLINIC)
    newcomer.get_by_label("Your name").fill("Neve Newcomer")
    newcomer.get_by_label("A password").fill("keep-the-pumps-running-too")
    newcomer.get_by_role("button", name="Accept").click()
    newcomer.get_by_label("Email").fill("newcomer@harbour.example")
    newcomer.get_by_label("Password").fill("keep-the-pumps-running-too")
    newcomer.get_by_role("button", name="Sign in").click()
    expect(newcomer.locator("header")).to_contain_text("Neve Newcomer")

    administrator.reload()
    expect(administrator.get_by_role("row", name=re.compile("Neve Newcomer"))).to_contain_text("Coordinator")


def test_another_clinic_is_opened_in_an_emergency_and_both_sides_see_it(
    browser: Browser, stack: Stack
) -> None:
    helper, theirs = window(browser, stack), window(browser, stack)
    sign_in(helper, "nurse@mill.example")
    helper.get_by_role("link", name="Emergency access").click()
    helper.get_by_label("Clinic").select_option(label=CLINIC)
    helper.get_by_label("Why it cannot wait").fill("A patient of yours is here and does not wake")
    helper.get_by_role("button", name=re.compile("Open the clinic")).click()
    banner = helper.get_by_role("region", name="Your emergency access")
    expect(banner).to_contain_text(f"Emergency access to {CLINIC}")
    expect(helper.locator("main")).to_contain_text("Worklist")

    sign_in(theirs, "prescriber@harbour.example")
    theirs.get_by_role("link", name="See who, and why").click()
    expect(theirs.locator("main")).to_contain_text("does not wake")

    banner.get_by_role("button", name="End it now").click()
    expect(helper.locator("header")).not_to_contain_text(CLINIC)
    theirs.reload()
    expect(theirs.locator("header")).not_to_contain_text("See who, and why")
