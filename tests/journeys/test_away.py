"""A screen that was left alone shows nobody's data any more, and nothing that was typed is lost."""

import re

import psycopg
import pytest
from playwright.sync_api import Page, expect

from itb.local.stack import Stack

pytestmark = pytest.mark.stack

GONE = "Nobody was here for a while"
PASSWORD = "keep-the-pumps-running"


def a_quarter_of_an_hour_passes(page: Page, stack: Stack) -> None:
    """For the server's clock, and then for the browser's."""
    with psycopg.connect(stack.owner_url) as connection:
        connection.execute("UPDATE accounts_signin SET seen_at = seen_at - interval '16 minutes'")
    page.clock.fast_forward("16:00")


def test_what_was_typed_waits_and_the_screen_is_cleared(page: Page, stack: Stack) -> None:
    page.clock.install()
    page.goto("/patients/register/")
    page.get_by_label("Family name").fill("Halfway")
    page.get_by_label("Cannot hear the alarm").check()
    a_quarter_of_an_hour_passes(page, stack)
    page.wait_for_url(re.compile("/accounts/reauthenticate/"))
    assert "Halfway" not in page.content()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/patients/register/")
    expect(page.get_by_label("Family name")).to_have_value("Halfway")
    expect(page.get_by_label("Cannot hear the alarm")).to_be_checked()


def test_a_page_without_a_form_asks_who_is_there(page: Page, stack: Stack) -> None:
    page.clock.install()
    page.goto("/")
    a_quarter_of_an_hour_passes(page, stack)
    page.wait_for_url(re.compile("/accounts/reauthenticate/"))


def test_a_screen_beside_one_that_is_used_stays(page: Page, stack: Stack) -> None:
    page.clock.install()
    page.goto("/")
    heading = page.get_by_role("heading", level=1).inner_text()
    page.clock.fast_forward("16:00")  # only this screen was left alone: the server knows of the other
    page.wait_for_timeout(500)
    assert page.get_by_role("heading", level=1).inner_text() == heading


def test_without_a_server_the_screen_is_cleared_all_the_same(page: Page, stack: Stack) -> None:
    page.clock.install()
    page.goto("/patients/register/")
    page.get_by_label("Family name").fill("Halfway")
    page.context.set_offline(True)
    page.clock.fast_forward("16:00")
    expect(page.get_by_role("heading", name=GONE)).to_be_visible()
    assert "Halfway" not in page.content()
    page.context.set_offline(False)
    with psycopg.connect(stack.owner_url) as connection:
        connection.execute("UPDATE accounts_signin SET seen_at = seen_at - interval '16 minutes'")
    page.clock.fast_forward("00:11")
    page.wait_for_url(re.compile("/accounts/reauthenticate/"))
