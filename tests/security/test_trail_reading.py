"""S9, row 83: whoever is shown a patient's page leaves one row in the trail, on every address there is."""

import pytest
from django.test import Client

from itb.accounts.models import Membership
from itb.accounts.permissions import PARTS, Role
from itb.accounts.traces import NOT_OF_A_PATIENT, SHOWING, NobodyNamedError, shown
from itb.audit.models import AuditEvent
from itb.audit.sentences import SENTENCES
from itb.dashboard import views
from patients.models import Pump
from tests.cast import Cast
from tests.house.objects import WITH_ID, named, number_of
from tests.house.urls import Address

OF_A_PATIENT = [
    address
    for address in WITH_ID
    if hasattr(address.view, "permission")  # a hospital's sign-in numbers a provider, and shows nobody
    and {name for name in address.converters if name.endswith("_id")} - NOT_OF_A_PATIENT
]


def who_may(cast: Cast, address: Address) -> Membership:
    """Someone of the clinic who may open it."""
    role = next(role for role in Role if address.view.permission in PARTS[role].may)
    member: Membership = getattr(cast, role.value)
    return member


def test_there_are_addresses_that_show_a_patient() -> None:
    assert {"dashboard:chart", "refills:record", "alerts:acknowledge"} <= {each.name for each in OF_A_PATIENT}


@pytest.mark.parametrize("address", OF_A_PATIENT, ids=named)
def test_whoever_opens_it_leaves_one_row_and_a_refusal_leaves_none(
    address: Address, client: Client, cast: Cast, pump: Pump
) -> None:
    path, member = address.path(number_of(address, pump, cast)), who_may(cast, address)
    before = AuditEvent.objects.latest("id").pk
    client.force_login(cast.stranger.user)
    client.get(path)
    assert not AuditEvent.objects.filter(id__gt=before).exists()
    client.force_login(member.user)
    answer = client.get(path)
    rows = list(AuditEvent.objects.filter(id__gt=before))
    if answer.status_code not in SHOWING:
        assert not rows
        return
    (row,) = rows
    assert row.verb == f"{address.name.rpartition(':')[2]}.seen"
    assert row.verb in SENTENCES
    assert (row.by_id, row.clinic_id, row.patient_id) == (member.user_id, cast.clinic.pk, pump.patient_id)


@pytest.mark.parametrize("address", OF_A_PATIENT, ids=named)
def test_a_form_that_is_posted_and_shown_again_leaves_a_row_too(
    address: Address, client: Client, cast: Cast, pump: Pump
) -> None:
    path = address.path(number_of(address, pump, cast))
    client.force_login(who_may(cast, address).user)
    before = AuditEvent.objects.latest("id").pk
    answer = client.post(path, {})
    rows = AuditEvent.objects.filter(id__gt=before, verb__endswith=".seen").count()
    assert rows == (1 if answer.status_code in SHOWING else 0)


def test_a_view_that_names_nobody_shows_nothing(
    client: Client, cast: Cast, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "shown", lambda request, subject: subject)
    client.force_login(cast.nurse.user)
    with pytest.raises(NobodyNamedError):
        client.get(f"/patients/{pump.patient_id}/")
    assert shown is not views.shown


def test_a_page_that_shows_no_patient_leaves_no_row(client: Client, cast: Cast, pump: Pump) -> None:
    client.force_login(cast.nurse.user)
    before = AuditEvent.objects.count()
    for path in ("/", "/alerts/", "/clinic/"):
        client.get(path)
    assert AuditEvent.objects.count() == before
