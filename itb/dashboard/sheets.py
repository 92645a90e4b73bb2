"""Lists as spreadsheets: as many rows as the screen's whole list, and an act of the trail with their count."""

from collections.abc import Iterable, Sequence
from typing import Final

from django.http import HttpResponse

from alerts.models import Alert
from itb.accounts.middleware import MemberRequest
from itb.audit.services import record_act
from itb.dashboard.worklist import Row
from itb.outbox.models import Letter
from itb.sheet import csv_response

HEADER: Final = (
    *("tier", "margin", "why unknown", "family name", "given name", "born", "record number", "risks"),
    *(
        "pump",
        "serial",
        "dose mcg/d",
        "concentration mcg/mL",
        "refill by",
        "alarm",
        "earliest empty",
        "empty",
    ),
    *(
        "visit",
        "visit trouble",
        "owner",
        "own clinician",
        "last contact",
        "reachable",
        "next step",
        "computed",
    ),
)
ALERTS: Final = (
    *("tier", "kind", "sentence", "family name", "given name", "record number", "opened", "state"),
    *("owner", "until", "note"),
)
LETTERS: Final = ("number", "created", "to", "template", "state", "attempt", "sent", "trouble")


def line_of(row: Row) -> tuple[object, ...]:
    """A row of the worklist."""
    projection, pump = row.projection, row.projection.pump
    patient = pump.patient
    return (
        *(row.tier, row.margin, row.unknown, patient.family_name, patient.given_name, patient.birth_date),
        *(patient.record_number, "; ".join(patient.risk_flags), row.pump, pump.serial),
        *(projection.dose_mcg_per_day, projection.concentration_mcg_per_ml, projection.refill_by),
        *(projection.alarm_at, projection.earliest_empty_at, projection.empty_at),
        *(row.visit_on, row.visit_trouble, row.owner, row.clinician, row.last_contact),
        "yes" if row.reachable else "no",
        *(row.next_step.step.word, projection.computed_at),
    )


def line_of_alert(alert: Alert) -> tuple[object, ...]:
    """An open alert."""
    patient = alert.pump.patient
    return (
        *(alert.get_tier_display(), alert.get_kind_display(), alert.sentence),
        *(patient.family_name, patient.given_name, patient.record_number),
        *(alert.opened_at, alert.get_state_display(), alert.acknowledged_by, alert.acknowledged_until),
        alert.note,
    )


def line_of_letter(letter: Letter) -> tuple[object, ...]:
    """A letter: it holds nothing clinical, and neither does its line."""
    return (
        *(
            letter.pk,
            letter.created_at,
            letter.recipient or letter.invitation or letter.hook or letter.addressee,
            letter.template,
        ),
        *(letter.get_state_display(), letter.attempt, letter.sent_at, letter.trouble),
    )


def exported(
    request: MemberRequest, name: str, header: Sequence[str], lines: Iterable[Sequence[object]]
) -> HttpResponse:
    """The download. That it left is an act, with its count."""
    rows, member = list(lines), request.member
    record_act(
        verb="list.exported",
        subject=member.clinic,
        clinic_id=member.clinic_id,
        by_id=member.user_id,
        at=request.at,
        count=len(rows),
    )
    return csv_response(name, header, rows)
