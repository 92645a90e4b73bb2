"""What the product is made of is known, allowed, and named; nothing secret lies among it."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from tests.house.test_repository import OURS

ROOT = Path(__file__).parent.parent.parent
LOCK = (ROOT / "requirements" / "production.txt").read_text()
LOCKED = dict(re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", LOCK))
ELSEWHERE = set(re.findall(r"(?m)^([\w.-]+)==\S+ ;", LOCK))  # some machines install these and others do not
PAGE = (ROOT / "docs" / "licences.md").read_text()
PACKAGES = re.findall(r"(?m)^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$", PAGE)
VENDORED = re.findall(r"(?m)^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| (.+) \|$", PAGE)
LICENCES = {name: licence for name, licence, _ in PACKAGES} | {
    name: licence for name, _, licence, _ in VENDORED
}
BILL = json.loads((ROOT / "docs" / "sbom.cdx.json").read_text())

ALLOWED = {"MIT", "MIT-0", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "PSF-2.0"}
JUDGED = {
    "psycopg": "LGPL-3.0-only", "psycopg-binary": "LGPL-3.0-only", "psycopg-pool": "LGPL-3.0-only",
    "certifi": "MPL-2.0", "fido2": "MPL-2.0",
}  # fmt: skip

CODE = {".py", ".toml", ".yml", ".yaml", ".json", ".example", ".js", ""}
INVENTED = {
    "itb/local/demo.py": {"keep-the-pumps-running"},
    "itb/local/postgres.py": {"scram-sha-256"},
    "itb/accounts/models.py": {"password"},
    "itb/backup/tools.py": {"PGPASSWORD"},
    "itb/settings.py": {"itb.accounts.forms.NewPasswordForm", "itb.accounts.forms.ResetForm"},
}
"""Passwords of people who do not exist, printed for everyone to see; names of a method, a kind, a variable, a form."""
SECRETS = (
    r"BEGIN [A-Z ]*PRIVATE KEY",
    r"AGE-SECRET-KEY-1[0-9A-Z]{20,}",
    r"\bAKIA[0-9A-Z]{16}\b",
    r"\bgh[pousr]_[A-Za-z0-9]{30,}",
    r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    r"\beyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{10,}",
    r"[a-z+]+://[^/@\s:\"']+:(?!(?:password|secret)@)[^/@\s\"'${}]+@",
)
ASSIGNED = re.compile(
    r"(?i)\b\w*(?:password|passwd|secret|token|api_?key)\w*[\"']?(?:: str)?\s*[:=]\s*[\"']([^\"'${}<\s]{6,})[\"']"
)


def test_the_bill_of_materials_names_what_the_lock_pins_and_what_is_kept_beside_it() -> None:
    named = {component["name"]: component["version"] for component in BILL["components"]}
    assert named == LOCKED | {name: version for name, version, _, _ in VENDORED}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert BILL["metadata"]["component"]["version"] == project["version"]


def test_each_component_of_the_bill_has_its_licence_and_its_place_in_the_graph() -> None:
    for component in BILL["components"]:
        assert component["licenses"] == [{"expression": LICENCES[component["name"]]}]
    within = {BILL["metadata"]["component"]["bom-ref"], *(each["bom-ref"] for each in BILL["components"])}
    assert {each["ref"] for each in BILL["dependencies"]} == within
    assert {name for each in BILL["dependencies"] for name in each["dependsOn"]} <= within


def test_the_bill_holds_no_moment_no_number_of_its_own_and_no_address() -> None:
    text = json.dumps({name: value for name, value in BILL.items() if name != "$schema"})
    assert "://" not in text
    assert not {"serialNumber", "timestamp"} & (BILL.keys() | BILL["metadata"].keys())


def test_what_is_kept_beside_the_packages_is_the_version_that_the_page_names() -> None:
    versions = {name: version for name, version, _, _ in VENDORED}
    assert f"| {versions['bootstrap']} |" in (ROOT / "static" / "vendor" / "README.md").read_text()
    assert (ROOT / "requirements" / "vendor" / f"pip-{versions['pip']}-py3-none-any.whl").is_file()
    htmx = distribution("django-htmx").locate_file("django_htmx/static/django_htmx/htmx-2.min.js")
    assert f'version:"{versions["htmx.org"]}"' in Path(str(htmx)).read_text()
    for component in BILL["components"]:
        for digest in component.get("hashes", ()):
            (where,) = [where for name, _, _, where in VENDORED if name == component["name"]]
            assert hashlib.sha256((ROOT / where.strip("`")).read_bytes()).hexdigest() == digest["content"]


def test_each_locked_package_stands_among_the_licences_once() -> None:
    assert sorted(name for name, _, _ in PACKAGES) == sorted(LOCKED)


@pytest.mark.parametrize(("name", "licence"), LICENCES.items())
def test_a_licence_is_one_that_is_allowed(name: str, licence: str) -> None:
    parts = set(re.split(r" AND | OR ", licence.replace("(", "").replace(")", "")))
    assert parts <= ALLOWED | {JUDGED.get(name, "")}


@pytest.mark.parametrize(("name", "words"), [(name, words) for name, _, words in PACKAGES])
def test_an_installed_package_says_of_its_licence_what_was_read(name: str, words: str) -> None:
    try:
        assert says(distribution(name)) == words
    except PackageNotFoundError:
        assert name in ELSEWHERE


def says(package: Distribution) -> str:
    """A package's own words about its licence."""
    said = package.metadata
    named = (
        line.rpartition("::")[2].strip() for line in said.get_all("Classifier") or [] if "License ::" in line
    )
    found = said.get("License-Expression") or said.get("License") or ", ".join(named) or "nothing"
    return found.strip().splitlines()[0].strip()


def test_packages_are_installed_by_hash_and_from_wheels_alone() -> None:
    for file in ("Dockerfile", "run.py"):
        text = (ROOT / file).read_text()
        assert "--require-hashes" in text
        assert "--only-binary=:all:" in text
        assert "--no-deps" in text


def test_ruffs_security_rules_watch_the_product_and_each_exception_has_its_reason() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert rules["select"] == ["ALL"]
    assert [rule for rule in rules["ignore"] if re.match(r"S\d*$", rule)] == ["S101"]
    spared = {path for path, some in rules["per-file-ignores"].items() if "S" in some}
    assert spared == {"tests/**", "benchmarks/**", "run.py", "itb/local/**"}  # nothing of it serves a page
    for path in OURS:
        if path.suffix == ".py":
            assert not re.search(r"# noqa(: S\d+)?$", path.read_text(), re.MULTILINE), path


def texts() -> Iterator[tuple[str, str]]:
    """Every tracked file that is text, but for this one."""
    for path in OURS:
        with suppress(UnicodeDecodeError):  # a picture
            if path != Path(__file__):
                yield path.relative_to(ROOT).as_posix(), path.read_text()


def test_no_key_token_or_address_with_a_password_lies_among_the_files() -> None:
    for name, text in texts():
        for pattern in SECRETS:
            assert not (found := re.search(pattern, text)), f"{name}: {found and found[0]}"


def test_the_product_is_written_with_no_password_but_the_invented_ones() -> None:
    for name, text in texts():
        if Path(name).suffix in CODE and not name.startswith("tests/"):
            assert set(ASSIGNED.findall(text)) <= INVENTED.get(name, set()), name


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN OPENSSH PRIVATE " + "KEY-----",
        "AGE-SECRET-KEY-" + "1QQPQQ7JKLMNOPQRSTUVWXYZ",
        "postgres://itb:" + "hunter22@db/itb",
        'SMTP_PASSWORD = "hunter22"',
        '"api_key": "0123456789"',
    ],
)
def test_a_secret_would_be_found(secret: str) -> None:
    assert any(re.search(pattern, secret) for pattern in (*SECRETS, ASSIGNED))
