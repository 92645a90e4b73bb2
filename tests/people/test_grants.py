"""A new administrator takes two: neither the one who asks nor the one who gains it is the second."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from itb.accounts.models import Grant, Membership
from itb.accounts.permissions import Role
from itb.audit.models import AuditEvent
from itb.outbox.models import Letter
from itb.people import grants
from itb.people.guard import RefusedError
from tests.cast import Cast, join


@pytest.fixture
def second(cast: Cast) -> Membership:
    """Another administrator."""
    return join(cast.clinic, "second", Role.ADMINISTRATOR, cast.at)


def role_of(member: Membership) -> str:
    return Membership.objects.get(pk=member.pk).role


def decide(client: Client, by: Membership, grant: Grant, action: str = "confirm") -> None:
    client.force_login(by.user)
    client.post(reverse("people:decide", args=[grant.pk]), {"action": action})


def test_one_proposes_and_nothing_changes_until_another_administrator_confirms(
    client: Client, cast: Cast, second: Membership
) -> None:
    client.force_login(cast.administrator.user)
    client.post(reverse("people:ask", args=[cast.coordinator.pk]))
    grant = Grant.objects.get()
    assert role_of(cast.coordinator) == Role.COORDINATOR
    told = Letter.objects.filter(topic=f"grant:{grant.pk}").values_list("recipient", flat=True)
    assert list(told) == [second.pk]
    decide(client, second, grant)
    assert role_of(cast.coordinator) == Role.ADMINISTRATOR
    verbs = AuditEvent.objects.values_list("verb", flat=True)
    assert {"administrator.asked", "administrator.confirmed", "membership.role_changed"} <= set(verbs)


@pytest.mark.parametrize("who", ["administrator", "coordinator", "prescriber"])
def test_where_there_are_two_neither_asker_nor_gainer_nor_prescriber_is_the_second(
    client: Client, cast: Cast, second: Membership, who: str
) -> None:
    grant = cast.grant()
    decide(client, getattr(cast, who), grant)
    assert role_of(cast.coordinator) == Role.COORDINATOR


def test_where_there_is_one_administrator_a_prescriber_confirms(client: Client, cast: Cast) -> None:
    grant = cast.grant()
    decide(client, cast.administrator, grant)
    assert role_of(cast.coordinator) == Role.COORDINATOR
    client.force_login(cast.prescriber.user)
    assert (
        "Make Coordinator administrator"
        in client.get(reverse("people:decide", args=[grant.pk])).content.decode()
    )
    decide(client, cast.prescriber, grant)
    assert role_of(cast.coordinator) == Role.ADMINISTRATOR


def test_a_prescriber_does_not_confirm_themselves(client: Client, cast: Cast) -> None:
    join(cast.clinic, "more", Role.NURSE, cast.at)
    grant = grants.ask(member=cast.prescriber, by=cast.administrator, at=cast.at)
    assert not grants.confirmers(grant).exists()
    decide(client, cast.prescriber, grant)
    assert role_of(cast.prescriber) == Role.PRESCRIBER


def test_the_database_itself_refuses_one_person_as_both(cast: Cast) -> None:
    grant = cast.grant()
    for one in (cast.administrator, cast.coordinator):
        with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
            Grant.objects.filter(pk=grant.pk).update(is_confirmed=True, closed_at=cast.at, closed_by=one.user)


def test_a_declined_or_old_proposal_gives_nothing(client: Client, cast: Cast, second: Membership) -> None:
    declined = cast.grant()
    decide(client, second, declined, "decline")
    decide(client, second, declined)
    decide(client, second, declined, "decline")
    old = cast.grant()
    Grant.objects.filter(pk=old.pk).update(expires_at=cast.at - timedelta(seconds=1))
    decide(client, second, old)
    assert role_of(cast.coordinator) == Role.COORDINATOR
    assert AuditEvent.objects.filter(verb="administrator.declined").count() == 1


def test_a_proposal_is_made_anew_and_the_older_one_ends(cast: Cast, second: Membership) -> None:
    older, newer = cast.grant(), cast.grant()
    assert list(Grant.objects.open()) == [newer]
    with pytest.raises(RefusedError, match="decided already"):
        grants.confirm(grant=older, by=second, at=cast.at)


def test_nobody_proposes_themselves_or_an_administrator(cast: Cast, second: Membership) -> None:
    for member in (cast.administrator, second):
        with pytest.raises(RefusedError):
            grants.ask(member=member, by=cast.administrator, at=cast.at)


def test_a_clinic_keeps_two_who_are_told_when_a_nurse_is_proposed(client: Client, cast: Cast) -> None:
    client.force_login(cast.administrator.user)
    answer = client.post(reverse("people:ask", args=[cast.nurse.pk]), follow=True)
    assert "at least 2 must be told" in answer.content.decode()
    assert not Grant.objects.exists()


def test_one_who_has_left_meanwhile_becomes_nothing(cast: Cast, second: Membership) -> None:
    grant = cast.grant()
    Membership.objects.filter(pk=cast.coordinator.pk).update(ended_at=cast.at)
    with pytest.raises(RefusedError, match="not belong"):
        grants.confirm(grant=grant, by=second, at=cast.at)


def test_whoever_runs_the_server_is_the_second_person_of_last_resort(cast: Cast) -> None:
    words = [cast.coordinator.user.email, "--clinic", str(cast.clinic.pk)]
    with pytest.raises(CommandError, match="Nobody has proposed"):
        call_command("confirm_administrator", *words)
    cast.grant()
    call_command("confirm_administrator", *words, stdout=StringIO())
    assert role_of(cast.coordinator) == Role.ADMINISTRATOR
    assert AuditEvent.objects.get(verb="administrator.confirmed").by_id is None
