"""The one clock. PostgreSQL's, so that every web process and worker agrees on the present."""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """The present, aware, in UTC: PostgreSQL's `clock_timestamp()`.

    Read once at the door (a view, a task, a command) and handed in as `at` from there on. It moves within a
    transaction, as a wall clock does; `now()` of SQL would stand still there.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (at,) = cursor.fetchone()
    assert isinstance(at, datetime)
    return at
