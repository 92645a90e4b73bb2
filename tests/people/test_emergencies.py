"""In an emergency another clinic opens: to read, for an hour, with a reason, and before everyone's eyes."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from itb.accounts.models import EmergencyAccess, Membership
from itb.accounts.permissions import EMERGENCY, PARTS, Permission, Role
from itb.accounts.services import end_membership
from itb.audit.models import AuditEvent
from itb.outbox.models import Letter
from itb.walls import inside
from patients.models import Pump
from tests.cast import Cast, join
from tests.house.urls import addresses
from tests.pages import FormPage

REASON = "A patient of yours is here and does not wake"
CHANGES = [
    each for each in addresses() if getattr(each.view, "permission", None) not in {None, *EMERGENCY.may}
]


@pytest.fixture
def helper(client: Client, cast: Cast) -> Client:
    """The stranger's browser, with the clinic open in an emergency."""
    page = FormPage(client, cast.stranger, reverse("people:open_emergency"))
    answer = page.press({"clinic": str(cast.clinic.pk), "reason": REASON})
    assert answer["Location"] == reverse("dashboard:worklist")
    return client


def an_hour_passes(cast: Cast) -> None:
    EmergencyAccess.objects.update(opened_at=cast.ago(0.05), expires_at=cast.ago(0.001))


def chart(pump: Pump) -> str:
    return reverse("dashboard:chart", args=[pump.patient_id])


def test_a_stranger_reads_the_clinic_and_each_page_says_so_loudly(
    helper: Client, cast: Cast, pump: Pump
) -> None:
    for address in (chart(pump), "/", reverse("alerts:list"), reverse("dashboard:clinic"), "/nowhere/"):
        found = helper.get(address).content.decode()
        assert f"Emergency access to {cast.clinic.name} until" in found, address
    assert helper.get(chart(pump)).status_code == 200


def test_without_it_the_clinic_stays_closed(client: Client, cast: Cast, pump: Pump) -> None:
    client.force_login(cast.stranger.user)
    assert client.get(chart(pump)).status_code == 404


@pytest.mark.parametrize("address", CHANGES, ids=lambda address: address.name)
def test_it_changes_nothing(helper: Client, cast: Cast, pump: Pump, address: object) -> None:
    path = address.path(pump.pk)  # type: ignore[attr-defined]
    assert helper.get(path).status_code in (403, 405)
    assert helper.post(path).status_code in (403, 405)


def test_it_lends_no_more_than_a_nurse_may_read() -> None:
    assert EMERGENCY.may == {Permission.VIEW, Permission.LETTERS}
    assert EMERGENCY.may < PARTS[Role.NURSE].may


def test_the_clinics_people_are_told_at_once(helper: Client, cast: Cast) -> None:
    access = EmergencyAccess.objects.get()
    letters = Letter.objects.filter(topic=f"emergency:{access.pk}", is_critical=True)
    told = {cast.nurse.pk, cast.prescriber.pk, cast.administrator.pk}
    assert set(letters.values_list("recipient", flat=True)) == told


def test_it_stands_in_the_trail_and_on_the_page_of_people_with_its_reason(helper: Client, cast: Cast) -> None:
    access = EmergencyAccess.objects.get()
    event = AuditEvent.objects.get(verb="emergency.opened")
    assert (event.clinic_id, event.by_id) == (cast.clinic.pk, cast.stranger.user_id)
    assert (event.subject_id, access.reason) == (access.pk, REASON)
    theirs = Client()
    for member, page in ((cast.nurse, "people:list"), (cast.auditor, "dashboard:trail")):
        theirs.force_login(member.user)
        found = theirs.get(reverse(page)).content.decode()
        assert REASON in found
        assert cast.stranger.user.name in found


def test_while_it_lasts_each_page_of_the_clinic_says_so(helper: Client, cast: Cast) -> None:
    theirs = Client()
    theirs.force_login(cast.coordinator.user)
    words = "opened this clinic in an emergency"
    assert words in theirs.get("/").content.decode()
    an_hour_passes(cast)
    assert words not in theirs.get("/").content.decode()


def test_what_it_shows_leaves_a_trace_in_the_clinics_trail(helper: Client, cast: Cast, pump: Pump) -> None:
    helper.get(chart(pump))
    seen = AuditEvent.objects.get(verb="chart.seen")
    assert (seen.clinic_id, seen.by_id) == (cast.clinic.pk, cast.stranger.user_id)


def test_it_ends_by_itself(helper: Client, cast: Cast, pump: Pump) -> None:
    access = EmergencyAccess.objects.get()
    assert access.expires_at - access.opened_at == timedelta(minutes=60)
    an_hour_passes(cast)
    assert helper.get(chart(pump)).status_code == 404
    assert "Emergency access to" not in helper.get("/").content.decode()


def test_it_is_ended_early_by_the_one_who_opened_it(helper: Client, cast: Cast, pump: Pump) -> None:
    helper.post(reverse("accounts:switch"), {"clinic": cast.stranger.clinic_id})
    assert "Emergency access to" in helper.get("/").content.decode(), "in one's own clinic it is still said"
    helper.post(reverse("people:leave_emergency"))
    assert helper.get(chart(pump)).status_code == 404
    assert EmergencyAccess.objects.get().ended_by == cast.stranger.user
    assert AuditEvent.objects.filter(verb="emergency.ended").exists()


def test_it_is_ended_early_by_an_administrator_of_the_clinic(helper: Client, cast: Cast, pump: Pump) -> None:
    access = EmergencyAccess.objects.get()
    theirs = Client()
    theirs.force_login(cast.nurse.user)
    assert theirs.post(reverse("people:end_emergency", args=[access.pk])).status_code == 403
    theirs.force_login(cast.administrator.user)
    for _ in range(2):
        theirs.post(reverse("people:end_emergency", args=[access.pk]))
    assert helper.get(chart(pump)).status_code == 404
    assert AuditEvent.objects.filter(verb="emergency.ended").count() == 1


def test_it_ends_with_the_session_and_opens_no_other(helper: Client, cast: Cast, pump: Pump) -> None:
    other = Client()
    other.force_login(cast.stranger.user)
    assert other.get(chart(pump)).status_code == 404
    helper.logout()
    helper.force_login(cast.stranger.user)
    assert helper.get(chart(pump)).status_code == 404


def test_it_ends_with_the_last_part_that_one_has_oneself(helper: Client, cast: Cast, pump: Pump) -> None:
    with inside(cast.stranger.clinic_id):
        end_membership(member=cast.stranger, by=None, at=cast.at)
    assert helper.get(chart(pump)).status_code == 403


def test_somebody_elses_access_in_ones_session_opens_nothing(helper: Client, cast: Cast, pump: Pump) -> None:
    other = join(cast.stranger.clinic, "other", Role.NURSE, cast.at)
    helper.force_login(other.user)
    session = helper.session
    session["emergency"], session["clinic"] = EmergencyAccess.objects.get().pk, cast.clinic.pk
    session.save()
    assert helper.get(chart(pump)).status_code == 404


def test_one_who_helps_is_no_member(helper: Client, cast: Cast) -> None:
    assert not Membership.objects.filter(clinic=cast.clinic, user=cast.stranger.user).exists()
    cast.refill(cast.running_pump(), days_ago=1, withdrawn_ml=0)
    assert not Letter.objects.filter(topic__startswith="alert:", recipient__user=cast.stranger.user).exists()


@pytest.mark.parametrize("reason", ["", "   ", "urgent", "x" * 501])
def test_a_reason_is_written_out(client: Client, cast: Cast, reason: str) -> None:
    page = FormPage(client, cast.stranger, reverse("people:open_emergency"))
    assert "reason" in page.errors({"clinic": str(cast.clinic.pk), "reason": reason})
    assert not EmergencyAccess.objects.exists()


def test_ones_own_clinic_needs_no_emergency(client: Client, cast: Cast) -> None:
    page = FormPage(client, cast.nurse, reverse("people:open_emergency"))
    assert "clinic" in page.errors({"clinic": str(cast.clinic.pk), "reason": REASON})
