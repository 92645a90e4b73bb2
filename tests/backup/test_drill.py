"""The drill in short: a database is lost and comes back with every row, every forecast and every open alert."""

import json
import subprocess
import sys

import pytest

from itb.local.process import ROOT
from tests.local.conftest import alone

pytestmark = pytest.mark.stack


def test_what_was_lost_comes_back_and_no_letter_leaves_before_a_person_has_confirmed() -> None:
    words = [sys.executable, "benchmarks/drill.py", "--rows", "1800"]
    done = subprocess.run(words, cwd=ROOT, env=alone(), capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["facts"] == 1800
    assert figures["open_alerts"] > 0
    assert figures["letters_after_backup"] > 0, "something was done after the backup"
    assert {name: value for name, value in figures.items() if name.startswith("other_") and value} == {}
    assert figures["restore_s"] <= figures["restore_goal_s"]
