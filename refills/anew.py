"""What was struck out, to be recorded anew: what its form begins with.

What must be read from the vial or the programmer each time (product, lot, concentration, serial number) is left out.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone

from itb.infusion.quantities import plain
from refills.adjustment_form import KINDS, QUANTITIES
from refills.models import Adjustment, Fact, Programme, Refill
from refills.scenario import Json, pattern_of

Typed = dict[str, str]
PAGES: Final = {Refill: "refills:record", Programme: "refills:start", Adjustment: "refills:adjust"}
WORDS: Final = "What was struck out is here to be put right. Nothing of it is kept again until you keep it."


def page_of(fact: Fact) -> str:
    """Where a fact of its kind is recorded."""
    return reverse(PAGES[type(fact)], args=[fact.pump_id])


def can_be_told_anew(fact: Fact) -> bool:
    """Whether its form takes it: a bridge comes with its programme, and a programme comes after all others."""
    if isinstance(fact, Programme):
        return not fact.pump.programmes.standing().filter(at__gt=fact.at).exists()
    return not isinstance(fact, Adjustment) or fact.kind in KINDS


def typed_of(fact: Fact) -> Typed:
    """What was typed, field by field, as far as it may be offered again."""
    if isinstance(fact, Refill):
        return _of_refill(fact)
    if isinstance(fact, Programme):
        return _of_programme(fact)
    assert isinstance(fact, Adjustment)
    return _of_adjustment(fact)


def _of_refill(refill: Refill) -> Typed:
    return _told(
        at=refill.at,
        withdrawn_ml=refill.withdrawn_ml,
        emptied="yes" if refill.emptied else "no",
        filled_ml=refill.filled_ml,
        explanation=refill.explanation,
        printed_alarm_on=refill.printed_alarm_on,
    )


def _of_programme(programme: Programme) -> Typed:
    whole = {"at": programme.at, "mode": programme.mode, "reason": programme.reason}
    return _told(**whole, printed_alarm_on=programme.printed_alarm_on, **_day(pattern_of(programme)))


def _day(pattern: Json) -> Json:
    """A pattern's keys are the form's fields, but for the steps: each has a row of its own."""
    steps = pattern.get("steps", [])
    rows = {
        f"{field}_{row}": step[key]
        for row, step in enumerate(steps)
        for field, key in (("from", "from"), ("rate", "mcg_per_h"))
    }
    count = {"rows": len(steps)} if steps else {}
    return {**{name: value for name, value in pattern.items() if name != "steps"}, **rows, **count}


def _of_adjustment(adjustment: Adjustment) -> Typed:
    column, name = QUANTITIES.get(Adjustment.Kind(adjustment.kind), ("", ""))
    quantity = {name: getattr(adjustment, column)} if column else {}
    return _told(at=adjustment.at, kind=adjustment.kind, reason=adjustment.reason, **quantity)


def _told(**values: Any) -> Typed:
    return {name: _text(value) for name, value in values.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
    return plain(value) if isinstance(value, Decimal) else str(value)
