"""The objects behind the ids of an address, in the cast's own clinic."""

from patients.models import Pump
from tests.alerts.test_sweep import swept
from tests.cast import Cast
from tests.house.urls import PUBLIC, SIGNED_IN, Address, addresses

WITH_ID = [each for each in addresses() if each.converters and each.name not in PUBLIC | SIGNED_IN]


def named(address: Address) -> str:
    """What a test of an address is called by."""
    return address.name


def number_of(address: Address, pump: Pump, cast: Cast) -> int:
    """The id of an object of the right kind that belongs to the cast's own clinic."""
    (converter,) = address.converters
    numbers = {"pump_id": pump.pk, "patient_id": pump.patient_id}
    facts = {
        "refill_id": lambda: pump.refills.latest("at"),
        "followup_id": lambda: cast.followup(pump),
        "programme_id": lambda: pump.programmes.latest("at"),
        "adjustment_id": lambda: cast.adjustment(pump, days_ago=1, kind="bolus", amount_mcg=50),
    }
    people = {"member_id": lambda: cast.coordinator, "invitation_id": cast.invitation, "grant_id": cast.grant}
    patients = {
        "contact_id": pump.patient.contacts.get,
        "departure_id": lambda: cast.departure(pump),
    }
    others = {
        "access_id": cast.emergency,
        "closure_id": cast.closure,
        "view_id": cast.saved_view,
        "absence_id": cast.absence,
        "pending_id": lambda: cast.pending(pump),
    }
    made = {**people, **patients, **facts, **others}
    if converter in made:
        return int(made[converter]().pk)
    return numbers[converter] if converter in numbers else swept(pump).pk
