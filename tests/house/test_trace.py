"""Every hazard that claims a control names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "hazards.md").read_text().splitlines()
    if re.match(r"\| H\d+ ", line)
]


def test_all_thirty_two_hazards_stand_in_the_table() -> None:
    assert [row[0] for row in ROWS] == [f"H{number}" for number in range(1, 33)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_control_that_is_claimed_has_a_test_that_exists(row: list[str]) -> None:
    _, _, severity, state, _, shown_by = row
    assert severity in "12345"
    tests = re.findall(r"`([^`]+)`", shown_by)
    assert state in {"kept", "part", "open"}
    assert bool(tests) == (state != "open")
    for test in tests:
        file, _, name = test.partition("::")
        assert f"def {name or 'test_'}" in (ROOT / file).read_text(), test
    assert state != "kept" or any("::" in test for test in tests)
