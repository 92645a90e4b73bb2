"""Every form and address, given whatever may come, as everyone: nothing breaks, slips through or becomes an element.

Seed and counts come from the environment, for `./run.py fuzz`; a failure is repeated with the seed that it names. What
every run of the tests tries is a taste, as three of them; .ci/run asks for 20 posts a form and 10 requests an address
as everyone.
"""

import csv
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.house.urls import every_address
from tests.long import some
from tests.security.asking import Answer, Browser, undone
from tests.security.forms import Forms, agree, forms, pages, press
from tests.security.pages import Form, Page
from tests.security.ranges import outside
from tests.security.slips import FORMULAS, MARK, Request, Typed, posts, requests
from tests.security.things import KINDS
from tests.security.typed import Values, likeliest, sensible
from tests.security.world import PEOPLE, World

pytestmark = pytest.mark.django_db

CHOSEN = [name for name in os.environ.get("ITB_FUZZ_PEOPLE", "").split(",") if name]
TRIED = CHOSEN or some(PEOPLE, "anonymous", "prescriber", "helper")
SEEN = some(PEOPLE, *TRIED, "administrator")
"""Whose pages are read for forms: what neither of the others sees, an administrator does."""
SEED = int(os.environ.get("ITB_FUZZ_SEED", "1"))
POSTS, REQUESTS = int(os.environ.get("ITB_FUZZ_POSTS", "2")), int(os.environ.get("ITB_FUZZ_REQUESTS", "1"))
Record = Callable[[str, object], None]
A_FORMULA = tuple(formula[0] for formula in FORMULAS)

OWED = {
    "mfa_activate_totp": "a code of the app that is being set up",
    "mfa_reauthenticate": "a code",
    "mfa_add_webauthn": "a passkey",
    "mfa_reauthenticate_webauthn": "a passkey",
    "mfa_login_webauthn": "a passkey",
    "mfa_generate_recovery_codes": "a factor that the codes stand in for",
    "patients:accept": "the code of a patient who is offered to this clinic",
    "refills:sign": "one of two buttons: tests/refills/test_sign.py presses each",
    "people:open_emergency": "a clinic that is not open to them yet",
}
"""Forms that nobody fills with sense but who holds what they ask for: tests/security/test_sign_in.py does."""


SHOWN_ONCE = {"patients:transfer", "outbox:hook"}
"""Forms whose answer is a page that shows a code or secret once: nothing to be sent on to."""


def often(times: int) -> settings:
    """So many examples, found by nothing but the seed."""
    return settings(max_examples=times, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True, slots=True)
class Product:
    """What everyone's pages hold."""

    seen: dict[str, list[Page]]
    sense: Values = field(default_factory=sensible)

    @property
    def forms(self) -> Forms:
        """Every form that someone sees."""
        return forms(page for pages in self.seen.values() for page in pages)

    def of(self, name: str) -> Forms:
        """Every form, in the very copy that this person's pages hold where they do."""
        return {**self.forms, **forms(self.seen[name])}

    @property
    def asked(self) -> list[str]:
        """Every name that stands behind a question mark."""
        return sorted({name for pages in self.seen.values() for page in pages for name in page.asked})


@pytest.fixture(scope="module")
def product(world: World, browsers: dict[str, Browser]) -> Product:
    return Product({name: list(pages(world, browsers[name], name)) for name in SEEN})


def check(answer: Answer) -> None:
    """What is so of every answer."""
    assert answer.status < 500, f"{answer.status} (seed {SEED})"
    goes = urlsplit(answer.header("Location"))
    assert goes.netloc in ("", "testserver"), "sent on to another host"
    if answer.is_html:
        assert MARK.encode() not in answer.body, f"what was typed became an element (seed {SEED})"
    if answer.header("Content-Type").startswith("text/csv"):
        for row in csv.reader(StringIO(answer.body.decode())):
            assert not [cell for cell in row if cell.startswith(A_FORMULA)], "a cell is a formula"


def follow(world: World, browser: Browser, answer: Answer) -> None:
    """After something was kept: every row is in range, and the page that shows it holds no element of the writer's."""
    amiss = outside(world.clinics)
    assert not amiss, f"kept out of range: {amiss} (seed {SEED})"
    check(browser.send("GET", answer.header("Location")))


def is_kept(answer: Answer) -> bool:
    """Whether a post was taken: it is sent on, and something was written besides the session."""
    return answer.status == 302 and bool(answer.written - {"django_session"})


@pytest.mark.parametrize("name", TRIED)
def test_whatever_is_posted_breaks_nothing_and_nothing_out_of_range_is_kept(
    name: str, world: World, product: Product, browsers: dict[str, Browser], record_property: Record
) -> None:
    counted: Counter[str] = Counter()

    def fuzz(form: Form) -> None:
        @seed(SEED)
        @often(POSTS)
        @given(posts(form, product.sense))
        def posted(typed: Typed) -> None:
            with undone():
                answer = press(browsers[name], form, typed)
                check(answer)
                counted["S5: posts to forms"] += 1
                if is_kept(answer):
                    counted["S5: posts that were kept"] += 1
                    follow(world, browsers[name], answer)

        posted()

    for form in product.of(name).values():
        fuzz(form)
    for each, count in counted.items():
        record_property(each, count)


@pytest.mark.parametrize("name", [name for name in SEEN if name != "nobody"])
def test_a_form_that_a_person_sees_is_kept_when_it_is_filled_with_sense(
    name: str, product: Product, browsers: dict[str, Browser]
) -> None:
    for label, form in forms(product.seen[name]).items():
        if label.split()[0] in OWED:
            continue
        with undone():
            answer = agree(browsers[name], form, likeliest(form, product.sense))
            is_taken = answer.status in (302, 303) or (label.split()[0] in SHOWN_ONCE and answer.written)
            assert is_taken, f"{label}: teach tests/security/typed.py its fields"
            check(answer)


@pytest.mark.parametrize("name", TRIED)
def test_whatever_is_asked_of_an_address_is_answered(
    name: str, world: World, product: Product, browsers: dict[str, Browser], record_property: Record
) -> None:
    count, names = 0, product.asked

    def fuzz(path: str, values: list[str]) -> None:
        @seed(SEED)
        @often(REQUESTS)
        @given(requests(path, values, names))
        def asked(request: Request) -> None:
            nonlocal count
            count += 1
            check(browsers[name].ask(request.method, request.path, **request.more))

        asked()

    for address in every_address():
        side = world.side(world.people[name], "own")
        values = [str(KINDS[converter].living(side)) for converter in address.converters]
        fuzz(world.path(address, world.people[name], "own"), values)
    record_property("S5: requests to addresses", count)
