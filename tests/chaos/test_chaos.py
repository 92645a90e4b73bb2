"""R1 and R2 in their short form in every run of the tests: thirty kills, and each other trouble once and again."""

import json
import subprocess
import sys

from itb.local.process import ROOT


def test_under_thirty_kills_and_every_trouble_nothing_is_lost_and_nothing_comes_twice_uncounted() -> None:
    run = [sys.executable, "-m", "tests.chaos", "--short", "R1", "R2"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["kills"] >= 30, said
    assert found["due"] >= 100, said
    assert (found["lost"], found["skipped"], found["R2"]["twice"]) == (0, 0, 0), said
