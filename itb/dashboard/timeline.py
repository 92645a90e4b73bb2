"""One line of time: dose and concentration as steps, what was done, discrepancies as bars, and alerts.

Geometry only, in the units of an SVG 760 wide; `templates/dashboard/timeline.svg` writes it down. Every mark leads to
its record, lanes differ by place and shape and not by colour, and the table that follows holds the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from alerts.models import Alert
from alerts.rules import Tier
from itb.infusion.forecast import CycleRead
from itb.infusion.quantities import plain
from refills.models import Adjustment, Programme, Refill

LEFT, RIGHT = 48, 740
DOSE_TOP, DOSE_FLOOR = 66, 136
DONE = 184
ZERO, ML = 246, 12  # the line of no discrepancy, and how high a millilitre is
ALERTS = 318
FLOOR = 334
MOST_ML: Final = Decimal(3)
"""What is beyond is drawn as so much, with its figure."""
LETTER: Final = 6.4
MOST_TICKS: Final = 9


@dataclass(frozen=True, slots=True)
class Life:
    """What has happened with a pump: the facts that stand, the cycles between fills, and the alerts."""

    programmes: Sequence[Programme]
    refills: Sequence[Refill]
    adjustments: Sequence[Adjustment]
    cycles: Sequence[CycleRead]
    alerts: Sequence[Alert]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as a mark and as a line of the table."""

    kind: str
    """Names its shape: `programme`, `refill`, `other`, `more`, `less`, `alert`."""
    at: datetime
    words: str
    href: str
    x: float = 0
    y: float = 0
    height: float = 0
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Words at a place."""

    x: float
    y: float
    words: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that the drawing and its table hold."""

    description: str
    steps: str
    doses: list[Text]
    strengths: list[Text]
    most_dose: str
    ticks: list[Text]
    marks: list[Event]
    bars: list[Event]
    limit_y: tuple[float, float]
    table: list[Event]


@dataclass(frozen=True, slots=True)
class Span:
    """From instants to places."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def x(self, at: datetime) -> float:
        share = (at - self.start) / (self.end - self.start)
        return round(LEFT + (RIGHT - LEFT) * min(max(share, 0), 1), 1)


def draw_timeline(life: Life, now: datetime, zone: ZoneInfo) -> Timeline | None:
    """None where nothing has happened yet."""
    began = [each.at for each in (*life.programmes, *life.refills, *life.adjustments)]
    if not began:
        return None
    span = Span(min([*began, now - timedelta(days=7)]), now, zone)
    told = sorted(life.programmes, key=lambda programme: programme.at)
    most = max([each.dose_mcg_per_day for each in told], default=Decimal(0)) or Decimal(1)
    done = [
        *(_refill(each, span) for each in life.refills),
        *(_other(each, span) for each in life.adjustments),
    ]
    rung = [_alert(each, span) for each in life.alerts]
    bars = [_bar(each, life.refills, span) for each in life.cycles]
    doses = [_programme(each, most, span) for each in told]
    return Timeline(
        description=_describe(life, bars),
        steps=_steps(doses),
        doses=_labels(
            [
                Text(each.x, each.y - 6, plain(fact.dose_mcg_per_day))
                for each, fact in zip(doses, told, strict=True)
            ]
        ),
        strengths=_labels(_strengths(told, span)),
        most_dose=plain(most),
        ticks=_months(span),
        marks=[*doses, *done, *rung],
        bars=bars,
        limit_y=(ZERO - 2 * ML, ZERO + 2 * ML),
        table=sorted([*doses, *done, *bars, *rung], key=lambda event: event.at, reverse=True),
    )


def _programme(fact: Programme, most: Decimal, span: Span) -> Event:
    words = f"{plain(fact.dose_mcg_per_day)} mcg/d at {plain(fact.concentration_mcg_per_ml)} mcg/mL"
    height = float(fact.dose_mcg_per_day / most) * (DOSE_FLOOR - DOSE_TOP)
    return Event(
        "programme", fact.at, words, f"#programme-{fact.pk}", span.x(fact.at), round(DOSE_FLOOR - height, 1)
    )


def _refill(fact: Refill, span: Span) -> Event:
    words = f"Filled {plain(fact.filled_ml)} mL of {plain(fact.concentration_mcg_per_ml)} mcg/mL"
    return Event("refill", fact.at, words, f"#refill-{fact.pk}", span.x(fact.at), DONE)


def _other(fact: Adjustment, span: Span) -> Event:
    return Event(
        "other", fact.at, str(fact.get_kind_display()), f"#adjustment-{fact.pk}", span.x(fact.at), DONE
    )


def _alert(alert: Alert, span: Span) -> Event:
    tier = Tier(alert.tier)
    words = f"{tier.word}: {alert.get_kind_display()}"
    if alert.closed_at is None:
        words += ", open"
    href = "#what-now" if alert.closed_at is None else f"#alert-{alert.pk}"
    return Event(
        "alert", alert.opened_at, words, href, span.x(alert.opened_at), ALERTS, tier=tier.name.lower()
    )


def _bar(cycle: CycleRead, refills: Iterable[Refill], span: Span) -> Event:
    """Up: more was found than expected, too little was delivered. Down: less, too much was."""
    gap = cycle.difference_ml
    height = float(min(abs(gap), MOST_ML)) * ML
    record = next((each for each in refills if abs(each.at - cycle.at) < timedelta(seconds=1)), None)
    words = f"{gap:+.2f} mL: found {cycle.withdrawn_ml:.2f}, expected {cycle.expected_ml:.2f}".replace(
        "-", "−"
    )
    return Event(
        "more" if gap > 0 else "less",
        cycle.at,
        words,
        f"#refill-{record.pk}" if record else "#records",
        span.x(cycle.at),
        round(ZERO - height if gap > 0 else ZERO, 1),
        round(height, 1),
    )


def _steps(doses: Sequence[Event]) -> str:
    """From each dose level to the next, and on to now."""
    if not doses:
        return ""
    path = f"M{doses[0].x:g} {doses[0].y:g}"
    for before, after in pairwise(doses):
        path += f"H{after.x:g}V{after.y:g}" if after.y != before.y else f"H{after.x:g}"
    return f"{path}H{RIGHT}"


def _strengths(programmes: Sequence[Programme], span: Span) -> list[Text]:
    """Each concentration where it begins."""
    told: list[Text] = []
    before: Decimal | None = None
    for each in programmes:
        if each.concentration_mcg_per_ml != before:
            before = each.concentration_mcg_per_ml
            told.append(Text(span.x(each.at), DOSE_TOP - 32, f"{plain(before)} mcg/mL"))
    return told


def _labels(texts: Iterable[Text]) -> list[Text]:
    """Those that do not touch the one before; the last always stands, since it is what holds now."""
    kept: list[Text] = []
    for text in sorted(texts, key=lambda each: -each.x):
        room = RIGHT if not kept else kept[-1].x - 4
        x = min(text.x, RIGHT - len(text.words) * LETTER)
        if not kept or x + len(text.words) * LETTER <= room:
            kept.append(Text(round(x, 1), text.y, text.words))
    return kept[::-1]


def _months(span: Span) -> list[Text]:
    """The first day of each month, or of each second, third… where there are many."""
    first, firsts = span.start.astimezone(span.zone).date().replace(day=1), []
    while (at := datetime.combine(first, time(), span.zone)) <= span.end:
        firsts.append(at)
        first = (first + timedelta(days=32)).replace(day=1)
    inside = [at for at in firsts if at >= span.start]
    every = -(-len(inside) // MOST_TICKS) or 1
    ticks = [Text(span.x(at), FLOOR + 18, _month(at, every), "middle") for at in inside[::every]]
    return [tick for tick in ticks if LEFT + 16 <= tick.x <= RIGHT - 16]


def _month(at: datetime, every: int) -> str:
    return f"{at:%b %Y}" if at.month == 1 or every > 1 else f"{at:%b}"


def _describe(life: Life, bars: Sequence[Event]) -> str:
    return (
        f"{len(life.programmes)} programmes, {len(life.refills)} fills, {len(bars)} discrepancies and"
        f" {len(life.alerts)} alerts, the same as in the table that follows."
    )
