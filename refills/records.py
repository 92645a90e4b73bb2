"""A fact in words: how the chart and the page of a correction tell what was recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from itb.infusion.quantities import plain
from refills.catalogue import product_of
from refills.models import Adjustment, Correction, Fact, Programme, Refill
from refills.whole_day import words_of


@dataclass(frozen=True, slots=True)
class Record:
    """A fact as it was recorded, and what the page says beside it."""

    fact: Fact
    kind: str
    """`refill`, `programme` or `adjustment`."""
    words: str = ""
    """A refill's product by its name; how a programme's dose differs from the last; an adjustment's quantities."""
    day: str = ""
    """How a programme spreads its dose over the day; empty at one rate."""
    struck: Correction | None = None
    """Who struck it out, and why; None while it stands."""

    @property
    def name(self) -> str:
        """What the person who recorded it would call it: `refill`, `programme`, `single bolus`."""
        named = self.fact if isinstance(self.fact, Adjustment) else self.kind
        return str(named).lower()


def record_of(fact: Fact, before: Programme | None = None) -> Record:
    """`fact` in words; `before` is the programme that a programme followed."""
    if isinstance(fact, Refill):
        return Record(fact, "refill", _product(fact), struck=fact.struck)
    if isinstance(fact, Programme):
        return Record(fact, "programme", _change(fact, before), words_of(fact), fact.struck)
    assert isinstance(fact, Adjustment)
    return Record(fact, "adjustment", _quantities(fact), struck=fact.struck)


def records_of(facts: Iterable[Fact]) -> list[Record]:
    """Every kind of fact together, the newest first. A programme is held against the standing one before it."""
    told, before = [], None
    for fact in sorted(facts, key=lambda fact: fact.at):
        told.append(record_of(fact, before))
        before = fact if isinstance(fact, Programme) and not fact.struck else before
    return told[::-1]


def _quantities(adjustment: Adjustment) -> str:
    """`0.34 mL over 20 h`, `50 mcg`; empty for a stop."""
    told = [
        f"{plain(value)} {unit}"
        for value, unit in (
            (adjustment.volume_ml, "mL"),
            (adjustment.amount_mcg, "mcg"),
            (adjustment.hours, "h"),
        )
        if value is not None
    ]
    return " over ".join(told)


def _product(refill: Refill) -> str:
    product = product_of(refill)
    return product.name if product else refill.product


def _change(programme: Programme, before: Programme | None) -> str:
    """`was 556 mcg/d, +10.1 %`; empty for a first programme or the same dose."""
    if before is None or before.dose_mcg_per_day == programme.dose_mcg_per_day:
        return ""
    was = f"was {plain(before.dose_mcg_per_day)} mcg/d"
    if not before.dose_mcg_per_day:
        return was
    percent = (programme.dose_mcg_per_day / before.dose_mcg_per_day - 1) * 100
    return f"{was}, {percent.quantize(Decimal('0.1')):+} %"
