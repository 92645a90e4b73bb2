"""The search for a lot: every patient who was filled from it, and nobody of another clinic."""

from decimal import Decimal

from django.test import Client
from django.urls import reverse

from itb.audit.models import AuditEvent
from patients.models import Pump
from tests.cast import PASSWORD, Cast

LOTS, EXPORT = reverse("refills:lots"), reverse("refills:export_lots")


def test_every_patient_of_a_lot_is_listed_with_what_is_in_the_pump_now(client: Client, cast: Cast) -> None:
    still, gone, out = (cast.running_pump() for _ in range(3))
    cast.refill(gone, days_ago=1, withdrawn_ml=Decimal(34), lot="B77")
    cast.left(out)
    client.force_login(cast.coordinator.user)
    found = client.get(LOTS, {"lot": "l1"}).context["rows"]
    assert {refill.pump_id: is_in_pump for refill, is_in_pump in found} == {
        still.pk: True,
        gone.pk: False,
        out.pk: False,
    }
    assert [refill.pump_id for refill, _ in client.get(LOTS, {"lot": "B7"}).context["rows"]] == [gone.pk]


def test_another_clinics_fills_do_not_exist(client: Client, cast: Cast, pump: Pump) -> None:
    client.force_login(cast.stranger.user)
    assert not client.get(LOTS, {"lot": "L1"}).context["rows"]


def test_one_character_is_no_lot_and_nothing_typed_asks_for_nothing(client: Client, cast: Cast) -> None:
    client.force_login(cast.nurse.user)
    assert "at least two characters" in client.get(LOTS, {"lot": "L"}).content.decode()
    assert "at least two" not in client.get(LOTS).content.decode()
    assert client.get(LOTS, {"lot": "\0" * 9}).status_code == 200


def test_the_spreadsheet_has_as_many_rows_as_the_screen_and_leaves_an_act(
    client: Client, cast: Cast, pump: Pump
) -> None:
    cast.followup(pump)
    client.post(reverse("account_login"), {"login": cast.auditor.user.email, "password": PASSWORD})
    answer = client.get(EXPORT, {"lot": "L1"})
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(client.get(LOTS, {"lot": "L1"}).context["rows"]) == 3
    assert pump.patient.family_name in lines[1]
    assert AuditEvent.objects.get(verb="lots.exported").count == 2
    assert client.get(EXPORT)["Location"] == LOTS
