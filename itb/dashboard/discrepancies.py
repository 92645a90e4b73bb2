"""The last six discrepancies, drawn against their limits, and what they mean together."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from itb.infusion.forecast import CycleRead
from itb.infusion.quantities import plain
from itb.infusion.ratio import MOST_DIFFERENCE_ML
from patients.models import Pump
from refills.procedure_policy import TREND_SOURCE, ProcedureRules, procedure_of

SHOWN: Final = 6
LEFT, RIGHT, ZERO, HALF = 48, 740, 100, 72
MEANINGS: Final = {
    "under_delivery": "more was left: the pump gave too little. It may have stalled, or the catheter be blocked",
    "over_delivery": "less was left: the pump gave too much, or the last fill went beside it",
    "ran_empty": "on paper it had run empty",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One refill: how far what was found lay from what was expected, and how far it may."""

    cycle: CycleRead
    x: float
    y: float
    height: float
    accuracy_ml: Decimal
    """What the pump's accuracy allows for what was programmed since the fill before."""
    accuracy_y: tuple[float, float] | None
    """Where that stands above and below; None where it is beyond the drawing."""
    meaning: str

    @property
    def told(self) -> str:
        """`+0.4`, `−2.7`: with its sign."""
        return f"{self.cycle.difference_ml:+.1f}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class Discrepancies:
    """The drawing, and the sentence under it."""

    bars: list[Bar]
    limit_ml: int
    limit_y: tuple[float, float]
    reach_ml: str
    accuracy: str
    drift: str
    """Said where the last ones lie to one side; empty where they do not."""
    source: str = TREND_SOURCE


def draw_discrepancies(cycles: Sequence[CycleRead], pump: Pump) -> Discrepancies | None:
    """Of the newest refills; None where no residual was compared yet."""
    last = cycles[-SHOWN:]
    if not last:
        return None
    reach = max([abs(each.difference_ml) for each in last] + [Decimal(MOST_DIFFERENCE_ML) * Decimal("1.25")])
    scale = HALF / float(reach)
    limit = MOST_DIFFERENCE_ML * scale
    return Discrepancies(
        bars=[_bar(each, number, pump, scale) for number, each in enumerate(last)],
        limit_ml=MOST_DIFFERENCE_ML,
        limit_y=(round(ZERO - limit, 1), round(ZERO + limit, 1)),
        reach_ml=plain(reach.quantize(Decimal("0.1"))),
        accuracy=plain(pump.accuracy_pct),
        drift=drift_of(cycles, procedure_of(pump.clinic)),
    )


def drift_of(cycles: Sequence[CycleRead], rules: ProcedureRules) -> str:
    """That the last ones lie to one side, each by as much as counts here; empty where they do not."""
    last = [each.difference_ml for each in cycles[-rules.trend_count :]]
    if len(last) < rules.trend_count or any(abs(each) < rules.trend_ml for each in last):
        return ""
    if len({each > 0 for each in last}) > 1:
        return ""
    side = "more was left than expected" if last[0] > 0 else "less was left than expected"
    return (
        f"The last {rules.trend_count} refills lie to one side: each time {side}, by {plain(rules.trend_ml)} mL "
        "or more. Look for the cause."
    )


def _bar(cycle: CycleRead, number: int, pump: Pump, scale: float) -> Bar:
    gap, width = cycle.difference_ml, (RIGHT - LEFT) / SHOWN
    height = round(float(abs(gap)) * scale, 1)
    allowed = cycle.programmed_ml * pump.accuracy_pct / 100
    far = round(float(allowed) * scale, 1)
    return Bar(
        cycle=cycle,
        x=round(LEFT + width * (number + 0.5), 1),
        y=ZERO - height if gap > 0 else ZERO,
        height=height,
        accuracy_ml=allowed.quantize(Decimal("0.01")),
        accuracy_y=(ZERO - far, ZERO + far) if far <= HALF else None,
        meaning=MEANINGS.get(cycle.finding or "", ""),
    )
