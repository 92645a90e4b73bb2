"""Making the day's list of each clinic, once a clinic day and well before six; old ones are forgotten."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from itb.accounts.models import Clinic, Membership
from itb.accounts.permissions import Role
from itb.dashboard import filters
from itb.dashboard.sheets import HEADER, line_of
from itb.dashboard.worklist import Row, whole
from itb.infusion.quantities import plain
from itb.morning.models import MorningList
from itb.morning.pdf import Column, Sheet, pdf
from itb.rounds import in_each_clinic
from itb.sheet import csv_bytes
from patients.models import Contact

FROM_HOUR: Final = 5  # so that it stands there by six
KEPT: Final = timedelta(days=14)
COLUMNS: Final = (
    Column("Margin", 9),
    Column("Patient", 16),
    Column("Pump and dose", 15),
    Column("Refill by", 10),
    Column("Alarm, earliest empty", 12),
    Column("Visit", 10),
    Column("Next step, owner", 12),
    Column("Call", 18),
)
NOTE: Final = (
    "Calculated, not measured: where pump, patient and paper disagree, believe the patient and the pump."
)


def make_lists(*, at: datetime) -> int:
    """Make this morning's list in every clinic whose morning has begun without one; how many clinics.

    A clinic in which it cannot be made is a line in the log, and keeps it from no other.
    """
    return in_each_clinic(_make, at, failure="morning.unmade")


def _make(clinic: Clinic, at: datetime) -> bool:
    local = at.astimezone(clinic.tz)
    on = local.date()
    if local.hour < FROM_HOUR or MorningList.objects.filter(clinic=clinic, on=on).exists():
        return False
    rows = list(whole(Membership(clinic=clinic, role=Role.AUDITOR), at, filters.read({})))
    made = MorningList(
        clinic=clinic,
        on=on,
        made_at=at,
        count=len(rows),
        csv=csv_bytes(HEADER, [line_of(row) for row in rows]),
        pdf=pdf(sheet_of(clinic, rows, at)),
    )
    MorningList.objects.bulk_create([made], ignore_conflicts=True)
    MorningList.objects.filter(clinic=clinic, on__lt=on - KEPT).delete()
    return True


def sheet_of(clinic: Clinic, rows: Sequence[Row], at: datetime) -> Sheet:
    """The list on paper, by danger, with whom to call."""
    called = _called([row.projection.pump.patient_id for row in rows])
    local = at.astimezone(clinic.tz)
    title = (
        f"{clinic}: worklist of {local:%A} {local.day} {local:%B %Y}, as of {local:%H:%M}, {len(rows)} pumps"
    )
    return Sheet(title, NOTE, COLUMNS, [_cells(row, called, clinic) for row in rows])


def _called(patients: Sequence[int]) -> Mapping[int, list[Contact]]:
    found: dict[int, list[Contact]] = defaultdict(list)
    for contact in Contact.objects.reachable().filter(patient__in=patients).order_by("pk"):
        found[contact.patient_id].append(contact)
    return found


def _cells(row: Row, called: Mapping[int, list[Contact]], clinic: Clinic) -> list[str]:
    projection, pump = row.projection, row.projection.pump
    patient, flags = pump.patient, "; ".join(pump.patient.risk_flags)
    dose = projection.dose_mcg_per_day
    visit = _day(row.visit_on) if row.visit_on else "none booked"
    return [
        f"{row.tier.upper()}\n{row.unknown or row.margin}",
        "\n".join(
            filter(None, [f"{patient}", f"{patient.birth_date:%Y-%m-%d}, {patient.record_number}", flags])
        ),
        f"{row.pump}, {pump.serial}\n" + (f"{plain(dose)} mcg/d" if dose is not None else "dose unknown"),
        _day(projection.refill_by),
        f"{_day(_local(projection.alarm_at, clinic))}\n{_day(_local(projection.earliest_empty_at, clinic))}",
        "\n".join(filter(None, [visit, row.visit_trouble])),
        "\n".join(filter(None, [row.next_step.step.word, row.owner])),
        "\n".join(f"{each}: {each.phone}" for each in called.get(patient.pk, [])) or "nobody recorded",
    ]


def _local(at: datetime | None, clinic: Clinic) -> datetime | None:
    return at.astimezone(clinic.tz) if at else None


def _day(day: date | None) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}" if day else "unknown"
