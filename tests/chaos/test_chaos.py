"""R1 and R2 in their short form in every run of the tests, side by side: thirty kills, every other trouble twice."""

import json
import subprocess
import sys
from typing import Any

from itb.local.process import ROOT


def test_under_thirty_kills_and_every_trouble_nothing_is_lost_and_nothing_comes_twice_uncounted() -> None:
    runs = [started("R1"), started("R2")]
    killed, disturbed = (ended(run) for run in runs)
    assert killed["kills"] >= 30
    for found in (killed, disturbed):
        assert found["due"] >= 70
        assert (found["lost"], found["skipped"]) == (0, 0)
    assert killed["twice"] <= killed["ambiguous"]
    assert disturbed["twice"] == 0


def started(name: str) -> subprocess.Popen[str]:
    """One promise, in its short form."""
    run = [sys.executable, "-m", "tests.chaos", "--short", name]
    return subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ended(run: subprocess.Popen[str]) -> dict[str, Any]:
    """What it said last; the whole of it where a promise was broken."""
    said, _ = run.communicate()
    assert run.returncode == 0, said
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found
