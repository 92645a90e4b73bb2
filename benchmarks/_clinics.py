"""Clinics to measure pages on: a fleet by SQL, some pumps with a true history, and a nurse who is signed in."""

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import django

django.setup()

import psycopg  # noqa: E402
from _fleet import fill, likeness  # noqa: E402
from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from itb.accounts.models import Membership, User  # noqa: E402
from itb.accounts.permissions import Role  # noqa: E402
from itb.accounts.services import set_up_clinic, start_membership  # noqa: E402
from itb.walls import inside  # noqa: E402
from patients.models import Contact, Patient, Pump  # noqa: E402
from patients.services import Implant, register_patient  # noqa: E402
from refills.models import Programme, Refill  # noqa: E402
from refills.services import Posted, record_refill, start_programme  # noqa: E402

PULSE = """
INSERT INTO outbox_heartbeat (name, finished_at)
SELECT name, clock_timestamp() FROM unnest(ARRAY['sweep', 'drain', 'anchor']) AS name
ON CONFLICT (name) DO UPDATE SET finished_at = EXCLUDED.finished_at
"""
REFILLS = 12  # of a pump with a history: three years
DAYS_APART = 84


@dataclass(frozen=True, slots=True)
class Side:
    """A clinic of so many pumps, its nurse, a sign-in, and the pumps that have a history."""

    nurse: Membership
    pumps: int
    client: Client
    told: list[Pump]

    @property
    def cookies(self) -> dict[str, str]:
        """As a browser has them."""
        return {name: each.value for name, each in self.client.cookies.items()}


def side(*, name: str, pumps: int, told: int, refills: int = REFILLS) -> Side:
    """A clinic with `pumps` pumps, `told` of them with a history of so many `refills`."""
    settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
    with inside(0) as at:
        pass
    clinic = set_up_clinic(name=name, zone="Europe/London", phone="1", at=at, demands_second_factor=False)
    person = User.objects.create_user(f"nurse@{name.lower()}.example", None, name=f"Nurse of {name}")
    with inside(clinic.pk):
        nurse = start_membership(user=person, clinic=clinic, role=Role.NURSE, by=None, at=at)
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"], autocommit=True) as connection:
        cursor = connection.cursor()
        fill(cursor, clinic=clinic.pk, person=person.pk, pumps=pumps - told)
        with inside(clinic.pk):
            mine = [with_history(nurse, number, at, refills) for number in range(told)]
        likeness(cursor, clinic=clinic.pk, pump=mine[0].pk)
    client = Client()
    client.force_login(person)
    return Side(nurse, pumps, client, mine)


def colleagues(whose: Side, number: int) -> list[dict[str, str]]:
    """The cookies of so many more nurses, each signed in."""
    told = []
    for each in range(number):
        person = User.objects.create_user(f"nurse{each}@many.example", None, name=f"Nurse {each}")
        clinic = whose.nurse.clinic
        with inside(clinic.pk) as at:
            start_membership(user=person, clinic=clinic, role=Role.NURSE, by=None, at=at)
        client = Client()
        client.force_login(person)
        told.append({name: each.value for name, each in client.cookies.items()})
    return told


def pulse() -> None:
    """As if the cycles had just finished, so that the pages look as on any good day."""
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"]) as owner:
        owner.execute(PULSE)


def with_history(by: Membership, number: int, at: datetime, refills: int) -> Pump:
    """A pump that was refilled and told another dose every twelve weeks; the last time a month ago."""
    pump = register_patient(
        patient=Patient(
            record_number=f"H{number}",
            family_name=f"History{number}",
            given_name="Alex",
            birth_date=date(1970, 1, 1),
            origin=Patient.Origin.SPINAL,
        ),
        contact=Contact(name="Kin", relation="sister", phone="0"),
        implant=Implant("synchromed-ii-40", f"NGH{number:06}", date(2000, 1, 1), Decimal(2)),
        by=by,
        at=at,
    )
    for back in reversed(range(refills)):
        then = (at - timedelta(days=30 + DAYS_APART * back)).replace(microsecond=0)
        strength, dose = Decimal(2000), Decimal(690 + (back * 7) % 20)
        start_programme(
            programme=Programme(
                pump=pump,
                at=then,
                mode="continuous",
                concentration_mcg_per_ml=strength,
                dose_mcg_per_day=dose,
                pattern={"dose_mcg_per_day": str(dose)},
            ),
            posted=posted(pump),
            by=by,
            at=at,
        )
        record_refill(
            refill=Refill(
                pump=pump,
                at=then,
                filled_ml=Decimal(40),
                concentration_mcg_per_ml=strength,
                product="lioresal-2000-20",
                lot="B1",
                withdrawn_ml=None if back == refills - 1 else Decimal("10.6"),
                expected_ml=None if back == refills - 1 else Decimal("10.9"),
            ),
            next_visit_on=None,
            posted=posted(pump),
            by=by,
            at=at,
        )
    return pump


def posted(pump: Pump) -> Posted:
    """What a form that was opened just now knows."""
    pump.refresh_from_db(fields=["facts_version"])
    return Posted(key=uuid4(), facts_version=pump.facts_version)
