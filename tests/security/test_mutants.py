"""The list of safeguards that are taken away fits the present tree, and a few are taken away in every run."""

import ast
import json
import subprocess
import sys

import pytest

from tests.security.mutants import ROOT, Mutant, every_mutant

ALL = every_mutant()


def named(mutant: Mutant) -> str:
    return mutant.name


def test_there_are_at_least_sixty_each_with_a_name_of_its_own() -> None:
    assert len({each.name for each in ALL}) == len(ALL) >= 60


@pytest.mark.parametrize("mutant", ALL, ids=named)
def test_a_mutant_fits_the_present_tree(mutant: Mutant) -> None:
    changed = mutant.of((ROOT / mutant.file).read_text())
    if mutant.file.endswith(".py"):
        ast.parse(changed)
    for test in mutant.tests:
        path, _, name = test.partition("::")
        assert (ROOT / path).exists()
        assert not name or f"def {name.partition('[')[0]}(" in (ROOT / path).read_text(), test


def test_three_safeguards_are_missed_when_they_are_gone() -> None:
    run = [sys.executable, "-m", "tests.security.mutants", "--short"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["mutants"], summary["not_killed"]) == (3, []), done.stdout + done.stderr
