"""What a run has found: the counts that every run adds up, and figures of its own."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from tests.chaos.history import Verdict

COUNTED = ("due", "kills", "lost", "twice", "ambiguous", "skipped")


@dataclass(frozen=True, slots=True)
class Found:
    """Of one run of the promise `name`."""

    name: str
    is_kept: bool
    due: int = 0
    kills: int = 0
    lost: int = 0
    twice: int = 0
    ambiguous: int = 0
    skipped: int = 0
    """Faults that this machine does not permit."""
    figures: dict[str, Any] = field(default_factory=dict)
    said: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        name: str,
        verdict: Verdict,
        *,
        is_kept: bool,
        kills: int = 0,
        said: tuple[str, ...] = (),
        **more: Any,
    ) -> Self:
        """From a checked history."""
        figures = {"uncounted": verdict.uncounted, "unknown": verdict.unknown, **more}
        return cls(
            name,
            is_kept,
            due=verdict.due,
            kills=kills,
            lost=verdict.lost,
            twice=verdict.twice,
            ambiguous=verdict.ambiguous,
            figures=figures,
            said=(*verdict.said, *said),
        )

    def as_json(self) -> dict[str, Any]:
        """For a line."""
        return asdict(self)


def summary(found: Iterable[Found]) -> dict[str, Any]:
    """The counts of all runs, and for each promise whether it was kept, with its figures added up or joined."""
    runs = list(found)
    totals: dict[str, Any] = {name: sum(getattr(each, name) for each in runs) for name in COUNTED}
    for each in runs:
        own = totals.setdefault(each.name, {"runs": 0, "kept": 0})
        own["runs"] += 1
        own["kept"] += each.is_kept
        for name in COUNTED:
            own[name] = own.get(name, 0) + getattr(each, name)
        for name, value in each.figures.items():
            own[name] = joined(own[name], value) if name in own else value
    return totals


def joined(one: Any, other: Any) -> Any:
    """Of two runs: numbers are added where they count, lists are strung together, else the worse is kept."""
    if isinstance(one, list):
        return [*one, *other]
    if isinstance(one, float) or isinstance(other, float):
        return max(one, other)
    return one + other if isinstance(one, int) else other
