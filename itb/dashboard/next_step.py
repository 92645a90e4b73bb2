"""The one thing to do next about a pump: in a word for the worklist's button, in a sentence for the chart."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache

from django.urls import reverse
from django.utils import timezone

from alerts.rules import UNCONFIRMED, Kind, Look, Tier
from itb.accounts.permissions import Permission
from refills.models import Projection


class Step(Enum):
    """What a person can do: the word on its button and who may."""

    START = "Programme", "refills:start", Permission.START
    RECORD = "Record refill", "refills:record", Permission.RECORD
    BOOK = "Book", "refills:book", Permission.BOOK
    CALL = "Call", "dashboard:chart", Permission.VIEW
    LOOK = "Open", "dashboard:chart", Permission.VIEW

    def __init__(self, word: str, url_name: str, permission: Permission) -> None:
        self.word, self.url_name, self.permission = word, url_name, permission


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step about one pump, and why it is the next."""

    step: Step
    sentence: str
    href: str


def next_step(row: Projection, visit_on: date | None, found: Look, now: datetime) -> NextStep:
    """What is likely to be done next about the pump of `row`, whose booked visit is on `visit_on`."""
    step, sentence = _choose(row, visit_on, found, timezone.localdate(now))
    if step.url_name == "dashboard:chart":
        patient = _address(step.url_name, row.pump.patient_id)
        return NextStep(step, sentence, f"{patient}#contacts" if step is Step.CALL else patient)
    return NextStep(step, sentence, _address(step.url_name, row.pump_id))


@lru_cache(maxsize=4096)
def _address(url_name: str, number: int) -> str:
    """Kept, since a list asks for fifty of them with each page."""
    return reverse(url_name, args=[number])


def _choose(row: Projection, visit_on: date | None, found: Look, today: date) -> tuple[Step, str]:
    kinds = {finding.kind for finding in found.findings}
    if kinds & {Kind.NO_FORECAST, Kind.NO_DATE}:
        return _make_known(row)
    if visit_on is not None and visit_on <= today:
        came = "is today" if visit_on == today else "has passed"
        return Step.RECORD, f"The booked visit {came}: record the refill, or say that nobody came."
    if found.tier is Tier.CRITICAL:
        return Step.CALL, _act_today(kinds)
    if any(finding.sentence == UNCONFIRMED for finding in found.findings):
        return Step.CALL, "Ask whether they will come to the booked visit, and confirm it here."
    return _see_in_time(row, visit_on)


def _act_today(kinds: Collection[Kind]) -> str:
    if Kind.CONCENTRATION_MISMATCH in kinds:
        return "Have the pump interrogated today: its programme or the record of its fill is wrong."
    if Kind.EMERGENCY in kinds:
        return "Start the emergency pathway: call now, look for signs of withdrawal, refill today."
    return "Call the patient today and refill the pump today."


def _make_known(row: Projection) -> tuple[Step, str]:
    if row.error == "no_programme":
        return Step.START, "Enter the programme that the pump runs: without it nothing can be forecast."
    if row.error == "no_fill":
        return Step.RECORD, "Record the first fill: without it nothing can be forecast."
    if any(finding["code"] == "pump_stopped" for finding in row.findings):
        return Step.CALL, "Look for signs of withdrawal today, and record when the pump runs again."
    return Step.LOOK, "Look at the records and at the pump: nothing can be forecast from what is recorded."


def _see_in_time(row: Projection, visit_on: date | None) -> tuple[Step, str]:
    if visit_on is None and row.missed_on is not None:
        return Step.BOOK, "Nobody came to the last visit: call, and book one on or before the refill-by date."
    if visit_on is None:
        return Step.BOOK, "No visit is booked: book one on or before the refill-by date."
    if row.refill_by is not None and visit_on > row.refill_by:
        return Step.BOOK, "The booked visit comes after the refill-by date: book an earlier one."
    return Step.LOOK, "Nothing now: the visit is booked in time."
