"""From rows to what the rules may know."""

from datetime import date

from alerts.policy import steps_of
from alerts.rules import Around, Known
from refills.models import Projection
from refills.policy import margins_of
from refills.projection import FOLLOWUP_OPEN, UNFINISHED, WHY_UNKNOWN
from refills.scenario import Json

LONGEST_SENTENCE = 300  # what an alert holds
STALE = "The facts have changed and the forecast has not followed yet."


def known_of(row: Projection, *, visit_is_closed: bool = False, around: Around | None = None) -> Known:
    """What is known about the pump of `row`, whose `pump.patient.clinic` is at hand."""
    patient = row.pump.patient
    followup = _followup(row)
    return Known(
        alarm_at=row.alarm_at,
        earliest_empty_at=row.earliest_empty_at,
        refill_by=row.refill_by,
        codes=frozenset(finding["code"] for finding in row.findings),
        why_unknown=_why_unknown(row),
        is_being_entered=row.error in UNFINISHED,
        visit_on=row.visit_on,
        last_fill=max(
            (fact["at"] for fact in row.scenario.get("facts", []) if fact["kind"] == "fill"), default=""
        ),
        shift=margins_of(patient.clinic).shift(patient),
        zone=patient.clinic.tz,
        steps=steps_of(patient.clinic),
        followup=followup["sentence"][:LONGEST_SENTENCE] if followup else "",
        followup_due_on=date.fromisoformat(followup["due_on"]) if followup else None,
        visit_is_closed=visit_is_closed,
        visit_is_confirmed=row.visit_is_confirmed,
        visit_is_refused=row.visit_is_refused,
        missed_on=row.missed_on,
        empty_at=row.empty_at,
        band_is_learned=row.band_is_learned,
        around=around,
    )


def _followup(row: Projection) -> Json | None:
    """What a refill left to be looked into, the first that is due; None where nothing is open."""
    return next((each for each in row.findings if each["code"] == FOLLOWUP_OPEN), None)


def _why_unknown(row: Projection) -> str:
    """Why this row is no forecast, in a sentence; empty where it is one."""
    if row.facts_version != row.pump.facts_version:
        return WHY_UNKNOWN.get(row.error, STALE)
    return WHY_UNKNOWN.get(row.error, f"The facts cannot be read ({row.error}).") if row.error else ""
