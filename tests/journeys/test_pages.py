"""Every page in a real browser: accessible in both themes, no sideways scroll on a phone, within its policy."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final, Literal

import pytest
from axe_playwright_python.sync_playwright import DEFAULT_OPTIONS, Axe
from playwright.sync_api import Browser, Page, expect

from itb.local.stack import Stack
from tests.journeys.conftest import rows, sign_in, soon
from tests.long import IS_LONG

pytestmark = pytest.mark.stack


Theme = Literal["light", "dark"]
WIDTHS: Final = (1280, 360)
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
LOOKS: Final[tuple[tuple[int, Theme], ...]] = (
    tuple(product(WIDTHS, THEMES)) if IS_LONG else ((1280, "dark"), (360, "light"))
)
"""Wide and narrow, light and dark; in the short form each once: both layouts, and the colours of both themes."""
OF_COLOUR = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""All that a theme can change at one width: a page is the same in both, but for its colours."""


@pytest.fixture(scope="module")
def pages(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A nurse's window."""
    # A colour that fades from one theme to the other would be looked at half-way.
    context = browser.new_context(base_url=stack.url, locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, "nurse@harbour.example")
    yield page
    context.close()


def addresses(stack: Stack) -> list[str]:
    """One of each page of the product, for a patient with a full history and for one without."""
    patient, pump = soon(stack, "SELECT patient_id, id FROM patients_pump ORDER BY id LIMIT 1")
    (refill,) = soon(stack, "SELECT max(id) FROM refills_refill")
    (bare,) = soon(stack, "SELECT pump_id FROM refills_projection WHERE error = 'no_fill' LIMIT 1")
    (booked,) = soon(stack, "SELECT pump_id FROM refills_appointment WHERE state = 'booked' LIMIT 1")
    (alert,) = soon(
        stack, "SELECT id FROM alerts_alert WHERE state <> 'closed' AND kind = 'discrepancy' LIMIT 1"
    )
    (refill,) = soon(stack, f"SELECT id FROM refills_refill WHERE pump_id = {pump} LIMIT 1")
    (programme,) = soon(stack, f"SELECT id FROM refills_programme WHERE pump_id = {pump} LIMIT 1")
    (contact,) = soon(stack, "SELECT id FROM patients_contact WHERE patient_id = %s", patient)
    return [
        "/",
        "/?show=critical",
        "/?search=over",
        "/?tier=urgent&owner=mine",
        "/views/",
        "/views/keep/?query=owner%3Dmine",
        f"/patients/{patient}/",
        f"/patients/{bare}/",
        f"/patients/{patient}/?as_of={datetime.now(UTC).date() - timedelta(days=40)}",
        f"/patients/{patient}/?as_of=2099-01-01",
        "/demo/clock/",
        "/patients/register/",
        f"/pumps/{pump}/refill/",
        f"/pumps/{pump}/programme/",
        f"/pumps/{pump}/adjust/",
        f"/refills/{refill}/correct/",
        f"/programmes/{programme}/correct/",
        f"/pumps/{pump}/visit/",
        f"/pumps/{pump}/visits/",
        f"/pumps/{pump}/contact/",
        f"/pumps/{pump}/authorisation/",
        f"/pumps/{pump}/order/",
        f"/pumps/{pump}/home/",
        f"/pumps/{pump}/bag/",
        "/orders/",
        f"/pumps/{booked}/visit/end/",
        "/visits/",
        "/visits/?span=month",
        "/visits/move/",
        "/visits/missed/",
        "/clinic/closed-days/",
        f"/refills/{refill}/",
        "/lots/",
        "/lots/?lot=demo",
        f"/pumps/{pump}/leave/",
        f"/pumps/{pump}/replacement/",
        f"/patients/{patient}/edit/",
        f"/patients/{patient}/contacts/add/",
        f"/contacts/{contact}/",
        f"/patients/{patient}/implant/",
        f"/patients/{patient}/catheter/",
        f"/patients/{patient}/transfer/",
        "/clinic/accept/",
        "/alerts/",
        f"/alerts/{alert}/",
        f"/alerts/{alert}/acknowledge/",
        f"/alerts/{alert}/pass/",
        f"/alerts/{alert}/snooze/",
        f"/alerts/{alert}/resolve/",
        "/duty/",
        "/duty/absences/enter/",
        "/duty/phone/",
        "/letters/",
        "/letters/address/",
        "/clinic/",
        "/programmes/unsigned/",
        "/clinic/policy/",
        "/clinic/proof/",
        "/morning/",
        "/appointment/no-such-link/",
        "/clinic/catalogue/",
        "/clinic/people/",
        "/clinic/roles/",
        "/clinic/emergency/",
        "/invitation/",
        "/calculators/",
        "/calculators/bridge/?catheter_ml=0.2&old_concentration_mcg_per_ml=1,000",
        "/calculators/flex_total/?steps_from=00:00&steps_rate=10&steps_from=08:00&steps_rate=15",
        "/calculators/",
        "/calculators/bridge/",
        "/clinic/catalogue/",
        "/accounts/sessions/",
        "/accounts/second-factor/",
        "/accounts/second-factor/app/",
        "/accounts/second-factor/passkeys/add/",
        "/accounts/reauthenticate/",
        "/accounts/password/change/",
        "/mailbox/",
        "/nowhere/",
    ]


def addresses_of_an_administrator(stack: Stack) -> list[str]:
    """One of each page that changes who belongs to the clinic, and the trail."""
    (member,) = soon(
        stack,
        "SELECT member.id FROM accounts_membership AS member JOIN accounts_user AS person ON person.id = user_id"
        " WHERE email = 'nurse@harbour.example'",
    )
    person = f"/clinic/people/{member}/"
    verbs = ("role", "end", "deactivate", "administrator")
    people = ["/clinic/people/", "/clinic/people/invite/", person, *(f"{person}{verb}/" for verb in verbs)]
    (patient,) = soon(stack, "SELECT patient_id FROM patients_pump ORDER BY id LIMIT 1")
    trail = "/clinic/trail/"
    return [
        *people,
        "/clinic/closed-days/add/",
        "/clinic/webhook/",
        "/clinic/policy/letters/",
        "/clinic/closed-days/weekly/",
        "/clinic/planning/",
        "/clinic/policy/escalation/",
        "/duty/lead/",
        trail,
        f"{trail}?patient={patient}",
        f"{trail}?since=tomorrow",
        f"{trail}?since=2099-01-01",
    ]


def test_no_page_breaks_a_rule_of_accessibility_or_scrolls_sideways(pages: Page, stack: Stack) -> None:
    walk(pages, addresses(stack))


def test_nor_does_a_page_of_an_administrator(pages: Page, stack: Stack) -> None:
    pages.context.clear_cookies()
    sign_in(pages, "administrator@harbour.example")
    walk(pages, addresses_of_an_administrator(stack))
    pages.context.clear_cookies()
    sign_in(pages, "nurse@harbour.example")


def walk(page: Page, addresses: list[str]) -> None:
    """Open each page, and let axe and the console say what is wrong with it, in each look."""
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
    found: dict[str, object] = {}
    for address in addresses:
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        page.emulate_media(color_scheme=LOOKS[0][1])
        page.goto(address)
        for width, theme in LOOKS:
            if broken := amiss(page, width, theme):
                found[f"{address} {width} {theme}"] = broken
    assert not found
    assert not [line for line in said if re.search("Content Security Policy|Refused|Uncaught", line)]


def amiss(page: Page, width: int, theme: Theme) -> list[object]:
    """What axe finds, and whether the page scrolls sideways."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    options = {**DEFAULT_OPTIONS, **(OF_COLOUR if IS_LONG and theme == "dark" else {})}
    violations = Axe().run(page, options=options).response["violations"]
    broken: list[object] = [(each["id"], [node["target"] for node in each["nodes"]]) for each in violations]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*broken, "scrolls sideways"] if wide else broken


@pytest.mark.parametrize("width", [1280, 360])
def test_the_administrators_pages_about_signing_in_are_accessible(
    browser: Browser, stack: Stack, width: int
) -> None:
    context = browser.new_context(base_url=stack.url, viewport={"width": width, "height": 900})
    page = context.new_page()
    sign_in(page, "administrator@harbour.example")
    (member,) = soon(stack, "SELECT min(id) FROM accounts_membership")
    locks = "/clinic/locks/"
    for address in (locks, f"{locks}demand/", f"{locks}{member}/unlock/", f"{locks}{member}/revoke/"):
        page.goto(address)
        assert not Axe().run(page).response["violations"], address
        assert not page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
    context.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_a_gap_is_named_on_every_page_and_confirmed_on_one(
    browser: Browser, stack: Stack, width: int
) -> None:
    rows(stack, "SELECT outbox_pause(max(number), 'A gap.', NULL, NULL)::text FROM outbox_epoch")
    context = browser.new_context(
        base_url=stack.url, viewport={"width": width, "height": 900}, locale="en-GB"
    )
    page = context.new_page()
    sign_in(page, "administrator@harbour.example")
    expect(page.locator("header")).to_contain_text("A gap. No letter leaves")
    page.get_by_role("link", name="See what is missing").click()
    page.get_by_role("button", name="Let letters leave again").click()
    expect(page.locator("main")).to_contain_text("Tell them first")
    assert not Axe().run(page).response["violations"]
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Let letters leave again").click()
    page.wait_for_url("**/")
    soon(stack, "SELECT count(*) FROM outbox_epoch HAVING count(*) = count(begun_at)")
    page.reload()
    expect(page.locator("header")).not_to_contain_text("A gap.")
    context.close()


def test_a_form_with_errors_is_accessible_and_keeps_what_was_typed(pages: Page, stack: Stack) -> None:
    (pump,) = soon(stack, "SELECT id FROM patients_pump ORDER BY id LIMIT 1")
    pages.goto(f"/pumps/{pump}/refill/")
    pages.get_by_label("Filled").fill("1,000")
    pages.get_by_role("button", name="Check").click()
    assert pages.get_by_label("Filled").input_value() == "1,000"
    assert not [each for theme in THEMES for each in amiss(pages, WIDTHS[0], theme)]
