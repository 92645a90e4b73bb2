"""A clinic's settings that are changed together: each with its default, source, mark and history."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from django.db import models
from django.db.models import QuerySet

from itb.accounts.models import Clinic, Membership, User
from itb.audit.history import HISTORIES
from itb.infusion.catalogue import MARKS
from itb.infusion.quantities import plain

BECAUSE: Final = "changed_because"
MOST_CHANGES: Final = 50


@dataclass(frozen=True, slots=True)
class Section:
    """Settings, where they are kept, and what is done with them. A new section is one of these and its page."""

    name: str
    title: str
    sentence: str
    url_name: str
    kind: type[Any]
    """The dataclass of the settings."""
    about: Mapping[str, Mapping[str, Any]]
    """Of each setting: words, default, source, mark; its bounds `least` and `most`, its unit, or its choices."""
    row: type[models.Model]
    read: Callable[[Clinic], Any]
    keep: Callable[..., Any] | None = None
    """Called with `settings`, `because`, `by` and `at`; None where the section has a form of its own."""
    preview: Callable[[Membership, Any, datetime], list[str]] = field(default=lambda *_: [])
    """What other settings would change, in sentences, with nothing kept."""


@dataclass(frozen=True, slots=True)
class Value:
    """A setting as a page shows it."""

    words: str
    here: str
    default: str
    unit: str
    source: str
    mark: str

    @property
    def is_own(self) -> bool:
        """Whether the clinic has set another value than the default."""
        return self.here != self.default


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a section: when, by whom, why, and each setting that moved as `words: old → new`."""

    at: datetime
    who: str
    because: str
    moved: list[str]


def about_of(kind: type[Any]) -> dict[str, dict[str, Any]]:
    """What the fields of a dataclass say of themselves, as `refills.policy.setting` writes it."""
    return {each.name: {"default": each.default, **each.metadata} for each in fields(kind)}


def values(section: Section, clinic: Clinic) -> list[Value]:
    """Every setting: what is set here, the default, and where that comes from."""
    here = asdict(section.read(clinic))
    return [
        Value(
            words=about["words"],
            here=told(about, here[name]),
            default=told(about, about["default"]),
            unit=unit(about, here[name]),
            source=about["source"],
            mark=_mark(about["mark"]),
        )
        for name, about in section.about.items()
    ]


def told(about: Mapping[str, Any], value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return str(about["when_empty"])
    chosen = about.get("choices", {}).get(value, value)
    return plain(chosen) if isinstance(chosen, Decimal) else str(chosen)


def unit(about: Mapping[str, Any], value: Any) -> str:
    """Its unit; none where it is no figure."""
    if value is None or "choices" in about:
        return ""
    return str(about.get("unit") or ("day" if value == 1 else "days"))


def history(section: Section, clinic: Clinic) -> list[Change]:
    """Every change that was ever made, the newest first, from what PostgreSQL itself has kept."""
    histories: Any = HISTORIES[section.row].objects
    kept: QuerySet[Any] = histories.filter(clinic=clinic).order_by("pgh_id")
    rows = list(kept[:MOST_CHANGES])
    people = User.objects.in_bulk([row.pgh_by_id for row in rows if row.pgh_by_id])
    before = {name: about["default"] for name, about in section.about.items()}
    states = [before, *({name: getattr(row, name) for name in section.about} for row in rows)]
    return [
        Change(
            row.pgh_created_at,
            str(people.get(row.pgh_by_id, "")),
            getattr(row, BECAUSE, ""),
            list(_moved(section, *pair)),
        )
        for row, pair in zip(rows, pairwise(states), strict=True)
    ][::-1]


def _moved(section: Section, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for name, about in section.about.items():
        if old[name] != new[name]:
            yield f"{about['words']}: {told(about, old[name])} → {told(about, new[name])}"


def _mark(mark: str) -> str:
    """What a mark means; an unconfirmed one says so first."""
    return f"unconfirmed: {MARKS[mark]}" if mark.startswith("unconfirmed") else MARKS[mark]
