"""Fixtures for every test: the cast, and how a test database is emptied."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

from itb.accounts.models import Membership
from patients.models import Pump
from tests.cast import Cast

os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", ".hypothesis")


@pytest.fixture(autouse=True, scope="session")
def _truncate_over_triggers() -> Iterator[None]:
    """Append-only tables refuse TRUNCATE; the test database's owner steps around it, here and nowhere else."""
    empty = DatabaseOperations.execute_sql_flush

    def flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'append_only%'"
            )
            tables = [table for (table,) in cursor.fetchall()]
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            empty(self, sql_list)
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    DatabaseOperations.execute_sql_flush = flush
    yield
    DatabaseOperations.execute_sql_flush = empty


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """No manifest is collected for a unit test; plain http, and passwords hashed in no time."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT = str(settings.BASE_DIR / "static")
    settings.SECURE_SSL_REDIRECT = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def cast(db: None) -> Cast:
    """Owner, colleague, and a stranger from another clinic."""
    return Cast.assemble()


@pytest.fixture
def nurse(cast: Cast) -> Membership:
    """Who does the work."""
    return cast.nurse


@pytest.fixture
def stranger(cast: Cast) -> Membership:
    """A nurse of another clinic."""
    return cast.stranger


@pytest.fixture
def pump(cast: Cast) -> Pump:
    """A 40 mL pump at 2000 mcg/mL and 400 mcg/day, filled 30 days ago."""
    return cast.running_pump()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what a machine without a browser did not run: not run is not passed."""
    if not os.environ.get("CI") and not (find_spec("playwright") and shutil.which("chromium")):
        terminalreporter.write_line(
            "NOT RUN: the browser journeys (tests/journeys), for want of chromium or playwright"
        )
