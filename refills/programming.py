"""What a clinic demands of a programme: what it has set, else the defaults, each with its source."""

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Final

from itb.accounts.models import Clinic
from patients.models import Patient, Pump
from refills.policy import setting


class Signature(StrEnum):
    """When a programme waits for a second signature. Past double or half it always does."""

    ALWAYS = "always"
    PAST = "past"
    NEVER = "never"

    @property
    def words(self) -> str:
        """For people."""
        return _WORDS[self]


_WORDS: Final = {
    Signature.ALWAYS: "Every programme",
    Signature.PAST: "A change of concentration, and a dose past the limit",
    Signature.NEVER: "Only more than double or less than half of the dose",
}


@dataclass(frozen=True, slots=True)
class Programming:
    """Second signatures, the phase of the therapy, and what is asked about a change of dose."""

    signature: str = setting(
        Signature.PAST.value,
        "What a second person signs",
        "Our proposal, after the two-person checks of high-alert drugs; no figure for pumps was found",
        "design",
        choices={each.value: each.words for each in Signature},
    )
    signature_pct: int | None = setting(
        None,
        "Change of dose, in percent up or down, past which a second person signs",
        "The label's step for the patient's origin and phase, from the catalogue",
        "unconfirmed-H",
        most=100,
        unit="%",
        when_empty="the label’s step",
    )
    titration_days: int = setting(
        60,
        "Days after the first implant that count as titration",
        "About 60 days after surgery, or when stable (Boster 2016; Medscape)",
        "paper",
        most=365,
    )
    confirm_pct: int = setting(
        20,
        "Change of dose, in percent up or down, that is confirmed by a tick of its own",
        "Our proposal: a slip of one digit is rarely smaller",
        "design",
        most=100,
        unit="%",
    )


def programming_of(clinic: Clinic) -> Programming:
    """What the clinic has set, else the defaults."""
    kept = getattr(clinic, "programming_policy", None)
    if kept is None:
        return Programming()
    return Programming(**{each.name: getattr(kept, each.name) for each in fields(Programming)})


def phase_of(pump: Pump, today: date) -> str:
    """Titration in the first days of the therapy, then maintenance. A new pump in an old therapy titrates nothing."""
    first = implanted_first(pump.patient)
    days = programming_of(pump.patient.clinic).titration_days
    return "titration" if (today - first).days < days else "maintenance"


def implanted_first(patient: Patient) -> date:
    """When the patient's first pump was implanted."""
    return min(patient.pumps.values_list("implanted_on", flat=True))
