"""Safeguards taken away on purpose: each mutant is data (`mutants.toml`), and a test that notices must exist."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One safeguard less: in `file`, `old` becomes `new`. `tests` are the fewest that should notice."""

    name: str
    file: str
    old: str
    new: str
    why: str
    """What would be open without it."""
    tests: tuple[str, ...]
    short: bool = False
    """Whether it is among the few that every run of the tests tries."""

    def of(self, text: str) -> str:
        """The file's text with the safeguard gone. Raises ValueError where it does not stand there exactly once."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.file} holds it {text.count(self.old)} times, not once")
        return text.replace(self.old, self.new)


def every_mutant() -> list[Mutant]:
    """The list."""
    told = tomllib.loads((HERE / "mutants.toml").read_text())["mutant"]
    return [Mutant(**{**each, "tests": tuple(each["tests"])}) for each in told]
