"""What is written about security is whole, and every test, file and heading that it names exists."""

import ast
import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
KEPT_OUTSIDE = "shared/security/asvs-5.0.0.csv"  # the standard's own text is not in the repository
STANDARD = next((found for up in ROOT.parents if (found := up / KEPT_OUTSIDE).exists()), None)
LISTED = dict(line.split() for line in (Path(__file__).parent / "asvs_rows.txt").read_text().splitlines())
PAGE = (ROOT / "docs" / "asvs.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")] for line in re.findall(r"(?m)^\| V\d.*\|$", PAGE)
]
STATES = {"kept", "operator", "not applicable", "open"}
PAPERS = ("SECURITY.md", "docs/asvs.md", "docs/threats.md", "docs/protection.md")
A_SENTENCE = 20  # characters: no reason is shorter
THREATS = (ROOT / "docs" / "threats.md").read_text()
ELEMENTS = [
    "sign-in and session", "web", "database", "Valkey and Celery", "letters", "spreadsheets", "administration",
    "logs and errors", "backups", "supply chain",
]  # fmt: skip
STRIDE = "STRIDE"


def test_every_requirement_of_level_one_and_two_and_the_chosen_ones_stand_there_once() -> None:
    assert {row[0]: row[1] for row in ROWS} == LISTED
    assert len(ROWS) == len(LISTED) == 272


@pytest.mark.skipif(STANDARD is None, reason="the standard itself is not kept in the repository")
def test_the_list_of_numbers_is_the_standards() -> None:
    assert STANDARD
    with STANDARD.open(encoding="utf-8-sig") as file:
        levels = {row["req_id"]: row["L"] for row in csv.DictReader(file)}
    assert LISTED.items() <= levels.items()
    assert {number for number, level in levels.items() if level in "12"} <= LISTED.keys()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_has_a_state_and_what_shows_it_or_a_reason(row: list[str]) -> None:
    number, _, about, state, evidence = row
    assert about
    assert state in STATES
    assert len(evidence) >= A_SENTENCE or links(evidence), number
    if state == "kept":
        assert links(evidence), f"{number} is kept and nothing shows it"
    if state == "operator":
        assert "`SECURITY.md`" in evidence, f"{number} is the operator's, and where they are told is not said"


def test_the_tally_counts_the_rows() -> None:
    tally = {state: int(count) for state, count in re.findall(r"(?m)^\| ([a-z ]+) \| (\d+) \|$", PAGE)}
    assert tally == {state: Counter(row[3] for row in ROWS)[state] for state in STATES}


@pytest.mark.parametrize("paper", PAPERS)
def test_what_a_paper_names_exists(paper: str) -> None:
    for link in links((ROOT / paper).read_text()):
        file, _, heading = link.partition("#")
        file, _, test = file.partition("::")
        assert (ROOT / file).exists(), link
        assert not test or test in functions(file), link
        assert not heading or heading in headings(file), link


def test_every_element_has_a_cell_for_every_letter_of_stride() -> None:
    for element in ELEMENTS:
        section = re.search(rf"(?ms)^## {element}$(.*?)(?=^## |\Z)", THREATS)
        assert section, element
        assert re.findall(r"(?m)^\| ([STRIDE]) ", section[1]) == list(STRIDE), element


def test_a_cell_names_what_shows_its_control_or_says_that_it_is_open_or_not_ours() -> None:
    cells = re.findall(r"(?m)^\| [STRIDE] \|[^|]+\| (.+) \| ([^|]+) \|$", THREATS)
    assert len(cells) == len(ELEMENTS) * len(STRIDE)
    for control, shown_by in cells:
        assert links(shown_by) or shown_by.startswith(("open: ", "operator", "none: ")), control


def links(text: str) -> list[str]:
    """Files, tests and headings named in backticks."""
    named = re.findall(
        r"`([\w./-]+\.(?:py|md|json|yml|toml|txt|example)(?:::\w+|#[\w-]+)?|\.dockerignore)`", text
    )
    return [name for name in named if not name.startswith("/")]


@cache
def functions(file: str) -> set[str]:
    """The names of the functions of a Python file."""
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@cache
def headings(file: str) -> set[str]:
    """A page's headings as a link writes them."""
    found = re.findall(r"(?m)^#+ (.+)$", (ROOT / file).read_text())
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in found}
