"""The safety rules: what is known about a pump and the moment in; findings and the next moment worth a look out.

Pure: no Django, no clock. Every threshold in time is `at >= moment`, so that a worker that slept over it still finds
it. Whatever is unknown is critical: absence of a forecast is never good news.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, IntEnum
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

LONGEST_WAIT: Final = timedelta(hours=24)
ENTERING: Final = timedelta(
    minutes=15
)  # from registering a pump to its first fill and programme, with a telephone call
SIGNING: Final = timedelta(hours=1)  # the second person is in the house: letters wait so long
POST: Final = timedelta(
    minutes=5
)  # while a letter is undeliverable: how the others fare is looked at so often


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
    NO_DATE = "no_date"
    EMERGENCY = "emergency"
    WITHDRAWAL_RISK = "withdrawal_risk"
    CONCENTRATION_MISMATCH = "concentration_mismatch"
    REFILL_DUE = "refill_due"
    VISIT_LATE = "visit_late"
    MISSED = "missed"
    CANNOT_COME = "cannot_come"
    DISCREPANCY = "discrepancy"
    SIGNATURE = "signature"
    ALARM = "alarm"
    REPLACEMENT = "replacement"
    UNDELIVERED = "undelivered"
    UNREACHABLE = "unreachable"
    ORDER = "order"
    AUTHORISATION = "authorisation"

    @property
    def words(self) -> str:
        """For people."""
        return _WORDS[self]


_WORDS: Final = {
    Kind.NO_FORECAST: "No forecast",
    Kind.NO_DATE: "No refill-by date",
    Kind.EMERGENCY: "Emergency pathway",
    Kind.WITHDRAWAL_RISK: "Withdrawal risk",
    Kind.CONCENTRATION_MISMATCH: "Concentration mismatch",
    Kind.REFILL_DUE: "Refill due",
    Kind.VISIT_LATE: "Visit too late",
    Kind.MISSED: "Did not attend",
    Kind.CANNOT_COME: "Cannot come",
    Kind.DISCREPANCY: "Refill to look into",
    Kind.SIGNATURE: "Second signature",
    Kind.ALARM: "Pump alarm",
    Kind.REPLACEMENT: "Pump replacement",
    Kind.UNDELIVERED: "Letter undeliverable",
    Kind.UNREACHABLE: "Nobody reachable",
    Kind.ORDER: "Drug to order",
    Kind.AUTHORISATION: "Authorisation ends",
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


Ladder: TypeAlias = list[tuple[datetime, Finding]]
"""Moments and what is found from each on, the gravest last: of those that have come the last one counts, alone."""
ALWAYS: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Steps:
    """The clinic's steps: days before `refill_by`, before the alarm, and before the pump is replaced."""

    routine_days: int
    due_days: int
    urgent_days: int
    critical_days_before_alarm: int
    confirm_days: int
    replacement_due_days: int
    replacement_urgent_days: int


@dataclass(frozen=True, slots=True)
class Undelivered:
    """An open alert of which a letter was refused."""

    kind: Kind
    is_critical: bool
    is_all: bool
    """Whether none of its letters has reached anybody, or is on its way."""


@dataclass(frozen=True, slots=True)
class Around:
    """What is so around a pump beside its reservoir and visit: it has a list of its own, or a word settles it."""

    alarms: str = ""
    """What its log told at the last refill that no refill settles, in a sentence."""
    alarms_of: str = ""
    """Names that refill."""
    replacement_on: date | None = None
    is_reachable: bool = True
    """Whether anyone near the patient can be called, or they have refused to be."""
    is_anyone_told: bool = True
    """Whether anyone of the clinic is told of alerts."""
    undelivered: tuple[Undelivered, ...] = ()
    order_on: date | None = None
    """By when drug must be ordered; None where it is, or where the clinic keeps no orders here."""
    authorised_until: date | None = None
    authorisation_days: int = 0
    """How far ahead an authorisation that ends too early shows."""


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
    visit_is_confirmed: bool = False
    """Whether they have said that they will come to it."""
    visit_is_refused: bool = False
    """Whether they have said that they cannot: it covers nothing until it is moved."""
    missed_on: date | None = None
    """The last visit, where nobody came and none is booked since."""
    empty_at: datetime | None = None
    band_is_learned: bool = False
    """Whether `earliest_empty_at` comes from the pump's own refills, and not from its specification."""
    around: Around | None = None
    """None: not asked for, as on a list."""


@dataclass(frozen=True, slots=True)
class Look:
    """The answer: what is found at a moment, and when to look again."""

    findings: tuple[Finding, ...]
    next_at: datetime
    changes_at: datetime | None = None
    """The first later threshold, however far ahead; None: nothing changes by itself any more."""

    @property
    def tier(self) -> Tier:
        """The most urgent of the findings; routine where there is none."""
        return max((finding.tier for finding in self.findings), default=Tier.ROUTINE)


def look(known: Known, at: datetime) -> Look:
    """Apply every rule at `at`. `next_at` is the first later threshold, and never over 24 hours ahead."""
    ladders = [*_of_the_pump(known, at), *_beside(known)]
    reached = [[finding for moment, finding in ladder if at >= moment] for ladder in ladders]
    found = [findings[-1] for findings in reached if findings]
    refused = _undelivered(known, found)
    ahead = [moment for moment in (*_thresholds(ladders), *_visit_ends(known)) if moment > at]
    soon = [at + POST] if refused else []
    next_at = min([*ahead, *soon, at + LONGEST_WAIT])
    return Look((*found, *refused), next_at, min(ahead, default=None))


def withdrawal_risk_at(known: Known) -> datetime | None:
    """When same-day work begins: the earlier of alarm less its days and earliest empty, shifted."""
    moments = [known.earliest_empty_at]
    if known.alarm_at is not None:
        moments.append(known.alarm_at - timedelta(days=known.steps.critical_days_before_alarm))
    risk_at = _earliest(*moments)
    return risk_at - known.shift if risk_at else None


def emergency_at(known: Known) -> datetime | None:
    """When the emergency pathway begins: it says that the moment has come, so that no flag moves it.

    A learned band is this pump's own; a specification's is wide, and its earliest moment is same-day work.
    """
    learned = known.earliest_empty_at if known.band_is_learned else None
    return _earliest(known.alarm_at, known.empty_at, learned)


def _of_the_pump(known: Known, at: datetime) -> list[Ladder]:
    """What threatens the therapy itself: a list colours its rows by these, and only facts settle them."""
    return [
        _unknown(known),
        _mismatch(known),
        _discrepancy(known),
        _signature(known),
        _countdown(known, at),
    ]


def _thresholds(ladders: list[Ladder]) -> list[datetime]:
    return [moment for ladder in ladders for moment, _ in ladder]


def _visit_ends(known: Known) -> list[datetime]:
    """When a visit's day is over, it covers nothing any more."""
    return [] if known.visit_on is None else [_midnight(known.visit_on + timedelta(days=1), known.zone)]


def _unknown(known: Known) -> Ladder:
    if known.why_unknown:
        patience = ENTERING if known.is_being_entered else timedelta(0)
        return [_now(Kind.NO_FORECAST, Tier.CRITICAL, known.why_unknown, patience=patience)]
    if "pump_stopped" in known.codes:
        return [_now(Kind.NO_FORECAST, Tier.CRITICAL, "The pump is stopped.")]
    if known.alarm_at is None or known.earliest_empty_at is None:
        sentence = "On paper this pump never runs empty: nothing flows."
        return [_now(Kind.NO_FORECAST, Tier.CRITICAL, sentence)]
    if known.refill_by is None:
        sentence = "There is a forecast and no refill-by date: no step would ever come."
        return [_now(Kind.NO_DATE, Tier.CRITICAL, sentence)]
    return []


def _mismatch(known: Known) -> Ladder:
    if "concentration_mismatch" not in known.codes:
        return []
    sentence = "The pump is told another concentration than it holds: every dose is wrong by their ratio."
    # The programme of a visit may be written down before its refill: everyone sees it at once, letters wait for that.
    return [_now(Kind.CONCENTRATION_MISMATCH, Tier.CRITICAL, sentence, patience=ENTERING)]


def _discrepancy(known: Known) -> Ladder:
    if known.followup_due_on is not None:
        return _in_hand(known, known.followup_due_on)
    raised = known.codes & {"residual_out_of_limits", "ran_empty"}
    if not raised or ("residual_followed" in known.codes and "ran_empty" not in raised):
        return []
    sentence = "What was drawn at the last refill does not fit what should have been left."
    return [_now(Kind.DISCREPANCY, Tier.DUE, sentence, occasion=known.last_fill)]


def _in_hand(known: Known, due_on: date) -> Ladder:
    """Open until a person writes what came of it: no word about one occasion settles it. Past its day it is urgent."""
    overdue_at = _midnight(due_on + timedelta(days=1), known.zone)
    return [
        _now(Kind.DISCREPANCY, Tier.DUE, known.followup),
        (overdue_at, Finding(Kind.DISCREPANCY, Tier.URGENT, known.followup)),
    ]


def _signature(known: Known) -> Ladder:
    if "declined_programme" in known.codes:
        sentence = "A programme was declined: record the one that the pump runs now."
        return [_now(Kind.SIGNATURE, Tier.URGENT, sentence)]
    if "pending_signature" in known.codes:
        sentence = "A programme waits for a second signature."
        return [_now(Kind.SIGNATURE, Tier.DUE, sentence, patience=SIGNING)]
    return []


EMERGENCY: Final = "Start the emergency pathway: the pump is at its alarm, or may be empty now."
RISK: Final = "Same-day work: the pump may run dry."
OWN: Final = "The refill-by date has come: a clinician takes this today."
CLOSED: Final = "The visit is booked on a day that the clinic has closed: move it."
OWN_EARLY: Final = (
    "The refill-by date is near, and the risk flags bring it forward: a clinician takes this today."
)
UNCONFIRMED: Final = "The visit is booked and nobody has confirmed it: ask whether they will come."
LATE: Final = "The visit is booked after the refill-by date: book an earlier one."
PASSED: Final = "The day of the visit has passed: record the refill, or say that nobody came."
MISSED: Final = "Nobody came to the visit, and no other is booked: call, and book one."
REFUSED: Final = "They have said that they cannot come to the booked visit: move it."
CALL: Final = "Call patient and contact today."


def _countdown(known: Known, at: datetime) -> Ladder:
    """The steps towards an empty pump, the gravest last: docs/decisions/0006 and 0020.

    Once the pump may run dry, that its refill is due goes without saying: one countdown, one alert.
    """
    ladder = _refill_steps(known, at) if known.refill_by is not None else []
    if (risk_at := withdrawal_risk_at(known)) is not None:
        ladder.append((risk_at, Finding(Kind.WITHDRAWAL_RISK, Tier.CRITICAL, RISK)))
    if (empty_at := emergency_at(known)) is not None:
        ladder.append((empty_at, Finding(Kind.EMERGENCY, Tier.CRITICAL, EMERGENCY)))
    return ladder


def _refill_steps(known: Known, at: datetime) -> Ladder:
    assert known.refill_by is not None
    own = Finding(Kind.REFILL_DUE, Tier.URGENT, OWN_EARLY if known.shift else OWN)
    return [*_visit_steps(known, known.refill_by, at), (_step_at(known, known.refill_by, 0), own)]


def _visit_steps(known: Known, refill_by: date, at: datetime) -> Ladder:
    """Until a visit is booked in time and confirmed."""
    steps = known.steps
    if _is_covered(known, at):
        confirm_at = _step_at(known, refill_by, steps.confirm_days)
        unconfirmed = Finding(Kind.REFILL_DUE, Tier.DUE, UNCONFIRMED)
        return [] if known.visit_is_confirmed else [(confirm_at, unconfirmed)]
    call_at = _step_at(known, refill_by, steps.urgent_days)
    if gone := _gone_wrong(known, refill_by, at):
        kind, words = gone
        return [_now(kind, Tier.DUE, words), (call_at, Finding(kind, Tier.URGENT, f"{words} {CALL}"))]
    closed = CLOSED if known.visit_is_closed else ""
    told = (
        (steps.routine_days, Tier.ROUTINE, "No visit is booked before the refill-by date."),
        (steps.due_days, Tier.DUE, "Still no visit booked before the refill-by date."),
        (steps.urgent_days, Tier.URGENT, "Still no visit booked: call patient and contact."),
    )
    return [
        (_step_at(known, refill_by, days), Finding(Kind.REFILL_DUE, tier, closed or words))
        for days, tier, words in told
    ]


def _gone_wrong(known: Known, refill_by: date, at: datetime) -> tuple[Kind, str] | None:
    """A visit that does not do what it was booked for is work at once, however far the refill-by date is."""
    if known.visit_on is None:
        return (Kind.MISSED, MISSED) if known.missed_on is not None else None
    if known.visit_is_refused and known.visit_on >= _today(known, at):
        return Kind.CANNOT_COME, REFUSED
    if known.visit_on > refill_by:
        return Kind.VISIT_LATE, LATE
    return (Kind.MISSED, PASSED) if known.visit_on < _today(known, at) else None


def _is_covered(known: Known, at: datetime) -> bool:
    """Whether a visit is booked that has not passed, is in time, lies on an open day, and was not refused."""
    return (
        known.visit_on is not None
        and not known.visit_is_closed
        and not known.visit_is_refused
        and known.refill_by is not None
        and _today(known, at) <= known.visit_on <= known.refill_by
    )


def _beside(known: Known) -> list[Ladder]:
    """What is so around the pump, where it was asked for."""
    around = known.around
    if around is None:
        return []
    return [
        _alarm(around),
        _replacement(known, around),
        _unreachable(known, around),
        _order(known, around),
        _authorisation(known, around),
    ]


def _alarm(around: Around) -> Ladder:
    if not around.alarms:
        return []
    return [_now(Kind.ALARM, Tier.URGENT, around.alarms, occasion=around.alarms_of)]


def _replacement(known: Known, around: Around) -> Ladder:
    if around.replacement_on is None:
        return []
    told = (
        (known.steps.replacement_due_days, Tier.DUE, "The pump itself must be replaced soon: plan it."),
        (
            known.steps.replacement_urgent_days,
            Tier.URGENT,
            "The day by which the pump must be replaced is near: see that the operation is arranged.",
        ),
    )
    return [
        (
            _midnight(around.replacement_on - timedelta(days=days), known.zone),
            Finding(Kind.REPLACEMENT, tier, words),
        )
        for days, tier, words in told
    ]


def _unreachable(known: Known, around: Around) -> Ladder:
    if not around.is_anyone_told:
        sentence = "Nobody at the clinic is told of alerts: give someone a part that is."
        return [_now(Kind.UNREACHABLE, Tier.CRITICAL, sentence)]
    if around.is_reachable:
        return []
    sentence = "No telephone number of anyone is known, and no refusal: enter whom to call."
    ladder = [_now(Kind.UNREACHABLE, Tier.DUE, sentence, patience=ENTERING)]
    if known.refill_by is not None:
        call_at = _step_at(known, known.refill_by, known.steps.urgent_days)
        ladder.append((call_at, Finding(Kind.UNREACHABLE, Tier.URGENT, sentence)))
    return ladder


def _order(known: Known, around: Around) -> Ladder:
    if around.order_on is None:
        return []
    last = "The drug for the next refill is not ordered: today is the last day for it."
    late = (
        "The drug for the next refill is not ordered, and may come too late: order it, and ask when it comes."
    )
    return [
        (_midnight(around.order_on, known.zone), Finding(Kind.ORDER, Tier.DUE, last)),
        (
            _midnight(around.order_on + timedelta(days=1), known.zone),
            Finding(Kind.ORDER, Tier.URGENT, late),
        ),
    ]


def _authorisation(known: Known, around: Around) -> Ladder:
    ends_on = around.authorised_until
    if ends_on is None or known.refill_by is None or ends_on >= known.refill_by:
        return []
    shows_at = _midnight(ends_on - timedelta(days=around.authorisation_days), known.zone)
    sentence = "The payer's authorisation ends before the refill-by date: renew it."
    return [(shows_at, Finding(Kind.AUTHORISATION, Tier.DUE, sentence))]


def _undelivered(known: Known, found: list[Finding]) -> list[Finding]:
    """One finding for all letters that were refused about what is still so."""
    kinds = {finding.kind for finding in found}
    refused = [each for each in (known.around.undelivered if known.around else ()) if each.kind in kinds]
    if not refused:
        return []
    if any(each.is_critical and each.is_all for each in refused):
        sentence = (
            "No letter about a critical alert of this pump could be delivered to anyone: tell them by voice."
        )
        return [Finding(Kind.UNDELIVERED, Tier.CRITICAL, sentence)]
    is_grave = any(each.is_critical or each.is_all for each in refused)
    sentence = "A letter about this pump could not be delivered: see that its alert is known."
    return [Finding(Kind.UNDELIVERED, Tier.URGENT if is_grave else Tier.DUE, sentence)]


def _now(
    kind: Kind, tier: Tier, sentence: str, *, occasion: str = "", patience: timedelta = timedelta(0)
) -> tuple[datetime, Finding]:
    return ALWAYS, Finding(kind, tier, sentence, occasion, patience)


def _step_at(known: Known, refill_by: date, days: int) -> datetime:
    """The midnight so many days before the refill-by date, earlier by the patient's shift."""
    return _midnight(refill_by - timedelta(days=days), known.zone) - known.shift


def _today(known: Known, at: datetime) -> date:
    return at.astimezone(known.zone).date()


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The start of a clinic day. Where clocks skip midnight, the first instant after it."""
    return datetime.combine(day, time(), zone)
