"""All that the patient's page shows, gathered from the rooms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone

from alerts.knowledge import known_of
from alerts.models import Alert
from alerts.policy import steps_of
from alerts.rules import Finding, Kind, Look, look
from itb.accounts.models import Membership
from itb.dashboard.discrepancies import Discrepancies, draw_discrepancies
from itb.dashboard.implants import implants_of, replacement_tier
from itb.dashboard.next_step import NextStep, next_step
from itb.dashboard.reservoir import ReservoirChart, reservoir_chart
from itb.dashboard.timeline import Life, Timeline, draw_timeline
from itb.dashboard.words import between, likely, margin, quantity, unconfirmed, why_binding
from itb.infusion.forecast import DeliveryRatio, Forecast, forecast, ruling_reading
from itb.infusion.quantities import plain
from itb.infusion.scenario import Refusal, Scenario, read_scenario
from patients.catalogue import name_of
from patients.models import Contact, Departure, Offer, Patient, Pump, PumpQuerySet
from refills.closed_visits import lies_on_closed_day
from refills.contacts import contact_from, last_contact
from refills.models import (
    Adjustment,
    Appointment,
    PendingProgramme,
    Programme,
    Projection,
    Refill,
)
from refills.projection import DECLINED, FOLLOWUP_OPEN, PENDING
from refills.records import Record, records_of
from refills.replay import Replay, replay
from refills.scenario import Json, pattern_of, scenario_of, uncertain
from refills.standing import Bridging, bridging_at, stop_at
from refills.whole_day import DayDrawing, draw_day, words_of

NEWEST = 100  # records of a kind on the page
SHOWN_WITHOUT_ALERT = (
    *(Kind.NO_FORECAST, Kind.NO_DATE, Kind.EMERGENCY, Kind.WITHDRAWAL_RISK, Kind.CONCENTRATION_MISMATCH),
    *(Kind.REFILL_DUE, Kind.VISIT_LATE, Kind.MISSED),
)
"""Findings that stand in "What now" before the sweep has opened their alert; a discrepancy may be settled."""


Facts: TypeAlias = list[Refill | Programme | Adjustment]


@dataclass(frozen=True, slots=True)
class Chart:
    """One pump of a patient, as of `now`."""

    pump: Pump
    model: str
    constants: list[tuple[str, str]]
    """Each constant of the pump: what it is; its value, with a mark where nobody has checked it."""
    projection: Projection
    tier: str
    margin: str
    likely: str
    unknown: str
    forecast: Forecast | None
    policy: Json
    binding: str
    alarm_to_empty: str
    """The time between the two, in words."""
    ratio: str
    findings: list[str]
    drawing: ReservoirChart | None
    programme: Programme | None
    day: DayDrawing | None
    """The day of the programme that runs, where it is no straight line."""
    day_words: str
    stop: Adjustment | None
    bridging: Bridging | None
    pending: list[PendingProgramme]
    """Programmes that wait for a second signature, or were declined and may still run."""
    alerts: list[Alert]
    followups: list[Json]
    """What refills left to be looked into, whatever its day, as the projection's findings tell it."""
    untold: list[Json]
    """Those of them that no open alert speaks of."""
    unopened: list[Finding]
    """What the rules say now and no alert says yet."""
    next_step: NextStep
    visit: Appointment | None
    visit_is_over: bool
    visits: list[Appointment]
    timeline: Timeline | None
    discrepancies: Discrepancies | None
    records: list[Record]


def chart_of(pump: Pump, now: datetime) -> Chart:
    """Gather the page of `pump`, which has its patient, clinic and projection at hand.

    The forecast is computed once, for `now`, from the facts that the stored one was made from: the worklist's row and
    this page cannot differ. Where the facts have moved on, they are read anew.
    """
    row = pump.projection
    return _gather(
        row,
        _facts(row, now),
        now,
        _facts_of(pump),
        visits=list(_visits(pump)),
        rung=list(_alerts(pump)),
        followups=_followups(row),
    )


def chart_as_of(then: Replay) -> Chart:
    """The same of a past day, from what was known then: without alerts and visits, which are about the present."""
    facts = _facts_of(then.pump, then.at)
    return _gather(
        then.projection, then.projection.scenario, then.at, facts, visits=[], rung=[], followups=[]
    )


def _gather(  # noqa: PLR0913  what the page is made from, each read once
    row: Projection,
    told: Json,
    now: datetime,
    recorded: Facts,
    *,
    visits: list[Appointment],
    rung: list[Alert],
    followups: list[Json],
) -> Chart:
    pump = row.pump
    visit = next((visit for visit in visits if visit.state == Appointment.State.BOOKED), None)
    scenario = read_scenario(told)
    found = forecast(scenario) if isinstance(scenario, Scenario) else scenario
    known = found if isinstance(found, Forecast) else None
    cycles = known.cycles if known else ()
    is_closed = bool(visit and visit.is_closed)  # type: ignore[attr-defined]  # annotated
    facts = known_of(row, visit_is_closed=is_closed)
    looked = look(facts, now)
    unknown = facts.why_unknown or (found.message if isinstance(found, Refusal) else "")
    alerts = [each for each in rung if each.closed_at is None]
    policy = row.scenario.get("policy", {})
    pending = _pending(pump, row)
    programmes = [each for each in recorded if isinstance(each, Programme) and not each.struck]
    adjustments = [each for each in recorded if isinstance(each, Adjustment) and not each.struck]
    refills = [each for each in recorded if isinstance(each, Refill) and not each.struck]
    running = next((each for each in programmes if each.at <= now), None)
    return Chart(
        pump=pump,
        model=name_of(pump),
        constants=_constants(pump),
        projection=row,
        tier=looked.tier.name.lower(),
        margin=margin(row, now, unknown=unknown),
        likely=likely(row, now),
        unknown=unknown,
        forecast=known,
        policy=policy,
        binding=why_binding(known.binding, policy) if known else "",
        alarm_to_empty=_alarm_to_empty(known),
        ratio=_ratio(known.delivery_ratio, pump) if known else "",
        findings=[finding.sentence for finding in known.findings] if known else [],
        drawing=_drawing(pump, scenario, known, now),
        pending=pending,
        programme=running,
        day=draw_day(running.mode, pattern_of(running)) if running else None,
        day_words=words_of(running) if running else "",
        stop=stop_at(adjustments, now),
        bridging=bridging_at([*adjustments, *_bridges(pending)], programmes, now),
        alerts=alerts,
        followups=followups,
        untold=[each for each in followups if each["sentence"] not in {alert.sentence for alert in alerts}],
        unopened=_unopened(looked, alerts),
        next_step=next_step(row, visit.on if visit else None, looked, now),
        visit=visit,
        visit_is_over=visit is not None and visit.on <= timezone.localdate(now),
        visits=visits,
        timeline=draw_timeline(
            Life(programmes, refills, adjustments, cycles, rung), now, pump.patient.clinic.tz
        ),
        discrepancies=draw_discrepancies(cycles, pump),
        records=records_of(recorded),
    )


def _facts(row: Projection, now: datetime) -> Json:
    if row.scenario and row.facts_version == row.pump.facts_version:
        return {**row.scenario, "at": now.isoformat()}
    return scenario_of(row.pump, now)


def with_contacts(pumps: PumpQuerySet) -> PumpQuerySet:
    """Each pump with who is called about its patient, the last try, and whether it is to leave, in the same query."""
    names = ("id", "name", "relation", "phone", "email", "language", "channel", "asked_on")
    said = JSONObject(**{name: name for name in names})
    contacts = Contact.objects.current().filter(patient=OuterRef("patient")).order_by("id")
    leaving = Departure.objects.open().filter(pump=OuterRef("pk"))
    offered = Offer.objects.open().filter(patient=OuterRef("patient"))
    return pumps.annotate(
        contacts=ArraySubquery(contacts.values(said=said)),
        is_leaving=Exists(leaving),
        is_offered=Exists(offered),
        tried=last_contact("pk"),
    )


def patient_page(pump: Pump, now: datetime, member: Membership) -> dict[str, Any]:
    """The template's context for a patient with a pump, which has its contacts at hand."""
    chart = chart_of(pump, now)
    return {
        "patient": pump.patient,
        "contacts": pump.contacts,  # type: ignore[attr-defined]  # annotated by with_contacts
        "chart": chart,
        "leaving": pump.is_leaving and pump.departures.open().select_related("asked_by").first(),  # type: ignore[attr-defined]
        "contact": contact_from(pump.tried),  # type: ignore[attr-defined]  # the same
        "may_step": member.may(chart.next_step.step.permission),
        "implants": implants_of(pump.patient),
        "replacement_tier": replacement_tier(pump, steps_of(member.clinic), timezone.localdate(now)),
        "offer": pump.is_offered and pump.patient.offers.open().select_related("to_clinic").first(),  # type: ignore[attr-defined]
    }


def page_as_of(pump: Pump, at: datetime) -> dict[str, Any]:
    """The template's context for a patient on a past day: `pump` is the one of that day."""
    then = replay(pump, at)
    return {"patient": then.pump.patient, "chart": chart_as_of(then), "then": then}


def page_without_pump(patient: Patient) -> dict[str, Any]:
    """The template's context for a patient in whom no pump is implanted."""
    left = Departure.objects.filter(pump__patient=patient, is_confirmed=True)
    return {
        "patient": patient,
        "contacts": patient.contacts.current().order_by("id"),
        "chart": None,
        "implants": implants_of(patient),
        "left": left.select_related("asked_by", "closed_by").order_by("-closed_at").first(),
    }


def _visits(pump: Pump) -> Iterable[Appointment]:
    found = pump.appointments.select_related("booked_by", "closed_by").annotate(
        is_closed=lies_on_closed_day()
    )
    return found.order_by("-on", "-id")[:NEWEST]


def _alerts(pump: Pump) -> Iterable[Alert]:
    """Everything open, whatever its date, the most urgent first; then the newest of what is closed."""
    found = Alert.objects.filter(pump=pump).select_related("acknowledged_by")
    return found.order_by(F("closed_at").desc(nulls_first=True), "-tier", "id")[:NEWEST]


def _followups(row: Projection) -> list[Json]:
    """What refills left open, the first due first, as the forecast's row tells it."""
    return [each for each in row.findings if each["code"] == FOLLOWUP_OPEN]


def _unopened(found: Look, alerts: Iterable[Alert]) -> list[Finding]:
    standing = {alert.kind for alert in alerts}
    fresh = [
        each
        for each in found.findings
        if each.kind in SHOWN_WITHOUT_ALERT and each.kind.value not in standing
    ]
    return sorted(fresh, key=lambda finding: -finding.tier)


def _drawing(pump: Pump, scenario: object, known: Forecast | None, now: datetime) -> ReservoirChart | None:
    if known is None or not isinstance(scenario, Scenario):
        return None
    return reservoir_chart(pump, ruling_reading(scenario), known, now)


def _pending(pump: Pump, row: Projection) -> list[PendingProgramme]:
    """What is still owed to an unsigned programme; asked for only where the forecast says that there is one."""
    codes = {finding["code"] for finding in row.findings}
    state = PendingProgramme.State
    owed = {
        code: state for code, state in ((PENDING, state.OPEN), (DECLINED, state.DECLINED)) if code in codes
    }
    return [each for each in uncertain(pump) if each.state in owed.values()] if owed else []


def _bridges(pending: Iterable[PendingProgramme]) -> list[Adjustment]:
    return [bridge for each in pending if (bridge := each.as_bridge())]


def _alarm_to_empty(known: Forecast | None) -> str:
    if known is None or known.alarm_at is None or known.empty_at is None:
        return ""
    return between(known.alarm_at, known.empty_at)


def _ratio(ratio: DeliveryRatio, pump: Pump) -> str:
    """Where the band around the programmed delivery comes from."""
    band = f"{ratio.low:.3f} to {ratio.high:.3f} of the programmed flow"
    if ratio.source == "learned":
        return f"learned from {ratio.cycles} refills: {ratio.mean:.3f}, {band}"
    return f"specification ±{plain(pump.accuracy_pct)} %{unconfirmed(pump, 'accuracy_pct')}: {band}"


def _constants(pump: Pump) -> list[tuple[str, str]]:
    named = [
        ("Reservoir", "reservoir_ml", "mL"),
        ("Alarm volume", "alarm_ml", "mL"),
        ("Unusable", "unusable_ml", "mL"),
        ("Accuracy, ±", "accuracy_pct", "%"),
        ("Least flow", "min_flow_ml_per_day", "mL/d"),
        ("Most flow", "max_flow_ml_per_day", "mL/d"),
    ]
    return [
        (words, f"{quantity(value, unit)}{unconfirmed(pump, name)}")
        for words, name, unit in named
        if (value := getattr(pump, name)) is not None
    ]


def _facts_of(pump: Pump, known_at: datetime | None = None) -> Facts:
    """Every kind of fact, the newest first, those that were struck out among them."""
    found: Facts = []
    for kind in (pump.refills, pump.programmes, pump.adjustments):
        told = kind.filter(recorded_at__lte=known_at) if known_at else kind.all()
        found += told.select_related("recorded_by", "correction__struck_by").order_by("-at")[:NEWEST]
    for fact in found:
        fact.known_at = known_at
    return found
