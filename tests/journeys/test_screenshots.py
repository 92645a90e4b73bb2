"""The pictures of README and docs show pages that are there; `./run.py screenshots` takes them anew."""

import os

import pytest
from playwright.sync_api import Page, expect

from itb.local.stack import Stack
from tests.journeys.conftest import soon
from tests.journeys.pictures import FOLDER, PICTURES

pytestmark = pytest.mark.stack

WATCHED = (
    "SELECT 1 FROM outbox_heartbeat HAVING count(*) FILTER (WHERE name IN ('sweep', 'drain', 'anchor')) = 3"
)
"""Once each cycle has finished, no page carries the banner of an engine that has just been started."""


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_shows_the_page_as_it_is(page: Page, stack: Stack, name: str) -> None:
    """With ITB_SCREENSHOTS=1 it is taken anew; without, the one that is kept must be of such a page and size."""
    picture = PICTURES[name]
    soon(stack, WATCHED)
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    found = soon(stack, picture.query) if picture.query else ()
    page.goto(picture.address.format(*found))
    for word in picture.words:
        expect(page.locator("main")).to_contain_text(word)
    fresh = page.screenshot()
    if os.environ.get("ITB_SCREENSHOTS"):
        (FOLDER / name).write_bytes(fresh)
    kept = (FOLDER / name).read_bytes()
    assert kept[16:24] == fresh[16:24], "width and height, from the head of a PNG"
