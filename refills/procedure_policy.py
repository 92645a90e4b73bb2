"""How a clinic wants its refills done: what it has set, else the defaults, each with its source."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final

from itb.accounts.models import Clinic

TREND_SOURCE: Final = (
    "Our proposal. A single small difference is the syringe's or the emptying's; several to one side are not "
    "(Wesemann 2014, PMC4218763; ASRA Fall 2017, poster 1139, name no number)"
)


@dataclass(frozen=True, slots=True)
class ProcedureRules:
    """Whether a second person is demanded, and from where on small differences to one side are looked into."""

    demands_checker: bool = False
    trend_ml: Decimal = Decimal("1.5")
    trend_count: int = 3
    emergency_numbers: str = ""


def procedure_of(clinic: Clinic) -> ProcedureRules:
    """What the clinic has set, else the defaults."""
    kept = getattr(clinic, "procedure_policy", None)
    if kept is None:
        return ProcedureRules()
    return ProcedureRules(**{each.name: getattr(kept, each.name) for each in fields(ProcedureRules)})
