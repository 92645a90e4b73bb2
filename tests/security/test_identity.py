"""Every page about a patient says whose it is, by three signs: name, birth date, serial number of the pump. H3."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from patients.models import Pump
from tests.alerts.test_sweep import swept
from tests.cast import Cast
from tests.house.urls import Address, addresses

OF_A_PATIENT = {"patient_id", "pump_id", "alert_id"}
ABOUT_ONE = [address for address in addresses() if OF_A_PATIENT & set(address.converters)]
NAMELESS = {"dashboard:scenario"}  # facts without a person, to be given away


@pytest.fixture
def overdue(cast: Cast) -> Pump:
    """A pump with an open alert, of somebody with a name of their own."""
    return cast.running_pump(
        filled_days_ago=190,
        family_name="Wagtail",
        given_name="Orla",
        birth_date=date(1971, 2, 3),
        serial="NGV777123",
    )


@pytest.mark.parametrize("address", ABOUT_ONE, ids=lambda address: address.name)
def test_a_page_about_a_patient_says_whose_it_is(
    address: Address, client: Client, cast: Cast, overdue: Pump
) -> None:
    ids = {"patient_id": overdue.patient_id, "pump_id": overdue.pk, "alert_id": swept(overdue).pk}
    client.force_login(cast.nurse.user)
    answer = client.get(
        reverse(address.name, kwargs={name: ids[name] for name in address.converters}), follow=True
    )
    assert answer.status_code == 200
    page = answer.content.decode()
    for sign in ("Wagtail", "Orla", "3 Feb 1971", "NGV777123"):
        assert (sign in page or sign.upper() in page) != (address.name in NAMELESS), sign
