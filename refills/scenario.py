"""From rows to a scenario file: what is known about one pump at a moment, in the core's open format."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from patients.models import Pump
from refills.models import Adjustment, Fact, PendingProgramme, Programme, Refill
from refills.policy import margins_of

Json = dict[str, Any]


def scenario_of(
    pump: Pump,
    at: datetime,
    extra: Iterable[Json] = (),
    *,
    without: Collection[Fact] = (),
    known_at: datetime | None = None,
) -> Json:
    """The scenario of `pump` at `at`, with `extra` facts that are not kept yet (what a form holds so far).

    What is unsigned and of the instant of an extra fact is that very one: it counts as signed.
    `without`: as if these were struck out. `known_at`: from what was known at that moment alone.
    """
    extra = list(extra)
    signed = {fact["at"] for fact in extra}
    unsigned = [fact for fact in _unsigned(pump, known_at) if fact["at"] not in signed]
    found = framed(pump, at, [*_kept(pump, without, known_at), *extra])
    return {**found, "unsigned": unsigned} if unsigned else found


def framed(pump: Pump, at: datetime, facts: list[Json]) -> Json:
    """The scenario of these facts, with the pump's constants and the clinic's margins around them."""
    clinic = pump.patient.clinic
    margins = margins_of(clinic)
    return {
        "format": 1,
        "at": at.isoformat(),
        "timezone": clinic.zone,
        "pump": _pump(pump),
        "policy": {
            "margin_days": margins.margin_days,
            "max_interval_days": margins.max_interval_days,
            "accuracy_days": margins.accuracy_days,
        },
        "facts": facts,
    }


def told(fact: Fact) -> Json:
    """A fact of any kind in the scenario's words."""
    match fact:
        case Refill():
            return fill_fact(fact)
        case Programme():
            return programme_fact(fact)
        case Adjustment():
            return adjustment_fact(fact)
    raise TypeError(fact)


def _kept(pump: Pump, without: Collection[Fact], known_at: datetime | None) -> Iterator[Json]:
    """What counts, one kind after the other, each in its order."""
    refills = pump.refills.standing(known_at).order_by("at")
    programmes = pump.programmes.standing(known_at).order_by("at")
    adjustments = pump.adjustments.standing(known_at).order_by("at")
    yield from (fill_fact(each) for each in refills if each not in without)
    yield from (programme_fact(each) for each in programmes if each not in without)
    yield from (adjustment_fact(each) for each in adjustments if each not in without)


def _unsigned(pump: Pump, known_at: datetime | None) -> Iterator[Json]:
    """Every programme that may run, or may have run since the pump was last filled, without a second signature."""
    for pending in uncertain(pump, known_at):
        yield programme_fact(pending.as_programme())
        if bridge := pending.as_bridge():
            yield adjustment_fact(bridge)


def uncertain(pump: Pump, known_at: datetime | None = None) -> list[PendingProgramme]:
    """The pump's programmes that nobody has signed and that it was told.

    A later programme ends one; what it took until then is measured by the fill that follows, and counts no more.
    """
    told = pump.pending_programmes.exclude(state=PendingProgramme.State.SIGNED).filter(was_told=True)
    if known_at is not None:
        told = told.filter(recorded_at__lte=known_at)
    related = ("pump", "recorded_by", "closed_by")
    pending = list(told.select_related(*related).order_by("at"))
    if not pending:
        return []
    programmes = sorted(pump.programmes.standing(known_at).values_list("at", flat=True))
    last_fill = max(pump.refills.standing(known_at).values_list("at", flat=True), default=None)
    ended = [next((at for at in programmes if at >= each.at), None) for each in pending]
    return [
        each
        for each, end in zip(pending, ended, strict=True)
        if end is None or last_fill is None or last_fill < end
    ]


def _pump(pump: Pump) -> Json:
    constants = (
        "reservoir_ml",
        "alarm_ml",
        "unusable_ml",
        "accuracy_pct",
        "min_flow_ml_per_day",
        "max_flow_ml_per_day",
    )
    return {name: _text(value) for name in constants if (value := getattr(pump, name)) is not None}


def fill_fact(refill: Refill) -> Json:
    """A refill as a `fill`."""
    return {
        "kind": "fill",
        "at": refill.at.isoformat(),
        "withdrawn_ml": _text(refill.withdrawn_ml),
        "filled_ml": _text(refill.filled_ml),
        "concentration_mcg_per_ml": _text(refill.concentration_mcg_per_ml),
        "emptied": refill.emptied,
        **_printed(refill),
    }


def programme_fact(programme: Programme) -> Json:
    """A programme in its mode's own keys."""
    return {
        "kind": "programme",
        "at": programme.at.isoformat(),
        "mode": programme.mode,
        "concentration_mcg_per_ml": _text(programme.concentration_mcg_per_ml),
        **pattern_of(programme),
        **_printed(programme),
    }


def pattern_of(programme: Programme) -> Json:
    """The mode's own keys. A continuous programme kept without them has no boluses: its dose is the day's."""
    if programme.mode == Programme.Mode.CONTINUOUS:
        return {"dose_mcg_per_day": _text(programme.dose_mcg_per_day), **programme.pattern}
    return {**programme.pattern}


def adjustment_fact(adjustment: Adjustment) -> Json:
    """A bolus, prime, bridge, withdraw, stop or resume with the quantities of its kind."""
    quantities = {"volume_ml": "volume_ml", "amount_mcg": "mcg", "hours": "hours"}
    return {
        "kind": adjustment.kind,
        "at": adjustment.at.isoformat(),
        **{
            key: _text(value)
            for name, key in quantities.items()
            if (value := getattr(adjustment, name)) is not None
        },
    }


def _printed(fact: Refill | Programme) -> Json:
    return {"printed_alarm_on": fact.printed_alarm_on.isoformat()} if fact.printed_alarm_on else {}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
