"""A taste of R1 in every run of the tests: nine kills. .ci/run asks for thirty, and for the troubles of R2."""

import json
import subprocess
import sys

from itb.local.process import ROOT

KILLS = 9


def test_under_nine_kills_nothing_is_lost_and_nothing_comes_twice_uncounted() -> None:
    run = [sys.executable, "-m", "tests.chaos", "--short", "--kills", str(KILLS), "R1"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["kills"] >= KILLS
    assert found["due"] >= 70
    assert (found["lost"], found["skipped"]) == (0, 0)
    assert found["twice"] <= found["ambiguous"]
