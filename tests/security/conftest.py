"""The world of the generated proofs: made once a file, and gone after it."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import override_settings

from itb import clock
from itb.local.mailbox import keep
from itb.outbox.services import beat
from tests.conftest import plain_settings
from tests.security.asking import Browser
from tests.security.world import World


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Two clinics, in a transaction that is never committed; with a mailbox, so that its page exists too."""
    mailbox = tmp_path_factory.mktemp("mailbox")
    settings = plain_settings() | {"MAILBOX_DIR": str(mailbox)}
    logging.disable(logging.WARNING)  # thousands of refusals are not news
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(**settings):
        with connection.cursor() as cursor:  # one transaction for an hour: a slow machine may think in it
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        made = World.make()
        for side, mark in ((made.here, "Near"), (made.there, "Far")):
            letter = f"Subject: {mark}mail\r\n\r\n.\r\n".encode()
            keep(mailbox, letter, "worklist@localhost", [side.by.user.email], clock.now())
        with connection.cursor() as cursor:  # what waits for the end is done once, not at every question
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        yield made
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def browsers(world: World) -> dict[str, Browser]:
    """Everyone's, by name."""
    return {name: Browser(person.browser()) for name, person in world.people.items()}


@pytest.fixture(autouse=True)
def _engine_runs(request: pytest.FixtureRequest) -> None:
    """No page says that the cycles stand still, however long the proofs take."""
    if "world" in request.fixturenames:
        for name in ("sweep", "drain", "sink"):
            beat(name=name)
