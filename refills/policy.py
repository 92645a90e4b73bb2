"""A clinic's margins: what it has set, else the defaults, each with its source."""

from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

from itb.accounts.models import Clinic
from itb.infusion.catalogue import Constant, catalogue
from patients.models import Patient


def _from_catalogue(constant: Constant, words: str, **bounds: int) -> Any:
    return setting(int(constant.value), words, constant.source, constant.mark, **bounds)


def setting(default: Any, words: str, source: str, mark: str, **bounds: Any) -> Any:
    """A policy value: its default, what it means, where that comes from; `bounds` such as the most that is sane."""
    return field(default=default, metadata={"words": words, "source": source, "mark": mark, **bounds})


_BOOKS = catalogue().refill
_AT_RISK = "Our proposal; the groups at risk are the label's"


@dataclass(frozen=True, slots=True)
class Margins:
    """How far before trouble a refill is due, in days."""

    margin_days: int = _from_catalogue(
        _BOOKS.margin_days,
        "Days before the low-reservoir alarm by which the pump is refilled",
        least=1,
        most=60,
    )
    max_interval_days: int = _from_catalogue(
        _BOOKS.longest_stay_days,
        "Longest stay of a fill in the pump, in days, whatever is left",
        least=1,
        most=365,
    )
    accuracy_days: int = _from_catalogue(
        _BOOKS.accuracy_days, "Days before the earliest empty moment by which the pump is refilled", most=60
    )
    shift_days: int = setting(
        7, "Days by which each risk flag moves every reminder earlier", _AT_RISK, "design", most=30
    )
    shift_max_days: int = setting(
        14, "The most days by which all flags together move them", _AT_RISK, "design", most=60
    )

    def shift(self, patient: Patient) -> timedelta:
        """How much earlier every reminder comes for this patient. `refill_by` itself stays."""
        return timedelta(days=min(self.shift_days * len(patient.risk_flags), self.shift_max_days))


def margins_of(clinic: Clinic) -> Margins:
    """What the clinic has set, else the defaults."""
    kept = getattr(clinic, "refill_policy", None)
    return Margins(**{each.name: getattr(kept, each.name) for each in fields(Margins)}) if kept else Margins()
