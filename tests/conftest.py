"""Fixtures for every test: the cast, and how a test database is emptied."""

import gc
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import OperationalError, connection, connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from django.test.utils import override_settings
from psycopg import sql

from itb.accounts.models import Membership
from itb.local.grown import TEMPLATE
from itb.pool import FORGET
from patients.models import Pump
from tests.cast import Cast
from tests.owner import owner_cursor

REVOKE = import_module("itb.audit.migrations.0014_no_tables_of_its_own").FORWARD
READ = "SELECT current_setting('itb.clinic', true), current_setting('itb.person', true)"
COME_BACK = "SELECT set_config('itb.clinic', %s, false), set_config('itb.person', %s, false)"

PATIENT = re.compile(r"Testcase\d|NGV1\d{3}", re.IGNORECASE)  # as tests.cast calls them
# What has been imported stays for good: looking through it again and again took a sixth of the time.
gc.freeze()
gc.set_threshold(100_000, 50, 100)
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", ".hypothesis")


LONGEST_FIRST = [
    "tests/journeys/test_pages.py",
    "tests/security/test_matrix.py",
    "tests/security/test_fuzz.py",
    "tests/journeys/test_canary.py",
    "tests/chaos/test_chaos.py",
    "tests/security/test_trail_writing.py",
    "tests/local/test_up.py",
    "tests/security/test_mass_assignment.py",
    "tests/house/test_reversal.py",
    "tests/backup/test_drill.py",
    "tests/alerts/test_rules_properties.py",
    "tests/security/test_mutants.py",
]
"""Files that take long: begun last, one would keep a worker busy while the other has nothing to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in that order, then as they come. A file's tests stay together, and in their order."""
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, django_db_modify_db_settings: None
) -> Iterator[None]:
    """The owner makes the test database and migrates it; the tests run as the application's role."""
    owner, application = connections["owner"], connections["default"]
    kept = owner.settings_dict["NAME"], application.settings_dict["NAME"]
    owner.settings_dict["TEST"]["TEMPLATE"] = os.environ.get(TEMPLATE)
    with django_db_blocker.unblock():
        name = owner.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        with owner.cursor() as cursor:
            cursor.execute(REVOKE)  # the rights of a database do not come along with its copy
        owner.close()
        application.close()
        application.settings_dict["NAME"] = name
        owner.settings_dict["TEST"]["MIRROR"] = "default"  # one database: it is emptied once
    yield
    application.close_pool()  # before its last connection comes back: it would fetch a new one in its place
    application.close()
    # A connection that the pool was just fetching may still be there; the next run makes the database anew.
    with django_db_blocker.unblock(), suppress(OperationalError):
        owner.creation.destroy_test_db(kept[0], verbosity=0)
    application.settings_dict["NAME"] = kept[1]


@pytest.fixture(autouse=True, scope="session")
def _emptied_by_the_owner() -> Iterator[None]:
    """The application's role may not empty a table; the owner does it, past the triggers that refuse it, here alone.

    Only tables that hold rows, and those row by row: to TRUNCATE a hundred and fifty makes as many files anew.
    """
    empty = DatabaseOperations.execute_sql_flush

    def flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        tables = [sql.Identifier(name) for name in re.findall(r'"(\w+)"', " ".join(sql_list))]
        with owner_cursor() as cursor, cursor.connection.transaction():
            first = sql.SQL("(SELECT {}::regclass::text FROM {} LIMIT 1)")
            asked = [first.format(sql.Literal(table.as_string()), table) for table in tables]
            cursor.execute(sql.SQL(" UNION ALL ").join(asked))
            full = [sql.SQL(table) for (table,) in cursor.fetchall()]
            for table in full:
                cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
            # In one statement, at whose end the foreign keys are looked at: then all of it is gone.
            deletes = [
                sql.SQL("gone{} AS (DELETE FROM {})").format(sql.SQL(str(number)), table)
                for number, table in enumerate(full)
            ]
            if full:
                cursor.execute(sql.SQL("WITH {} SELECT").format(sql.SQL(", ").join(deletes)))
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in full:
                cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))

    DatabaseOperations.execute_sql_flush = flush
    yield
    DatabaseOperations.execute_sql_flush = empty


@pytest.fixture(autouse=True)
def _each_request_begins_at_the_door() -> Iterator[None]:
    """As the pool does outside of tests: a request finds no clinic open. After it, the test's own is open again."""
    open_before: list[tuple[str, str]] = []

    def leave(**_signal: Any) -> None:
        if is_usable():
            found = connection.connection.execute(READ).fetchone()
            open_before.append(tuple(word or "" for word in found))
            connection.connection.execute(FORGET)

    def come_back(**_signal: Any) -> None:
        if open_before and is_usable():
            connection.connection.execute(COME_BACK, open_before.pop())

    def is_usable() -> bool:  # beneath Django's cursors, which count queries and refuse some tests
        return connection.connection is not None and not connection.needs_rollback

    request_started.connect(leave)
    request_finished.connect(come_back)
    yield
    request_started.disconnect(leave)
    request_finished.disconnect(come_back)


def plain_settings() -> dict[str, Any]:
    """No manifest is collected for a unit test; plain http, and passwords hashed in no time."""
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    return {
        "STORAGES": {**settings.STORAGES, "staticfiles": static},
        "STATIC_ROOT": str(settings.BASE_DIR / "static"),
        "SECURE_SSL_REDIRECT": False,
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    }


@pytest.fixture(autouse=True, scope="session")
def _plain_settings() -> Iterator[None]:
    """As above, for every test."""
    with override_settings(**plain_settings()):
        yield


@pytest.fixture(autouse=True)
def _no_person_in_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever test: neither what is asked for nor where an answer leads names one of the cast's patients."""
    ask = Client.request

    def request(self: Client, **asked: Any) -> Any:
        response = ask(self, **asked)
        for address in (
            asked["PATH_INFO"],
            asked.get("QUERY_STRING", ""),
            response.headers.get("Location", ""),
        ):
            assert not PATIENT.search(str(address)), address
        return response

    monkeypatch.setattr(Client, "request", request)


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
    """Say how much the generated proofs have asked, and what a machine without a browser did not run."""
    counted: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        counted.update({name: count for name, count in report.user_properties if report.when == "call"})
    for name, count in sorted(counted.items()):
        terminalreporter.write_line(f"{name}: {count:,}")
    if not os.environ.get("CI") and not (find_spec("playwright") and shutil.which("chromium")):
        terminalreporter.write_line(
            "NOT RUN: the browser journeys (tests/journeys), for want of chromium or playwright"
        )
