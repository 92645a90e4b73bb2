"""What the tests of the local machine share: a folder cleaned even of what nobody was lent, and commands in it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from itb.local.postgres import throw_away
from itb.local.process import ROOT
from itb.local.stack import NOT_INHERITED

COMMAND = (
    "import sys; from pathlib import Path; from itb.local.__main__ import run;"
    "sys.exit(run(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))"
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in which a stack may live."""
    yield tmp_path
    throw_away(tmp_path / "postgres")


def alone() -> dict[str, str]:
    """The environment without the servers of this test run."""
    return {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}


def run_py(folder: Path, *words: str) -> list[str]:
    """The command line behind `./run.py …`, with its data in another folder."""
    return [sys.executable, "-c", COMMAND, str(folder), *words]


def ended(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with nobody at the keyboard."""
    return subprocess.run(
        run_py(folder, *words),
        cwd=ROOT,
        env=alone(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def eventually(condition: Callable[[], bool], within_s: float = 15) -> bool:
    """Whether the condition comes true in time."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def runs(pid: int) -> bool:
    """Whether a process does anything still; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def descendants(pid: int) -> Iterator[int]:
    """Every process that descends from one."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            yield child
            yield from descendants(child)
