"""Whoever changes who belongs to a clinic, or opens another one, has shown within minutes who they are."""

import pytest
from django.test import Client
from django.urls import reverse

from itb.accounts.models import EmergencyAccess, Membership
from itb.accounts.permissions import Permission, Role
from tests.cast import Cast
from tests.house.urls import Address, addresses
from tests.pages import FormPage
from tests.security.signing_in import passes

AT_ONCE = {"people:person", "people:revoke", "people:end_emergency", "people:leave_emergency"}
"""Looking, and taking away what was given: what must not wait for a password."""
OURS = [
    each
    for each in addresses()
    if each.name.startswith("people:")
    and getattr(each.view, "permission", None) in {Permission.PEOPLE, Permission.CONFIRM}
]


@pytest.mark.parametrize("address", OURS, ids=lambda address: address.name)
def test_what_gives_a_right_demands_a_fresh_proof(address: Address) -> None:
    assert address.view.step_up == (address.name not in AT_ONCE)


def test_a_role_is_changed_only_after_a_fresh_proof_and_nothing_typed_is_lost(
    client: Client, cast: Cast
) -> None:
    page = FormPage(client, cast.administrator, reverse("people:change_role", args=[cast.coordinator.pk]))
    passes("6 minutes", "proved_at")
    answer = page.press({"role": "auditor"})
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert Membership.objects.get(pk=cast.coordinator.pk).role == Role.COORDINATOR
    passes("-6 minutes", "proved_at")
    assert client.get(page.address).context["form"]["role"].value() == "auditor"
    assert Membership.objects.get(pk=cast.coordinator.pk).role == Role.COORDINATOR


def test_a_screen_that_was_left_open_opens_no_other_clinic(client: Client, cast: Cast) -> None:
    page = FormPage(client, cast.stranger, reverse("people:open_emergency"))
    passes("6 minutes", "proved_at")
    page.press({"clinic": str(cast.clinic.pk), "reason": "A patient of yours does not wake"})
    assert not EmergencyAccess.objects.exists()
