"""On paper, A4 and Letter: whose sheet it is, when it was printed and for whom stand on every page of it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page

from itb.local.stack import Stack
from tests.journeys.conftest import rows, soon

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(  # CI has it or fails
        not os.environ.get("CI") and not shutil.which("pdftotext"),
        reason="pdftotext (Debian's poppler-utils) reads what Chromium has printed",
    ),
]


def printed(page: Page, folder: Path, size: str) -> list[str]:
    """The text of each page."""
    file = folder / f"{size}.pdf"
    page.pdf(path=file, format=size, prefer_css_page_size=False)
    words = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True)
    return words.stdout.rstrip("\f").split("\f")


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_every_page_of_a_chart_says_whose_it_is_and_when_and_for_whom_it_was_printed(
    page: Page, stack: Stack, tmp_path: Path, size: str
) -> None:
    (patient, name, number) = soon(
        stack,
        "SELECT patient.id, upper(family_name), record_number FROM patients_patient AS patient"
        " JOIN patients_pump AS pump ON pump.patient_id = patient.id"
        " JOIN refills_refill AS refill ON refill.pump_id = pump.id"
        " GROUP BY patient.id ORDER BY count(*) DESC LIMIT 1",
    )
    page.goto(f"/patients/{patient}/")
    sheets = printed(page, tmp_path, size)
    assert len(sheets) > 1
    above, title, _ = sheets[0].partition("\nChart\n")
    assert title, "on the first page banner and identity come before it, and the page's title after it"
    for head in [above, *("\n".join(sheet.strip().splitlines()[:4]) for sheet in sheets[1:])]:
        for words in (str(name), str(number), "for Nell Nurse", "as of", "calculated, not measured"):
            assert words in head


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_every_page_of_the_worklist_has_its_head_and_the_heads_of_its_columns(
    page: Page, stack: Stack, tmp_path: Path, size: str
) -> None:
    assert rows(stack, "SELECT count(*) FROM patients_pump")
    page.goto("/")
    sheets = printed(page, tmp_path, size)
    assert len(sheets) > 1, "the demonstration's list is longer than a page"
    for sheet in sheets:
        head = "\n".join(sheet.strip().splitlines()[:30] if sheet is sheets[0] else sheet.splitlines()[:9])
        assert "for Nell Nurse" in head
    assert all("Refill by" in sheet for sheet in sheets)
