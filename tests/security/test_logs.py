"""A log line holds an outline: what happened, where, of which kind; never what was typed or what a row holds."""

import ast
import io
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.db import IntegrityError, connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itb.logs import FIRST, NUMBERS, WORDS
from itb.settings import BASE_DIR
from tests.cast import Cast
from tests.security.broken import TWICE
from tests.security.canaries import NAME, found_in

LEVELS = ("debug", "info", "warning", "error", "exception", "critical")
PACKAGES = ("itb", "patients", "refills", "alerts")
LOUD = (
    "django.request",
    "django.security.DisallowedHost",
    "celery.app.trace",
    "gunicorn.error",
    "psycopg.pool",
    "kombu",
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)

ENDS_BADLY = f"""
import django, threading
django.setup()
thread = threading.Thread(target=lambda: 1 / len("{NAME}"[:0]))
thread.start(); thread.join()
raise ValueError("{NAME}")
"""


@pytest.fixture
def browser(cast: Cast, settings: Any) -> Client:
    """A nurse's, on a product in which some pages break."""
    settings.ROOT_URLCONF = "tests.security.broken"
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.nurse.user)
    return browser


class Log:
    """What the product's own handler has written."""

    def __init__(self) -> None:
        (self.handler,) = (each for each in logging.getLogger().handlers if each.name == "console")
        self.stream = io.StringIO()

    def read(self) -> str:
        """What has come since it was last looked at."""
        text = self.stream.getvalue()
        self.stream.seek(0)
        self.stream.truncate()
        return text


@pytest.fixture
def log() -> Iterator[Log]:
    """The handler of settings, writing where this test can read."""
    log = Log()
    before = log.handler.setStream(log.stream)
    yield log
    log.handler.setStream(before)


def keys_of(line: str) -> list[str]:
    """The keys of a line, in order; values in quotes may hold anything."""
    return re.findall(r"(?:^| )(\w+)=", re.sub(r'"(\\.|[^"\\])*"', "", line))


def test_a_failed_page_and_its_line_share_a_number_and_nothing_else(browser: Client, log: Log) -> None:
    page = browser.get("/broken/failed/").content.decode()
    line = log.read()
    (fault,) = re.findall(r"<strong>([0-9a-f]{8})</strong>", page)
    assert f"fault={fault}" in line
    assert "kind=RuntimeError" in line
    assert "route=broken" in line
    assert "place=itb/accounts/" not in line
    assert "tests/security/broken.py:" in line
    assert not found_in(page + line)
    assert "Traceback" not in page + line


def test_a_broken_constraint_is_told_by_its_name_without_the_row(browser: Client, log: Log) -> None:
    page = browser.get("/broken/contradict/").content.decode()
    line = log.read()
    assert 'kind="IntegrityError<UniqueViolation"' in line or "kind=IntegrityError<UniqueViolation" in line
    assert "rule=accounts_cacheentry_pkey" in line
    assert not found_in(page + line)


@pytest.mark.parametrize(
    "path",
    ["/broken/bad/", "/broken/refused/", "/broken/away/", f"/patients/{NAME}/", f"/{NAME}/?{NAME}={NAME}"],
)
def test_a_refusal_quotes_neither_the_address_nor_the_reason(path: str, browser: Client, log: Log) -> None:
    page = browser.get(path).content.decode()
    assert "<h1>" in page
    assert not found_in(page + log.read())


def test_an_unknown_host_is_not_quoted(browser: Client, log: Log) -> None:
    browser.get("/", headers={"Host": f"{NAME}.example"})
    line = log.read()
    assert "event=django.security.DisallowedHost" in line
    assert not found_in(line)


@QUIET
@given(name=st.sampled_from(LOUD), text=TEXT, values=st.lists(TEXT, max_size=2))
def test_whatever_a_library_says_is_one_line_without_a_value(
    name: str, text: str, values: list[str], log: Log
) -> None:
    log.read()
    quoting = [[NAME, *values]] if values else []
    logging.getLogger(name).error("%s was said" if values else f"{NAME} {text}", *quoting)
    lines = log.read()
    assert len(lines.splitlines()) == 1
    assert not found_in(lines)
    assert ("was said" in lines) == bool(values)
    assert set(keys_of(lines)) <= {*WORDS, *NUMBERS}


def test_an_error_in_a_library_is_told_by_kind_and_place(db: None, log: Log) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::date", [NAME])
    except Exception:
        logging.getLogger("celery.app.trace").exception(
            "Task %(name)s raised %(exc)s", {"name": "t", "exc": NAME}
        )
    line = log.read()
    assert "DataError<InvalidDatetimeFormat" in line
    assert "place=tests/security/test_logs.py:" in line
    assert not found_in(line)


@QUIET
@given(
    key=st.sampled_from(["name", "patient", "q", "letter", "kind", "task"]), value=TEXT | st.just(NAME + " x")
)
def test_our_own_event_cannot_carry_a_key_or_a_value_that_is_not_foreseen(
    key: str, value: str, log: Log
) -> None:
    log.read()
    structlog.get_logger("ours").warning(
        "something.happened", **{key: f"{value}\nlevel=critical event=forged"}
    )
    line = log.read()
    assert len(line.splitlines()) == 1
    assert "forged" not in line
    assert keys_of(line)[:3] == list(FIRST)
    assert not found_in(line)


def test_our_own_event_carries_what_is_foreseen(log: Log) -> None:
    structlog.get_logger("ours").error("letter.unmarked", letter=12, kind="OperationalError")
    assert re.fullmatch(
        r"timestamp=\S+Z level=error event=letter.unmarked letter=12 kind=OperationalError\n", log.read()
    )


def calls_in(source: str) -> list[ast.Call]:
    """Every call of `log.<level>(…)`."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "log"
        and node.func.attr in LEVELS
    ]


def test_every_event_of_ours_is_a_fixed_word_with_listed_keys() -> None:
    calls = [
        call
        for package in PACKAGES
        for path in (BASE_DIR / package).rglob("*.py")
        for call in calls_in(path.read_text())
    ]
    assert len(calls) > 5
    for call in calls:
        assert isinstance(call.args[0], ast.Constant), ast.unparse(call)
        assert len(call.args) == 1, ast.unparse(call)
        assert {each.arg for each in call.keywords} <= {*NUMBERS, *WORDS}, ast.unparse(call)


def test_a_command_that_ends_by_an_error_says_where_and_not_what() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "itb.settings", "DEBUG": ""}
    done = subprocess.run(
        [sys.executable, "-c", ENDS_BADLY],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert [re.findall(r"kind=(\w+)", line) for line in done.stderr.splitlines()] == [
        ["ZeroDivisionError"],
        ["ValueError"],
    ]
    assert not found_in(done.stderr)


def test_the_error_of_a_constraint_does_quote_the_row(db: None) -> None:
    """What all of this is for: PostgreSQL's own message."""
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match=NAME):
        cursor.execute(TWICE, [NAME, NAME])
