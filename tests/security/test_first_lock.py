"""The scopes alone: asked as the tables' owner, before whom no wall stands, another clinic's objects are not there."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, connections
from django.urls import resolve

from itb import walls
from tests.house.urls import Address, every_address
from tests.security.asking import Browser, undone
from tests.security.forms import pages, press
from tests.security.prying import pry
from tests.security.typed import likeliest, sensible
from tests.security.world import World

pytestmark = pytest.mark.django_db

ADDRESSES = every_address()


@pytest.fixture(scope="module", autouse=True)
def _as_the_owner(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The application signs in as the owner, and nothing refuses it."""
    default, owner = connections["default"], connections["owner"]
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(walls, "refuse_wrong_role", lambda: None)
        patch.setitem(default.settings_dict, "USER", owner.settings_dict["USER"])
        _sign_in_anew()
        yield
    _sign_in_anew()


def _sign_in_anew() -> None:
    connection.close()
    connection.close_pool()


def test_no_wall_stands(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, count(*) FROM patients_patient")
        assert cursor.fetchone() == ("itb_owner", 10)


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
def test_a_scope_shows_nothing_of_another_clinic(
    address: Address, world: World, browsers: dict[str, Browser]
) -> None:
    pry(address, world, browsers)


@pytest.mark.parametrize(
    ("view", "who", "theirs"),
    [
        (
            "patients:register",
            "nurse",
            {
                "family_name": "Farliving",
                "given_name": "Zed",
                "birth_date": "1980-01-01",
                "serial": "Far1001",
            },
        ),
        ("patients:add_model", "administrator", {"name": "Far 30"}),
        ("refills:add_product", "administrator", {"name": "Far bag"}),
    ],
)
def test_what_another_clinic_has_already_is_in_nobodys_way(
    view: str, who: str, theirs: dict[str, str], world: World, browsers: dict[str, Browser]
) -> None:
    """A name, a serial number that is refused because it is known elsewhere would tell that it is known."""
    (form,) = (
        form
        for page in pages(world, browsers[who], who)
        for form in page.forms
        if resolve(urlsplit(form.action).path).view_name == view and set(theirs) <= set(form.names)
    )
    typed = likeliest(form, sensible()) | {name: [value] for name, value in theirs.items()}
    typed.pop("is_another", None)
    with undone():
        assert press(browsers[who], form, typed).status == 302
