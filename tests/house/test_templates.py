"""Every template compiles; every letter is whole and says nothing about anyone."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from itb.outbox.message import GIVEN
from itb.outbox.services import ALLOWED

ROOT = Path(__file__).parent.parent.parent / "templates"
TEMPLATES = sorted(
    path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.suffix in {".html", ".txt", ".svg"}
)
LETTERS = sorted({name.split(".")[0] for name in TEMPLATES if name.startswith("emails/")})
CLINICAL = re.compile(
    r"baclofen|lioresal|gablofen|pump|dose|mcg|mg\b|\bmL\b|spastic|intrathecal|withdraw|refill|patient|reservoir|spine|spinal",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_compiles(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_has_subject_text_and_html(letter: str) -> None:
    for part in ("subject.txt", "txt", "html"):
        assert (ROOT / f"{letter}.{part}").is_file()


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name.startswith("emails/")])
def test_a_letter_holds_no_name_drug_dose_or_diagnosis(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not CLINICAL.search(text)
    allowed = ALLOWED.get(name.removeprefix("emails/").split(".")[0], set())
    links = {"stop"} if name.startswith("emails/reminders/") else set()
    assert set(re.findall(r"{{\s*(\w+)", text)) <= GIVEN | links | allowed, (
        "fixed words, counts and a link: nothing else can leak"
    )


@pytest.mark.parametrize(
    "name", [name for name in TEMPLATES if name.endswith(".html") and not name.startswith("emails/")]
)
def test_a_page_needs_no_inline_script_or_style(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text), "the content policy would stop it"
    assert not re.search(r"\sstyle=|\son[a-z]+=", text)
