"""What the clinic's policy page shows: every section with its sources and its history."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from alerts.cadence_section import CADENCE
from alerts.escalation_section import ESCALATION
from alerts.letters_section import LETTERS
from alerts.section import STEPS
from itb.accounts.models import Clinic
from refills.section import Change, Section, Value, history, values
from refills.sections import MARGINS, PLANNING, PROCEDURE, PROGRAMMING

SECTIONS: Final = (MARGINS, STEPS, ESCALATION, LETTERS, CADENCE, PROGRAMMING, PLANNING, PROCEDURE)
"""Every section of the policy, in the order of the page."""


@dataclass(frozen=True, slots=True)
class PolicyTable:
    """A section as it stands in one clinic."""

    section: Section
    href: str
    values: list[Value]
    changes: list[Change]


def policies(clinic: Clinic) -> list[PolicyTable]:
    """Every section of the clinic's policy."""
    return [
        PolicyTable(each, reverse(each.url_name), values(each, clinic), history(each, clinic))
        for each in SECTIONS
    ]
