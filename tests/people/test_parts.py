"""Another role, leaving, an account switched off: it holds at once, and nothing stays in the hands of who is gone."""

import threading
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from alerts.models import Alert, AlertEvent
from alerts.services import acknowledge_alert
from itb.accounts.models import Clinic, Grant, Invitation, Membership, User
from itb.accounts.permissions import Role
from itb.accounts.services import start_membership
from itb.audit.models import AuditEvent
from itb.outbox.models import Letter
from itb.people import grants, invitations, parts
from itb.people.guard import RefusedError
from itb.pool import forget
from itb.walls import enter, inside
from patients.models import Pump
from tests.alerts.test_sweep import swept
from tests.cast import Cast, join
from tests.pages import FormPage

CLOSED = (302, 403)


@pytest.fixture
def second(cast: Cast) -> Membership:
    """One more nurse, so that one can go."""
    return join(cast.clinic, "second", Role.NURSE, cast.at)


@pytest.fixture
def alert(cast: Cast, pump: Pump) -> Alert:
    """An alert that everyone who is told owes a look."""
    cast.refill(pump, days_ago=1, withdrawn_ml=0)
    return swept(pump)


def page(client: Client, cast: Cast, verb: str, member: Membership) -> FormPage:
    return FormPage(client, cast.administrator, reverse(f"people:{verb}", args=[member.pk]))


def letters_to(member: Membership, state: str = "pending") -> set[str]:
    return set(Letter.objects.filter(recipient=member, state=state).values_list("topic", flat=True))


def test_another_role_holds_from_the_next_page_on(client: Client, cast: Cast, second: Membership) -> None:
    theirs = Client()
    theirs.force_login(cast.coordinator.user)
    assert theirs.get(reverse("patients:register")).status_code == 200
    answer = page(client, cast, "change_role", cast.coordinator).press({"role": "auditor"})
    assert "auditor" in client.get(answer["Location"]).content.decode()
    assert theirs.get(reverse("patients:register")).status_code == 403
    assert AuditEvent.objects.filter(
        verb="membership.role_changed", by_id=cast.administrator.user_id
    ).exists()


def test_an_ended_part_closes_the_clinic_with_the_next_page(client: Client, cast: Cast) -> None:
    theirs = Client()
    theirs.force_login(cast.coordinator.user)
    assert theirs.get("/").status_code == 200
    page(client, cast, "end", cast.coordinator).press({})
    assert theirs.get("/").status_code == 403
    assert User.objects.get(pk=cast.coordinator.user_id).is_active
    assert client.get(reverse("people:end", args=[cast.coordinator.pk])).status_code == 404


def test_a_switched_off_account_is_out_with_the_next_page(client: Client, cast: Cast) -> None:
    theirs = Client()
    theirs.force_login(cast.coordinator.user)
    assert theirs.get("/").status_code == 200
    page(client, cast, "deactivate", cast.coordinator).press({})
    assert theirs.get("/")["Location"].startswith(reverse("account_login"))
    verbs = AuditEvent.objects.filter(clinic_id=cast.clinic.pk).values_list("verb", flat=True)
    assert {"membership.ended", "person.deactivated"} <= set(verbs)


def test_what_a_leaver_had_acknowledged_goes_to_the_one_who_is_named_and_told(
    client: Client, cast: Cast, second: Membership, alert: Alert
) -> None:
    acknowledge_alert(alert=alert, note="Calling the ward", by=cast.nurse, at=cast.at)
    before = alert.events.count()
    page(client, cast, "end", cast.nurse).press({"successor": str(second.pk)})
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by) == (Alert.State.ACKNOWLEDGED, second.user)
    assert "Calling the ward" in alert.note
    assert alert.events.count() == before + 1
    assert alert.events.filter(verb=AlertEvent.Verb.HANDED_OVER, by=cast.administrator.user).exists()
    assert f"alert:{alert.pk}" in letters_to(second)
    assert f"alert:{alert.pk}" not in letters_to(cast.prescriber)


def test_without_a_name_it_opens_again_and_everyone_who_is_told_hears_of_it(
    client: Client, cast: Cast, second: Membership, alert: Alert
) -> None:
    acknowledge_alert(alert=alert, note="Calling the ward", by=cast.nurse, at=cast.at)
    page(client, cast, "deactivate", cast.nurse).press({})
    alert.refresh_from_db()
    assert alert.state == Alert.State.OPEN
    assert f"alert:{alert.pk}" in letters_to(second) & letters_to(cast.prescriber)
    assert f"alert:{alert.pk}" not in letters_to(cast.nurse)


def test_letters_that_had_not_reached_a_leaver_reach_the_one_who_follows(
    client: Client, cast: Cast, second: Membership, alert: Alert
) -> None:
    late = join(cast.clinic, "late", Role.NURSE, cast.at)  # came after the letters were written
    assert letters_to(cast.nurse)
    assert not letters_to(late)
    told = Letter.objects.filter(recipient=cast.prescriber).count()
    page(client, cast, "end", cast.nurse).press({"successor": str(late.pk)})
    assert not letters_to(cast.nurse)
    assert letters_to(late) == letters_to(cast.nurse, "superseded")
    assert Letter.objects.filter(recipient=cast.prescriber).count() == told


def test_a_successor_who_was_told_already_is_not_told_twice(
    client: Client, cast: Cast, second: Membership, alert: Alert
) -> None:
    before = Letter.objects.filter(recipient=cast.prescriber).count()
    page(client, cast, "end", cast.nurse).press({"successor": str(cast.prescriber.pk)})
    assert Letter.objects.filter(recipient=cast.prescriber).count() == before


def test_a_role_without_alerts_hands_them_over_too(cast: Cast, second: Membership, alert: Alert) -> None:
    acknowledge_alert(alert=alert, note="Mine", by=cast.nurse, at=cast.at)
    parts.change_role(
        member=cast.nurse, role=Role.COORDINATOR, successor=None, by=cast.administrator, at=cast.at
    )
    alert.refresh_from_db()
    assert alert.acknowledged_by == cast.nurse.user, "a coordinator may have an alert in hand"
    parts.change_role(
        member=cast.nurse, role=Role.AUDITOR, successor=second, by=cast.administrator, at=cast.at
    )
    alert.refresh_from_db()
    assert alert.acknowledged_by == second.user


@pytest.mark.parametrize("verb", ["end", "deactivate", "change_role"])
def test_a_clinic_keeps_two_people_who_are_told(client: Client, cast: Cast, verb: str) -> None:
    answer = page(client, cast, verb, cast.nurse).press({"role": "auditor"})
    assert "at least 2 must be told" in answer.content.decode()
    cast.nurse.refresh_from_db()
    assert (cast.nurse.ended_at, cast.nurse.role) == (None, Role.NURSE)
    assert not AuditEvent.objects.filter(verb__in=["membership.ended", "person.deactivated"]).exists()


def test_from_nurse_to_prescriber_nobody_is_missed(client: Client, cast: Cast, alert: Alert) -> None:
    before = letters_to(cast.nurse)
    page(client, cast, "change_role", cast.nurse).press({"role": "prescriber"})
    cast.nurse.refresh_from_db()
    assert cast.nurse.role == Role.PRESCRIBER
    assert letters_to(cast.nurse) == before


@pytest.mark.parametrize("verb", ["end", "deactivate", "change_role"])
def test_a_clinic_keeps_an_administrator(client: Client, cast: Cast, verb: str) -> None:
    answer = page(client, cast, verb, cast.administrator).press({"role": "auditor"})
    assert "only administrator" in answer.content.decode()
    assert client.get("/").status_code == 200


def test_a_person_of_another_clinic_too_is_not_switched_off_from_here(client: Client, cast: Cast) -> None:
    with inside(cast.stranger.clinic_id):
        Membership.objects.create(
            user=cast.coordinator.user, clinic=cast.stranger.clinic, role=Role.AUDITOR, started_at=cast.at
        )
    answer = page(client, cast, "deactivate", cast.coordinator).press({}).content.decode()
    assert "another clinic" in answer
    assert cast.stranger.clinic.name not in answer
    assert User.objects.get(pk=cast.coordinator.user_id).is_active
    page(client, cast, "end", cast.coordinator).press({})
    cast.coordinator.refresh_from_db()
    assert cast.coordinator.ended_at is not None


def test_what_a_leaving_administrator_had_begun_ends(cast: Cast) -> None:
    invitation, grant = cast.invitation(), cast.grant()
    other = join(cast.clinic, "other", Role.ADMINISTRATOR, cast.at)
    parts.end_part(member=cast.administrator, successor=None, by=other, at=cast.at)
    assert not Invitation.objects.open().filter(pk=invitation.pk).exists()
    assert not Grant.objects.open().filter(pk=grant.pk).exists()


def test_one_who_has_left_since_the_door_takes_nothing_in_hand(cast: Cast, alert: Alert) -> None:
    join(cast.clinic, "more", Role.NURSE, cast.at)
    parts.end_part(member=cast.nurse, successor=None, by=cast.administrator, at=cast.at)
    with pytest.raises(PermissionDenied):
        acknowledge_alert(alert=alert, note="Mine", by=cast.nurse, at=cast.at)


@pytest.mark.parametrize("now", [Role.NURSE, None])
@pytest.mark.parametrize("act", ["invite", "ask", "change_role", "end_part"])
def test_one_who_is_administrator_no_more_since_the_door_changes_nobody(
    cast: Cast, second: Membership, act: str, now: Role | None
) -> None:
    before, other = cast.administrator, join(cast.clinic, "other boss", Role.ADMINISTRATOR, cast.at)
    member = Membership.objects.get(pk=before.pk)
    if now:
        parts.change_role(member=member, role=now, successor=None, by=other, at=cast.at)
    else:
        parts.end_part(member=member, successor=None, by=other, at=cast.at)
    acts: dict[str, Callable[[], object]] = {
        "invite": lambda: invitations.invite(email="x@quay.example", role=Role.NURSE, by=before, at=cast.at),
        "ask": lambda: grants.ask(member=second, by=before, at=cast.at),
        "change_role": lambda: parts.change_role(
            member=second, role=Role.AUDITOR, successor=None, by=before, at=cast.at
        ),
        "end_part": lambda: parts.end_part(member=second, successor=None, by=before, at=cast.at),
    }
    with pytest.raises(PermissionDenied):
        acts[act]()


def test_one_who_has_left_meanwhile_is_said(cast: Cast) -> None:
    parts.end_part(member=cast.coordinator, successor=None, by=cast.administrator, at=cast.at)
    with pytest.raises(RefusedError, match="not belong"):
        parts.change_role(
            member=cast.coordinator, role=Role.AUDITOR, successor=None, by=cast.administrator, at=cast.at
        )


def test_no_one_person_makes_an_administrator(cast: Cast) -> None:
    with pytest.raises(RefusedError, match="two people"):
        parts.change_role(
            member=cast.coordinator,
            role=Role.ADMINISTRATOR,
            successor=None,
            by=cast.administrator,
            at=cast.at,
        )
    cast.coordinator.refresh_from_db()
    assert cast.coordinator.role == Role.COORDINATOR


def test_the_form_offers_no_administrator_and_no_successor_who_could_not_act(
    client: Client, cast: Cast
) -> None:
    form: Any = page(client, cast, "change_role", cast.nurse)
    for role in ("administrator", "owner", "", "nurse"):
        assert form.errors({"role": role})["role"]
    for successor in (cast.nurse, cast.auditor, cast.stranger, Clinic(pk=0)):
        assert "successor" in form.errors({"role": "auditor", "successor": str(successor.pk)})


def test_the_person_page_says_what_they_have_in_hand(client: Client, cast: Cast, alert: Alert) -> None:
    acknowledge_alert(alert=alert, note="Mine", by=cast.nurse, at=cast.at)
    client.force_login(cast.administrator.user)
    found = client.get(reverse("people:person", args=[cast.nurse.pk])).content.decode()
    assert "1 alert acknowledged" in found


@pytest.mark.django_db(transaction=True)
def test_of_two_who_are_let_go_at_once_one_stays(cast: Cast) -> None:
    join(cast.clinic, "second", Role.NURSE, cast.at)
    barrier, ended = threading.Barrier(2), []

    def let_go(member: Membership) -> None:
        enter(cast.clinic.pk, None)
        barrier.wait()
        try:
            parts.end_part(member=member, successor=None, by=cast.administrator, at=cast.at)
            ended.append(member)
        except RefusedError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=let_go, args=[member]) for member in (cast.nurse, cast.prescriber)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 1
    assert Membership.objects.told().count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_account_is_switched_off_in_every_clinic_from_the_command_line(cast: Cast) -> None:
    user = cast.coordinator.user
    with inside(cast.stranger.clinic_id):
        start_membership(user=user, clinic=cast.stranger.clinic, role=Role.AUDITOR, by=None, at=cast.at)
    forget(connection.connection)  # as the command finds it
    call_command("deactivate_person", user.email.upper(), stdout=StringIO())
    user.refresh_from_db()
    assert not user.is_active
    for clinic in (cast.clinic, cast.stranger.clinic):
        with inside(clinic.pk):
            assert not Membership.objects.filter(user=user, clinic=clinic, ended_at=None).exists()
            assert AuditEvent.objects.filter(verb="membership.ended", by_id=None).exists()
    with pytest.raises(CommandError, match="no active account"):
        call_command("deactivate_person", user.email)


def test_from_the_command_line_too_a_clinic_keeps_two_who_are_told(cast: Cast) -> None:
    with pytest.raises(CommandError, match="at least 2 must be told"):
        call_command("deactivate_person", cast.nurse.user.email)
    cast.nurse.user.refresh_from_db()
    assert cast.nurse.user.is_active
