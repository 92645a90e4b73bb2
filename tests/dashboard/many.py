"""Pumps by the hundred, with forecasts as the sweep would have left them; in bulk, since only reading is tested."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from itb.accounts.models import Membership
from patients.models import Patient, Pump
from refills.models import Projection
from refills.policy import margins_of


@dataclass(frozen=True, slots=True)
class Told:
    """What a projection holds, in hours from now; None where nobody knows."""

    earliest_h: float | None = 480
    alarm_h: float | None = 600
    error: str = ""
    codes: tuple[str, ...] = ()
    is_behind: bool = False
    """Its facts have moved on."""
    flags: tuple[str, ...] = ()
    person: dict[str, Any] = field(default_factory=dict)


def implant_many(member: Membership, stories: Iterable[Told], now: datetime, first: int = 1) -> list[Pump]:
    """A pump for each story, in the order of the stories."""
    told = list(stories)
    patients = Patient.objects.bulk_create(
        Patient(
            clinic=member.clinic,
            registered_at=now,
            registered_by=member.user,
            **{
                "record_number": f"M{number:05}",
                "family_name": f"Many{number:05}",
                "given_name": "Alex",
                "birth_date": date(1980, 1, 1),
                "origin": Patient.Origin.SPINAL,
                **dict.fromkeys(story.flags, True),
                **story.person,
            },
        )
        for number, story in enumerate(told, first)
    )
    pumps = Pump.objects.bulk_create(
        Pump(
            patient=patient,
            clinic=member.clinic,
            model="synchromed-ii-40",
            catalogue_version=1,
            serial=f"NGM{patient.pk:06}",
            reservoir_ml=Decimal(40),
            alarm_ml=Decimal(2),
            accuracy_pct=Decimal("14.5"),
            implanted_on=date(2020, 1, 1),
        )
        for patient in patients
    )
    rows = [_row(pump, member, story, now) for pump, story in zip(pumps, told, strict=True)]
    names = [each.name for each in Projection._meta.concrete_fields if not each.primary_key]
    Projection.objects.bulk_create(rows, update_conflicts=True, unique_fields=["pump"], update_fields=names)
    return pumps


def _row(pump: Pump, member: Membership, story: Told, now: datetime) -> Projection:
    """As `store_projection` writes it: no moment of danger unless both alarm and earliest empty are known."""
    earliest, alarm = _at(now, story.earliest_h), _at(now, story.alarm_h)
    row = Projection(
        pump=pump,
        clinic=member.clinic,
        facts_version=-1 if story.is_behind else 0,
        computed_at=now,
        review_at=now + timedelta(hours=24),
        error=story.error,
        findings=[{"code": code, "sentence": code} for code in story.codes],
    )
    if not story.error:
        row.earliest_empty_at, row.alarm_at, row.empty_at = (
            earliest,
            alarm,
            _at(now, story.earliest_h, more=96),
        )
        row.refill_by = (alarm - timedelta(days=7)).date() if alarm else (now + timedelta(days=90)).date()
        row.dose_mcg_per_day, row.concentration_mcg_per_ml, row.binding = Decimal(400), Decimal(2000), "alarm"
        if earliest and alarm:
            row.danger_at = earliest - margins_of(member.clinic).shift(pump.patient)
    return row


def _at(now: datetime, hours: float | None, more: float = 0) -> datetime | None:
    return None if hours is None else now + timedelta(hours=hours + more)
