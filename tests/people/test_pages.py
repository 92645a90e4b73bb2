"""What everyone of a clinic reads about its people, and which clinic is open."""

import pytest
from django.test import Client
from django.urls import reverse

from itb.accounts.permissions import PARTS, Role
from tests.cast import Cast
from tests.house.urls import addresses

PAGES = [
    each
    for each in addresses()
    if getattr(each.view, "permission", None) == "patient.view" and not each.converters
]


def text(client: Client, name: str) -> str:
    return client.get(reverse(name)).content.decode()


@pytest.mark.parametrize("role", Role)
def test_everyone_of_the_clinic_reads_every_role_from_data(client: Client, cast: Cast, role: Role) -> None:
    client.force_login(getattr(cast, role.value).user)
    found = text(client, "people:roles")
    for each, part in PARTS.items():
        assert f"<code>{each.value}</code>" in found
        assert part.sentence.replace("'", "&#x27;") in found
        for permission in part.may:
            assert permission.value in found


@pytest.mark.parametrize("role", Role)
def test_everyone_reads_who_belongs_and_only_an_administrator_may_change_it(
    client: Client, cast: Cast, role: Role
) -> None:
    client.force_login(getattr(cast, role.value).user)
    found = text(client, "people:list")
    for member in (cast.nurse, cast.prescriber, cast.coordinator, cast.administrator, cast.auditor):
        assert member.user.email in found
    assert cast.stranger.user.email not in found
    assert ("Invite a person" in found) == (role == Role.ADMINISTRATOR)


def test_one_who_has_left_is_listed_as_such(client: Client, cast: Cast) -> None:
    cast.coordinator.ended_at = cast.at
    cast.coordinator.save()
    client.force_login(cast.nurse.user)
    found = text(client, "people:list")
    assert "Belonged to it before" in found
    assert cast.coordinator.user.email not in found


@pytest.mark.parametrize("address", PAGES, ids=lambda address: address.name)
def test_a_person_of_two_clinics_reads_on_each_page_which_is_open(
    client: Client, cast: Cast, address: object
) -> None:
    cast.nurse_works_there_too()
    client.force_login(cast.nurse.user)
    for clinic in (cast.stranger.clinic, cast.clinic):
        client.post(reverse("accounts:switch"), {"clinic": clinic.pk})
        answer = client.get(address.path(1), follow=True)  # type: ignore[attr-defined]
        if answer.status_code != 405:
            assert f"<summary>{clinic.name}</summary>" in answer.content.decode()
