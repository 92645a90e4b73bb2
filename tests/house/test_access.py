"""Every address asks who you are; one with an id exists only for those who may see the object."""

import re

import pytest
from django.test import Client

from itb.accounts.models import Membership
from itb.accounts.permissions import PARTS, Permission, Role
from itb.walls import inside
from patients.models import Pump
from refills.models import Projection
from tests.alerts.test_sweep import swept
from tests.cast import Cast
from tests.house.urls import PUBLIC, SIGNED_IN, Address, addresses

ALL = addresses()
OURS = [address for address in ALL if address.name not in PUBLIC | SIGNED_IN]
WITH_ID = [address for address in OURS if address.converters]
NOBODY = 999_999_999


def named(address: Address) -> str:
    return address.name


def number_of(address: Address, pump: Pump, cast: Cast) -> int:
    """The id of an object of the right kind that belongs to the cast's own clinic."""
    (converter,) = address.converters
    numbers = {"pump_id": pump.pk, "patient_id": pump.patient_id}
    people = {"member_id": lambda: cast.coordinator, "invitation_id": cast.invitation, "grant_id": cast.grant}
    made = {**people, "access_id": cast.emergency}
    if converter in made:
        return int(made[converter]().pk)
    return numbers[converter] if converter in numbers else swept(pump).pk


def part_that_may(permission: Permission, member: Membership) -> Membership:
    """The person, in a role that the door lets in."""
    member.role = next(role for role in Role if permission in PARTS[role].may)
    with inside(member.clinic_id):
        member.save()
    return member


def without_token(page: bytes) -> bytes:
    """The same page for the same session: only the mask of its form token is new each time."""
    return re.sub(rb"\b[A-Za-z0-9]{64}\b", b"", page)


@pytest.mark.parametrize("address", OURS, ids=named)
def test_every_view_demands_a_permission(address: Address) -> None:
    assert hasattr(address.view, "permission"), f"{address.name} can be reached without a permission"


@pytest.mark.parametrize("address", OURS, ids=named)
def test_who_has_not_signed_in_is_asked_to(address: Address, client: Client, db: None) -> None:
    for method in (client.get, client.post):
        response = method(address.path(1))
        assert response.status_code in (302, 405)
        assert response.status_code == 405 or response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("address", WITH_ID, ids=named)
def test_to_the_stranger_another_clinics_object_is_like_a_missing_one(
    address: Address, client: Client, cast: Cast, pump: Pump
) -> None:
    Projection.objects.filter(pump=pump).update(alarm_at=cast.at, earliest_empty_at=cast.at)
    number = number_of(address, pump, cast)
    client.force_login(part_that_may(address.view.permission, cast.stranger).user)
    for method in (client.get, client.post):
        theirs, missing = method(address.path(number)), method(address.path(NOBODY))
        assert theirs.status_code == missing.status_code
        assert theirs.status_code in (404, 405)
        assert without_token(theirs.content) == without_token(missing.content)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("address", OURS, ids=named)
def test_a_part_without_the_permission_is_refused(
    address: Address, role: Role, client: Client, cast: Cast, pump: Pump
) -> None:
    if address.view.permission in PARTS[role].may:
        return
    member: Membership = getattr(cast, role.value)
    client.force_login(member.user)
    for method in (client.get, client.post):
        assert method(address.path(pump.pk)).status_code in (403, 405)


def test_an_address_that_nobody_guards_is_named_here() -> None:
    assert {address.name for address in ALL if not hasattr(address.view, "permission")} <= PUBLIC | SIGNED_IN
