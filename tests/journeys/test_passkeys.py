"""Passkeys in a real browser with a virtual authenticator: set one up, sign in with it alone, show oneself again."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from itb.local.stack import Stack
from tests.journeys.conftest import rows, sign_in

pytestmark = pytest.mark.stack

NURSE = "prescriber@harbour.example"
PASSWORD = "keep-the-pumps-running"


@pytest.fixture
def window(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A window with an authenticator inside, as of a laptop with a finger reader; a passkey needs a host name."""
    context = browser.new_context(base_url=stack.url.replace("127.0.0.1", "localhost"), locale="en-GB")
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    has = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    options = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True, **has}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield page
    context.close()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/")


def test_a_passkey_is_added_signs_in_alone_and_shows_that_one_is_back(window: Page, stack: Stack) -> None:
    sign_in(window, NURSE)
    window.goto("/accounts/second-factor/")
    window.get_by_role("link", name="Add a passkey").click()
    assert not Axe().run(window).response["violations"]
    window.get_by_label("Name").fill("Ward laptop")
    window.get_by_role("button", name="Add this passkey").click()
    expect(window.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert not Axe().run(window).response["violations"]
    window.goto("/accounts/second-factor/")
    expect(window.get_by_text("Ward laptop").first).to_be_visible()

    sign_out(window)
    window.get_by_role("button", name="Use a passkey").click()
    expect(window.get_by_role("heading", name="Worklist")).to_be_visible()

    rows(stack, "UPDATE accounts_signin SET seen_at = seen_at - interval '15 minutes' RETURNING id")
    window.goto("/letters/")
    expect(window.get_by_text("You were away for 15 minutes")).to_be_visible()
    assert not Axe().run(window).response["violations"]
    window.get_by_role("link", name="Use a passkey").click()
    window.get_by_role("button", name="Use your passkey").click()
    expect(window.get_by_role("heading", name="Letters")).to_be_visible()

    sign_out(window)
    window.get_by_label("Email").fill(NURSE)
    window.get_by_label("Password").fill(PASSWORD)
    window.get_by_role("button", name="Sign in").click()
    expect(window.get_by_role("heading", name="Second step")).to_be_visible()
    assert not Axe().run(window).response["violations"]
    window.get_by_role("button", name="Use a passkey").click()
    expect(window.get_by_role("heading", name="Worklist")).to_be_visible()

    window.goto("/accounts/second-factor/")
    window.get_by_role("link", name="Take it away").click()
    window.get_by_role("button", name="Take it away").click()
    expect(window.get_by_role("link", name="Set up an app")).to_be_visible()


def test_without_javascript_the_passkeys_button_is_not_there(browser: Browser, stack: Stack) -> None:
    context = browser.new_context(base_url=stack.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/accounts/login/")
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
    context.close()
