"""The owner of the tables, for tests that prepare or damage what the application's role may not touch."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections


@contextmanager
def owner_cursor() -> Iterator[psycopg.Cursor[Any]]:
    """A connection of its own to the test database, as the owner, committing each statement.

    It sees what is committed: use it in tests with `transaction=True`.
    """
    owner, name = connections["owner"], connections["default"].settings_dict["NAME"]
    words = {**owner.settings_dict["OPTIONS"], "user": owner.settings_dict["USER"], "dbname": name}
    place = {key.lower(): owner.settings_dict[key] for key in ("HOST", "PORT", "PASSWORD")}
    with psycopg.connect(
        **words, **{key: value for key, value in place.items() if value}, autocommit=True
    ) as found:
        yield found.cursor()
