"""Every address stands in the register with what its door demands.

What then comes back, to whom and for whose object, is `tests/security/test_matrix.py`.
"""

import pytest

from tests.house.urls import DOORS, STEPPED_UP, Address, Open, every_address
from tests.security.things import KINDS

ALL = every_address()


def named(address: Address) -> str:
    return address.name


@pytest.mark.parametrize("address", ALL, ids=named)
def test_a_door_demands_what_the_register_says(address: Address) -> None:
    assert address.name in DOORS, f"who may reach {address.name}? Write it in tests/house/urls.py"
    door = DOORS[address.name]
    assert address.permission == (None if isinstance(door, Open) else door)


def test_the_register_names_no_address_that_is_not_there() -> None:
    assert DOORS.keys() == {address.name for address in ALL}


def test_what_asks_again_who_one_is_is_what_the_register_says() -> None:
    assert {address.name for address in ALL if getattr(address.view, "step_up", False)} == STEPPED_UP


def test_no_two_addresses_share_a_name() -> None:
    assert len({address.name for address in ALL}) == len(ALL)


@pytest.mark.parametrize("address", ALL, ids=named)
def test_every_id_of_an_address_has_its_objects(address: Address) -> None:
    assert set(address.converters) <= KINDS.keys(), f"tests/security/things.py makes none for {address.name}"
