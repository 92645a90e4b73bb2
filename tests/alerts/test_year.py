"""A clinic's year in virtual time, in its short form: whatever is found is open and told, at every moment of it."""

import json
import subprocess
import sys

from itb.local.process import ROOT


def test_in_half_a_year_of_sixty_pumps_whatever_is_found_is_open_and_told() -> None:
    words = [sys.executable, "benchmarks/year.py", "--pumps", "60", "--people", "2", "--days", "180"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["refills"] > 60
    assert 0.1 < found["alerts_a_patient_month"] < 3
    assert 0.5 < found["share_acted_upon"] <= 1
