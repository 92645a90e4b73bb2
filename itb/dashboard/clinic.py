"""What the clinic's page shows: its policy with sources."""

from dataclasses import dataclass, fields

from django.urls import reverse

from alerts.policy import DEFAULTS, SOURCE, WORDS, steps_of
from itb.accounts.models import Clinic
from itb.infusion.catalogue import MARKS
from refills.planning_policy import Planning, planning_of
from refills.policy import Margins, margins_of


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the policy: what is set here, the default, and where that comes from. Without a unit it is in days."""

    words: str
    here: int
    default: int
    source: str
    mark: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class PolicyTable:
    """Values that are changed together."""

    name: str
    title: str
    href: str
    values: list[Value]


def policies(clinic: Clinic) -> list[PolicyTable]:
    """The clinic's margins, its reminder steps, and what it plans visits by."""
    return [
        PolicyTable("margins", "Margins", reverse("refills:policy"), _margins(clinic)),
        PolicyTable("reminders", "Reminder steps", reverse("alerts:policy"), _steps(clinic)),
        PolicyTable("planning", "Planning", reverse("refills:planning"), _planning(clinic)),
    ]


def _margins(clinic: Clinic) -> list[Value]:
    mine, default = margins_of(clinic), Margins()
    return [
        Value(
            each.metadata["words"],
            getattr(mine, each.name),
            getattr(default, each.name),
            each.metadata["source"],
            _mark(each.metadata["mark"]),
        )
        for each in fields(Margins)
    ]


def _planning(clinic: Clinic) -> list[Value]:
    mine, default = planning_of(clinic), Planning()
    return [
        Value(
            each.metadata["words"],
            getattr(mine, each.name),
            getattr(default, each.name),
            each.metadata["source"],
            _mark(each.metadata["mark"]),
            each.metadata["unit"],
        )
        for each in fields(Planning)
    ]


def _steps(clinic: Clinic) -> list[Value]:
    mine = steps_of(clinic)
    return [
        Value(words, getattr(mine, name), getattr(DEFAULTS, name), SOURCE, _mark("design"))
        for name, words in WORDS.items()
    ]


def _mark(mark: str) -> str:
    """What a mark means; an unconfirmed one says so first."""
    return f"unconfirmed: {MARKS[mark]}" if mark.startswith("unconfirmed") else MARKS[mark]
