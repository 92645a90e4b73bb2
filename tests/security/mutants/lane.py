"""One lane: a copy of the tree and servers of its own, in which one mutant after the other is tried."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from itb.local.grown import TEMPLATE, is_grown_from
from tests.security.mutants import ROOT, Mutant

PATIENCE_S = 400
PASSED, FAILED = 0, 1
OF_A_RUN = ("PYTEST_", "COV_", "ITB_FUZZ_")
NOT_COPIED = (
    ".git",
    ".venv",
    ".local",
    ".hypothesis",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: `killed`, `survived`, or `broken` where no test ran."""

    mutant: Mutant
    word: str
    seconds: float

    @property
    def is_killed(self) -> bool:
        """Whether a test noticed."""
        return self.word == "killed"


class Lane:
    """Tries mutants in `tree`, which it makes; `environment` leads to its servers."""

    def __init__(self, tree: Path, environment: Mapping[str, str]) -> None:
        self.tree = tree
        self.environment = {
            name: value for name, value in environment.items() if not name.startswith(OF_A_RUN)
        }
        shutil.copytree(ROOT, self.tree, ignore=shutil.ignore_patterns(*NOT_COPIED))

    def passes(self, tests: Sequence[str]) -> bool:
        """Whether these tests pass as the tree is; without that, nothing that fails later means anything."""
        return self._test(tests, patience_s=None) == PASSED

    def try_out(self, mutant: Mutant) -> Verdict:
        """Put it in, ask its tests, and take it out."""
        began = time.monotonic()
        with self._changed(mutant):
            word = self._word(mutant)
        return Verdict(mutant, word, time.monotonic() - began)

    def _word(self, mutant: Mutant) -> str:
        status = self._test(mutant.tests, migrates=is_grown_from(mutant.file))
        return {PASSED: "survived", FAILED: "killed"}.get(status, "broken")

    def _test(
        self, tests: Sequence[str], *, patience_s: float | None = PATIENCE_S, migrates: bool = False
    ) -> int:
        """The status of a run; `migrates`: on a database that is made by the tree's own migrations, and is no copy."""
        environment = {
            name: value for name, value in self.environment.items() if not (migrates and name == TEMPLATE)
        }
        quiet = ("-x", "-q", "--tb=short", "-n", "0", "-p", "no:cacheprovider", "-W", "ignore")
        with (self.tree / "last.log").open("w") as log:
            try:
                return subprocess.run(
                    [sys.executable, "-m", "pytest", *quiet, *tests],
                    cwd=self.tree,
                    env=environment,
                    stdout=log,
                    stderr=log,
                    timeout=patience_s,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                return -1

    @contextmanager
    def _changed(self, mutant: Mutant) -> Iterator[None]:
        path = self.tree / mutant.file
        text = path.read_text()
        self._write(path, mutant.of(text))
        try:
            yield
        finally:
            self._write(path, text)

    def _write(self, path: Path, text: str) -> None:
        """Write it, and forget what was compiled: two texts of one second and length look the same to Python."""
        path.write_text(text)
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
            compiled.unlink()
