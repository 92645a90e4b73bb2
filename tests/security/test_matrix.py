"""Every address, by every method, asked by everyone for what is theirs, archived, another clinic's and missing.

What must come back follows from the register of doors (tests/house/urls.py): nothing here names a view.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.house.urls import DOORS, Address, Open, every_address
from tests.long import IS_LONG
from tests.security.asking import FORM, METHODS, READING, Answer, Browser
from tests.security.things import POSTED, objects
from tests.security.world import PEOPLE, Person, Side, World

pytestmark = pytest.mark.django_db

ADDRESSES = every_address()
SIGN_IN = "/accounts/login/"
STATUS = {
    "refused": {403},
    "absent": {404},
    "served": {200, 204, 302, 303, 409, 410},
    "ended": {200, 302, 404, 409},
    "sent on": {302},
    "unconnected": {403, 404},
}
FORMS_HAVE = ("GET", "POST")
AT_ANY_TIME = {"django_session", "audit_auditevent", "accounts_cacheentry", "accounts_signin"}
"""What a request that is refused may write: the session it came in, when, that it came, and how often."""
WITHOUT_TOKEN = {"policy_report"}
"""What a browser sends by itself, without a form; it changes nothing."""

WHEN_SHOWN = {"mfa_view_recovery_codes": {"mfa_authenticator"}}
"""What being shown writes, where something is shown once."""


def named(address: Address) -> str:
    return address.name


def posted(address: Address, side: Side) -> dict[str, Any]:
    """The ids that its form carries."""
    return {name: kind.living(side) for name, kind in POSTED.get(address.name, {}).items()}


@dataclass(frozen=True, slots=True)
class Cell:
    """One question and its answer."""

    person: Person
    whose: str
    method: str
    path: str
    answer: Answer

    @property
    def words(self) -> str:
        """What to say of it where it fails."""
        return f"{self.person.name} asks {self.method} {self.path} ({self.whose}): {self.answer.status}"


def cells(address: Address, world: World, browsers: dict[str, Browser]) -> Iterator[Cell]:
    """The matrix of one address. In short, the methods that no form has are asked by one person, for what is theirs."""
    for name, whose, method in product(PEOPLE, objects(address), METHODS):
        if not (IS_LONG or method in FORMS_HAVE or (name, whose) == ("nurse", "own")):
            continue
        person = world.people[name]
        path = world.path(address, person, whose)
        body = urlencode(posted(address, world.side(person, whose))) if method not in READING else ""
        answer = browsers[name].ask(method, path, data=body, content_type=FORM)
        yield Cell(person, whose, method, path, answer)


def expected(address: Address, world: World, person: Person, whose: str) -> str:
    """What the register, and nothing else, says must come back."""
    door = DOORS[address.name]
    if isinstance(door, Open):
        is_own = person.user in (world.here.by.user, world.there.by.user) and not address.converters
        return openly(door, person, is_own=is_own)
    if person.user is None:
        return "sign in"
    if not person.may(door):
        return "refused"
    return {"own": "served", "archived": "ended"}.get(whose, "absent")


def openly(door: Open, person: Person, *, is_own: bool) -> str:
    """What an address without a permission answers."""
    if door in (Open.PERSON, Open.OWNER, Open.MEMBER) and person.user is None:
        return "sign in"
    if door is Open.OWNER and not is_own:
        return "absent"
    if door in (Open.BETWEEN, Open.HOSPITAL):
        return "sent on" if door is Open.BETWEEN else "unconnected"
    if door is Open.MEMBER and person.member is None:
        return "ended"
    return "sent on" if door is Open.VISITOR and person.user else "served"


def is_as(outcome: str, answer: Answer) -> bool:
    """Whether the answer is of that kind."""
    if outcome == "sign in":
        return answer.status == 302 and answer.header("Location").startswith(SIGN_IN)
    return answer.status in STATUS[outcome]


@pytest.mark.parametrize("address", ADDRESSES, ids=named)
def test_everyone_gets_what_is_theirs_and_no_more(
    address: Address,
    world: World,
    browsers: dict[str, Browser],
    record_property: Callable[[str, object], None],
) -> None:
    asked = list(cells(address, world, browsers))
    refusing = {cell.method for cell in asked if cell.answer.status == 405}
    for cell in asked:
        outcome = expected(address, world, cell.person, cell.whose)
        if cell.method in refusing and outcome in ("served", "ended"):
            assert cell.answer.status == 405, f"{cell.words}: a method is known to all or to nobody"
        else:
            assert is_as(outcome, cell.answer) or cell.answer.status == 405, f"{cell.words}, not {outcome}"
        if outcome != "served" or cell.method != "POST":
            may_write = AT_ANY_TIME | WHEN_SHOWN.get(address.name, set())
            assert cell.answer.written <= may_write, f"{cell.words} wrote {set(cell.answer.written)}"
    assert_like_missing(asked)
    record_property("S1: cells of the matrix", len(asked))


def assert_like_missing(asked: list[Cell]) -> None:
    """Another clinic's object, or one that was handed over to it, is byte for byte like a missing one."""
    bare = {(cell.person.name, cell.method, cell.whose): cell.answer.bare(cell.path) for cell in asked}
    for (name, method, whose), answer in bare.items():
        if whose in ("other", "moved"):
            assert answer == bare[name, method, "missing"], f"{name} asks {method}: it tells that it exists"


@pytest.mark.parametrize("address", ADDRESSES, ids=named)
def test_a_post_without_the_forms_token_is_refused(
    address: Address, world: World, browsers: dict[str, Browser]
) -> None:
    path = world.path(address, world.people["nurse"], "own")
    refused = {204} if address.name in WITHOUT_TOKEN else {403}
    for name in ("anonymous", "nurse"):
        with browsers[name].checked():
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                answer = browsers[name].ask(method, path, data="", content_type=FORM)
                assert answer.status in (refused if method == "POST" else {403, 405}), (
                    f"{name}: {method} {path}"
                )
                assert answer.written <= AT_ANY_TIME
