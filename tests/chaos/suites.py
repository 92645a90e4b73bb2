"""The promises that tests of the suite hold, at the length that was promised; in short as every run of the tests."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping

from itb.local.process import ROOT
from tests.chaos.found import Found


def r3(seed: int, times: int | None = None, *, short: bool = False) -> Iterator[Found]:
    """Nobody is unmonitored, whatever people do."""
    yield suite(
        "R3",
        "tests/alerts/test_histories.py",
        {"ITB_SEED": str(seed), **({} if short else {"ITB_HISTORIES": "10000"})},
    )


def r5(seed: int, times: int | None = None, *, short: bool = False) -> Iterator[Found]:
    """With every worker dead the list is what the oracle says."""
    yield suite("R5", "tests/dashboard/test_oracle.py", {} if short else {"ITB_DATABASES": "1000"})


def r7(seed: int, times: int | None = None, *, short: bool = False) -> Iterator[Found]:
    """A clinic day has one digest: every zone and change of clocks, always."""
    yield suite("R7", "tests/outbox/test_mornings.py", {})


def r11(seed: int, times: int | None = None, *, short: bool = False) -> Iterator[Found]:
    """A sender dies before and after every statement, always."""
    yield suite("R11", "tests/outbox/test_crashes.py", {})


def suite(name: str, path: str, counts: Mapping[str, str]) -> Found:
    """A file of tests, on servers of its own; kept where all of them passed and none was skipped."""
    run = [sys.executable, "run.py", "test", "-q", "-n", "2", "--dist", "load", path]
    done = subprocess.run(
        run, cwd=ROOT, env={**os.environ, **counts}, capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    passed = re.findall(r"^(\d+) passed(?!.*skipped)", done.stdout, re.MULTILINE)
    is_kept = done.returncode == 0 and bool(passed)
    said = [line for line in lines if line.startswith(f"{name}:")] if is_kept else [*lines, done.stderr]
    return Found(name, is_kept, figures={"tests": sum(map(int, passed))}, said=tuple(said))
