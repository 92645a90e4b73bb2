"""The safety rules: what is known about a pump and the moment in; findings and the next moment worth a look out.

Pure: no Django, no clock. Every threshold in time is `at >= moment`, so that a worker that slept over it still finds
it. Whatever is unknown is critical: absence of a forecast is never good news.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, IntEnum
from typing import Final
from zoneinfo import ZoneInfo

LONGEST_WAIT: Final = timedelta(hours=24)
ENTERING: Final = timedelta(
    minutes=15
)  # from registering a pump to its first fill and programme, with a telephone call
SIGNING: Final = timedelta(hours=1)  # the second person is in the house: letters wait so long


class Tier(IntEnum):
    """How urgent; a higher number is more so."""

    ROUTINE = 1
    DUE = 2
    URGENT = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """For people: colour is never the only sign."""
        return self.name.capitalize()


class Kind(Enum):
    """What a finding is about. One alert of a kind is open for a pump at a time."""

    NO_FORECAST = "no_forecast"
    WITHDRAWAL_RISK = "withdrawal_risk"
    CONCENTRATION_MISMATCH = "concentration_mismatch"
    REFILL_DUE = "refill_due"
    DISCREPANCY = "discrepancy"
    SIGNATURE = "signature"

    @property
    def words(self) -> str:
        """For people."""
        return _WORDS[self]


_WORDS: Final = {
    Kind.NO_FORECAST: "No forecast",
    Kind.WITHDRAWAL_RISK: "Withdrawal risk",
    Kind.CONCENTRATION_MISMATCH: "Concentration mismatch",
    Kind.REFILL_DUE: "Refill due",
    Kind.DISCREPANCY: "Refill to look into",
    Kind.SIGNATURE: "Second signature",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says now. `occasion` names the fact it is about, where a person can settle it once and for all."""

    kind: Kind
    tier: Tier
    sentence: str
    occasion: str = ""
    patience: timedelta = timedelta(0)
    """How long letters wait, though everyone sees it at once: someone may be mending it this very minute."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The clinic's reminder steps: days before `refill_by` without a visit, and days before the alarm."""

    routine_days: int
    due_days: int
    urgent_days: int
    critical_days_before_alarm: int


@dataclass(frozen=True, slots=True)
class Known:
    """All that the rules may depend on. `None` for a moment means that nobody knows it, or that it never comes."""

    alarm_at: datetime | None
    earliest_empty_at: datetime | None
    refill_by: date | None
    codes: frozenset[str]
    """Finding codes of the forecast, such as `pump_stopped`."""
    why_unknown: str
    """Why there is no forecast, in a sentence; empty where there is one."""
    is_being_entered: bool
    """Whether all that is missing is a first fill or a first programme."""
    visit_on: date | None
    """The visit that is booked, whatever its date."""
    last_fill: str
    """Names the last fill, so that a settled discrepancy stays settled until the next one."""
    shift: timedelta
    """How much earlier every step comes for this patient."""
    zone: ZoneInfo
    steps: Steps
    followup: str = ""
    """What a refill left to be looked into, who has it and what comes next; empty where nothing is open."""
    followup_due_on: date | None = None
    visit_is_closed: bool = False
    """Whether the clinic has closed the day of that visit: it covers nothing until it is moved."""


@dataclass(frozen=True, slots=True)
class Look:
    """The answer: what is found at a moment, and when to look again."""

    findings: tuple[Finding, ...]
    next_at: datetime

    @property
    def tier(self) -> Tier:
        """The most urgent of the findings; routine where there is none."""
        return max((finding.tier for finding in self.findings), default=Tier.ROUTINE)


def look(known: Known, at: datetime) -> Look:
    """Apply every rule at `at`. `next_at` is the first later threshold, and never over 24 hours ahead."""
    countdown = _countdown(known, at)
    reached = [finding for moment, finding in countdown if at >= moment]
    facts = [*_unknown(known), *_mismatch(known), *_discrepancy(known, at), *_signature(known)]
    findings = [*facts, *reached[-1:]]
    thresholds = [moment for moment, _ in countdown]
    if known.followup_due_on is not None:
        thresholds.append(_overdue_at(known, known.followup_due_on))
    if known.visit_on is not None:
        # When a visit's day is over, it covers nothing any more.
        thresholds.append(_midnight(known.visit_on + timedelta(days=1), known.zone))
    ahead = [moment for moment in thresholds if moment > at]
    return Look(tuple(findings), min([*ahead, at + LONGEST_WAIT]))


def withdrawal_risk_at(known: Known) -> datetime | None:
    """When same-day work begins: the earlier of alarm less its days and earliest empty, shifted."""
    moments = [known.earliest_empty_at]
    if known.alarm_at is not None:
        moments.append(known.alarm_at - timedelta(days=known.steps.critical_days_before_alarm))
    there = [moment for moment in moments if moment is not None]
    return min(there) - known.shift if there else None


def _unknown(known: Known) -> list[Finding]:
    if known.why_unknown:
        patience = ENTERING if known.is_being_entered else timedelta(0)
        return [Finding(Kind.NO_FORECAST, Tier.CRITICAL, known.why_unknown, patience=patience)]
    if "pump_stopped" in known.codes:
        return [Finding(Kind.NO_FORECAST, Tier.CRITICAL, "The pump is stopped.")]
    if known.alarm_at is None or known.earliest_empty_at is None:
        return [
            Finding(Kind.NO_FORECAST, Tier.CRITICAL, "On paper this pump never runs empty: nothing flows.")
        ]
    return []


def _mismatch(known: Known) -> list[Finding]:
    if "concentration_mismatch" not in known.codes:
        return []
    sentence = "The pump is told another concentration than it holds: every dose is wrong by their ratio."
    return [Finding(Kind.CONCENTRATION_MISMATCH, Tier.CRITICAL, sentence)]


def _discrepancy(known: Known, at: datetime) -> list[Finding]:
    if known.followup_due_on is not None:
        return [_in_hand(known, known.followup_due_on, at)]
    raised = known.codes & {"residual_out_of_limits", "ran_empty"}
    if not raised or ("residual_followed" in known.codes and "ran_empty" not in raised):
        return []
    sentence = "What was drawn at the last refill does not fit what should have been left."
    return [Finding(Kind.DISCREPANCY, Tier.DUE, sentence, occasion=known.last_fill)]


def _in_hand(known: Known, due_on: date, at: datetime) -> Finding:
    """Open until a person writes what came of it: no word about one occasion settles it. Past its day it is urgent."""
    tier = Tier.URGENT if at >= _overdue_at(known, due_on) else Tier.DUE
    return Finding(Kind.DISCREPANCY, tier, known.followup)


def _overdue_at(known: Known, due_on: date) -> datetime:
    return _midnight(due_on + timedelta(days=1), known.zone)


def _signature(known: Known) -> list[Finding]:
    if "declined_programme" in known.codes:
        sentence = "A programme was declined: record the one that the pump runs now."
        return [Finding(Kind.SIGNATURE, Tier.URGENT, sentence)]
    if "pending_signature" in known.codes:
        sentence = "A programme waits for a second signature."
        return [Finding(Kind.SIGNATURE, Tier.DUE, sentence, patience=SIGNING)]
    return []


RISK: Final = "Same-day work: the pump may run dry."
OWN: Final = "The refill-by date has come: a clinician takes this today."
CLOSED: Final = "The visit is booked on a day that the clinic has closed: move it."
OWN_EARLY: Final = (
    "The refill-by date is near, and the risk flags bring it forward: a clinician takes this today."
)


def _countdown(known: Known, at: datetime) -> list[tuple[datetime, Finding]]:
    """The steps towards an empty pump, the gravest last: of those reached the last one counts, and no other.

    Once the pump may run dry, that its refill is due goes without saying: one countdown, one alert.
    """
    steps = _refill_steps(known, at) if known.refill_by is not None else []
    if (risk_at := withdrawal_risk_at(known)) is not None:
        steps.append((risk_at, Finding(Kind.WITHDRAWAL_RISK, Tier.CRITICAL, RISK)))
    return steps


def _refill_steps(known: Known, at: datetime) -> list[tuple[datetime, Finding]]:
    assert known.refill_by is not None
    steps = [(0, Tier.URGENT, OWN_EARLY if known.shift else OWN)]
    if not _is_covered(known, at):
        closed = CLOSED if known.visit_is_closed else ""
        steps = [
            (
                known.steps.routine_days,
                Tier.ROUTINE,
                closed or "No visit is booked before the refill-by date.",
            ),
            (known.steps.due_days, Tier.DUE, closed or "Still no visit booked before the refill-by date."),
            (
                known.steps.urgent_days,
                Tier.URGENT,
                closed or "Still no visit booked: call patient and contact.",
            ),
            *steps,
        ]
    return [
        (
            _midnight(known.refill_by - timedelta(days=days), known.zone) - known.shift,
            Finding(Kind.REFILL_DUE, tier, words),
        )
        for days, tier, words in steps
    ]


def _is_covered(known: Known, at: datetime) -> bool:
    """Whether a visit is booked that has not passed, is in time, and lies on an open day."""
    today = at.astimezone(known.zone).date()
    return (
        known.visit_on is not None
        and not known.visit_is_closed
        and known.refill_by is not None
        and today <= known.visit_on <= known.refill_by
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The start of a clinic day. Where clocks skip midnight, the first instant after it."""
    return datetime.combine(day, time(), zone)
