"""What would follow from a fact that is typed and not kept yet: shown before anything is saved."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from itb.infusion.forecast import CycleRead, Forecast
from itb.infusion.scenario import Refusal
from patients.models import Pump
from refills.models import Adjustment, Programme, Refill
from refills.projection import forecast_of
from refills.scenario import Json, adjustment_fact, fill_fact, programme_fact

MEANINGS = {
    "under_delivery": "More was left than expected: less was delivered than programmed. Think of a stopped or stalled "
    "pump, an occluded catheter, a wrong earlier record.",
    "over_delivery": "Less was left than expected: more was delivered than programmed, or an earlier fill did not all "
    "reach the reservoir. Think of over-infusion, a pocket fill, incomplete emptying last time.",
    "ran_empty": "On paper the reservoir had run empty before this refill. Look for signs of withdrawal.",
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected at the moment of the fact, and the forecast that would follow.

    `expected_ml` and `difference_ml` (withdrawn less expected) are millilitres; None where nothing can be compared.
    `refusal` says why this very fact cannot be kept beside the others; one that stood before it is not repeated.
    """

    expected_ml: Decimal | None
    difference_ml: Decimal | None
    finding: str
    meaning: str
    after: Forecast | None
    refusal: Refusal | None

    @property
    def codes(self) -> set[str]:
        """Finding codes of the forecast that would follow."""
        return {finding.code for finding in self.after.findings} if self.after else set()


def outlook_of_refill(refill: Refill, at: datetime) -> Outlook:
    """The outlook of an unsaved refill with its pump, seen from `at`."""
    seen_at = max(at, refill.at)
    after = forecast_of(refill.pump, seen_at, [fill_fact(refill)])
    if isinstance(after, Refusal):
        # The first fill of a pump may come before its first programme: then there is just no forecast yet.
        refusal = _raised_by_this(after, refill.pump, seen_at)
        return Outlook(expected_ml(refill.pump, refill.at), None, "", "", None, refusal)
    cycle = _ended_by(refill, after) or _too_much_drawn(refill, seen_at)
    finding = (cycle and cycle.finding) or ""
    return Outlook(
        expected_ml=cycle.expected_ml if cycle else expected_ml(refill.pump, refill.at),
        difference_ml=cycle.difference_ml if cycle else None,
        finding=finding,
        meaning=MEANINGS.get(finding, ""),
        after=after,
        refusal=None,
    )


def _too_much_drawn(refill: Refill, seen_at: datetime) -> CycleRead | None:
    """More was drawn than was expected, though some was left in: at least so much was not delivered. Else None."""
    if refill.emptied or refill.withdrawn_ml is None:
        return None
    found = forecast_of(refill.pump, seen_at, [{**fill_fact(refill), "emptied": True}])
    cycle = None if isinstance(found, Refusal) else _ended_by(refill, found)
    return cycle if cycle and cycle.finding == "under_delivery" else None


def _ended_by(refill: Refill, found: Forecast) -> CycleRead | None:
    """The cycle that this refill ended; None where it ended none."""
    return next((cycle for cycle in found.cycles if cycle.at == refill.at), None)


def outlook_of_programme(programme: Programme, at: datetime, bridge: Adjustment | None = None) -> Outlook:
    """The outlook of an unsaved programme with its pump, and of the bridge that goes with it, seen from `at`."""
    facts = [programme_fact(programme), *([adjustment_fact(bridge)] if bridge else [])]
    return _outlook(programme, facts, at)


def outlook_of_adjustment(adjustment: Adjustment, at: datetime) -> Outlook:
    """The outlook of an unsaved adjustment with its pump, seen from `at`."""
    return _outlook(adjustment, [adjustment_fact(adjustment)], at)


def _outlook(fact: Programme | Adjustment, facts: list[Json], at: datetime) -> Outlook:
    seen_at = max(at, fact.at)
    after = forecast_of(fact.pump, seen_at, facts)
    if isinstance(after, Refusal):
        return Outlook(None, None, "", "", None, _raised_by_this(after, fact.pump, seen_at))
    return Outlook(None, None, "", "", after, None)


def expected_ml(pump: Pump, at: datetime) -> Decimal | None:
    """The expected residual at `at` from the facts kept so far; None where there is no forecast."""
    found = forecast_of(pump, at)
    return None if isinstance(found, Refusal) else found.volume_ml


def _raised_by_this(after: Refusal, pump: Pump, at: datetime) -> Refusal | None:
    """`after`, unless the facts kept so far are refused for the same reason: that must not block a refill."""
    before = forecast_of(pump, at)
    return None if isinstance(before, Refusal) and before.code == after.code else after
