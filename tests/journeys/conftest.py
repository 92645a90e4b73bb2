"""Journeys: a real browser against the whole stack, each process as in `./run.py up`."""

import os
import shutil
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from itb.local.grown import grown
from itb.local.postgres import throw_away
from itb.local.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# A user's machine may lack both: the journeys are then not collected, which `./run.py test` says. CI has them or fails.
if not os.environ.get("CI") and not (find_spec("playwright") and shutil.which("chromium")):
    collect_ignore_glob = ["test_*.py"]

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Web, worker, beat, PostgreSQL, Valkey and the mail sink, with the demo clinics."""
    folder = tmp_path_factory.mktemp("stack")
    with Stack(folder, demo=True, durable=False, seed=grown()) as stack:
        yield stack
    throw_away(folder / "postgres")


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium."""
    # Playwright's own loop makes Django think it runs inside asyncio.
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "Browser", stack: Stack) -> "Iterator[Page]":
    """A window of 1280 px, signed in as the nurse."""
    context = browser.new_context(base_url=stack.url, viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    sign_in(page, "nurse@harbour.example")
    yield page
    context.close()


def sign_in(page: "Page", email: str) -> None:
    """Through the front door."""
    page.goto("/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("keep-the-pumps-running")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def rows(stack: Stack, query: str, *values: object) -> list[tuple[object, ...]]:
    """What the database holds, read past the product."""
    with psycopg.connect(stack.owner_url) as connection:
        return connection.execute(query, values).fetchall()


def soon(stack: Stack, query: str, *values: object) -> tuple[object, ...]:
    """The first row, as soon as a worker has made it."""
    until = time.monotonic() + 60
    while not (found := rows(stack, query, *values)):
        assert time.monotonic() < until, query
        time.sleep(0.5)
    return found[0]


def letters(stack: Stack) -> list[str]:
    """Every message that arrived, as text."""
    return [path.read_text() for path in sorted(Path(stack.mailbox).glob("[!.]*.eml"))]
