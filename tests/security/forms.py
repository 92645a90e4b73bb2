"""Every form of the product, found by opening every page as everyone; and a press on one, as a browser presses."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlencode, urlsplit

from django.urls import resolve

from tests.house.urls import every_address
from tests.security.asking import FORM, Answer, Browser
from tests.security.pages import Form, Page, read
from tests.security.world import World

Typed = Mapping[str, Sequence[str | bytes]]


Forms = dict[str, Form]
"""By where each goes and what it asks."""


def pages(world: World, browser: Browser, name: str) -> Iterator[Page]:
    """Every page that opens for one person."""
    for address in every_address():
        path = world.path(address, world.people[name], "own")
        for each in dict.fromkeys((path, urlsplit(path).path)):
            answer = browser.ask("GET", each)
            if answer.status == 200 and answer.is_html:
                yield read(answer.body, each)


def forms(pages: Iterable[Page]) -> Forms:
    """Each form that keeps something, once."""
    return {
        f"{resolve(urlsplit(form.action).path).view_name} ({', '.join(form.names)})": form
        for page in pages
        for form in page.forms
        if form.method == "post"
    }


def encoded(typed: Typed) -> str:
    """As a browser sends it."""
    return urlencode([(name, value) for name, values in typed.items() for value in values])


def agree(browser: Browser, form: Form, typed: Typed) -> Answer:
    """Press as someone does who also ticks that a date may move later, where the page that comes asks for it."""
    answer = press(browser, form, typed)
    if answer.status != 200 or not answer.is_html or b"accepts_later" not in answer.body:
        return answer
    again = [each for each in read(answer.body, form.action).forms if each.action == form.action]
    asked = [each for page in again for each in page.fields if each.name == "accepts_later" and each.value]
    ticks = {each.name: [each.value] for each in asked}
    return press(browser, form, {**typed, **ticks}) if ticks else answer


def press(browser: Browser, form: Form, typed: Typed) -> Answer:
    """Post it; where the page asks to look again and offers a button that says what was seen, press that too."""
    first = browser.send("POST", form.action, data=encoded(typed), content_type=FORM)
    if first.status != 200 or not first.is_html or b'name="seen"' not in first.body:
        return first
    again = [each for each in read(first.body, form.action).forms if each.action == form.action]
    offered = [button for each in again for button in each.buttons if button not in form.buttons]
    if not offered or "seen" not in dict(offered):
        return first
    seen = {"seen": [dict(offered)["seen"]]}
    return browser.send("POST", form.action, data=encoded({**typed, **seen}), content_type=FORM)
