"""What was recorded last about a pump, in sentences: shown to a person who was late with the same page."""

from typing import Any

from django.utils import timezone

from itb.infusion.quantities import plain
from itb.meanwhile import Meanwhile
from itb.templatetags.moments import day
from patients.models import Pump
from refills.models import Adjustment, Fact, PendingProgramme, Programme, Refill
from refills.records import record_of

MOST = 20


def recorded_last(pump: Pump, number: int) -> list[Meanwhile]:
    """The last `number` facts and corrections, the newest first, however far back they happened."""
    most = min(number, MOST)
    kinds = (pump.refills, pump.programmes, pump.adjustments, pump.pending_programmes)
    facts: list[Any] = [
        fact
        for kind in kinds
        for fact in kind.select_related("recorded_by", "pump__patient").order_by("-recorded_at", "-id")[:most]
    ]
    struck = pump.corrections.select_related("struck_by", "refill", "programme", "adjustment")
    told = [
        *(Meanwhile(_said(fact), str(fact.recorded_by), fact.recorded_at) for fact in facts),
        *(
            Meanwhile(
                f"Struck out: {sentence_of(each.fact)} “{each.reason}”", str(each.struck_by), each.struck_at
            )
            for each in struck.order_by("-struck_at", "-id")[:most]
        ),
    ]
    return sorted(told, key=lambda each: each.at, reverse=True)[:most]


def _said(fact: Fact | PendingProgramme) -> str:
    if isinstance(fact, PendingProgramme):
        return f"{sentence_of(fact.as_programme())} It waits for a second signature."
    return sentence_of(fact)


def sentence_of(fact: Fact) -> str:
    """Such as `Refill of Tue 24 Nov 2026 09:30: 40 mL of 2000 mcg/mL, lot L2, withdrawn 34 mL`, and a full stop."""
    local, record = timezone.localtime(fact.at), record_of(fact)
    told = ", ".join(filter(None, _figures(fact) or [record.words]))
    named = f"{record.name.capitalize()} of {day(local)} {local:%H:%M}"
    return f"{named}: {told}." if told else f"{named}."


def _figures(fact: Fact) -> list[str]:
    if isinstance(fact, Refill):
        drawn = "" if fact.withdrawn_ml is None else f"withdrawn {plain(fact.withdrawn_ml)} mL"
        filled = f"{plain(fact.filled_ml)} mL of {plain(fact.concentration_mcg_per_ml)} mcg/mL"
        return [filled, f"lot {fact.lot}", drawn]
    if isinstance(fact, Programme):
        dose, strength = plain(fact.dose_mcg_per_day), plain(fact.concentration_mcg_per_ml)
        return [str(fact.get_mode_display()).lower(), f"{dose} mcg/day at {strength} mcg/mL"]
    assert isinstance(fact, Adjustment)
    return [fact.reason] if not record_of(fact).words else []
