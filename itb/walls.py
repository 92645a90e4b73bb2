"""The second lock: PostgreSQL itself shows the rows of the open clinic and no others.

Which clinic is open is a setting of the connection, `itb.clinic`. Row-level security compares it, so that a query that
forgot `visible_to` finds nothing that is not of this clinic. It binds a role that owns nothing and bypasses nothing:
`refuse_wrong_role` sees to that, before the first clinic is opened.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from typing import Final

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.migrations.operations import RunSQL

APPLICATION: Final = "itb"
"""The role as which the web, the workers and the commands speak to PostgreSQL. Migrations are run by the owner."""

ENTER: Final = """
SELECT current_setting('itb.clinic', true), current_setting('itb.person', true),
       set_config('itb.clinic', %s, false), set_config('itb.person', %s, false), clock_timestamp()
"""

ROLE: Final = """
SELECT current_user, role.rolsuper OR role.rolbypassrls,
       EXISTS (SELECT FROM pg_class AS owned JOIN pg_namespace AS place ON place.oid = owned.relnamespace
               WHERE place.nspname = 'public' AND pg_has_role(current_user, owned.relowner, 'MEMBER'))
FROM pg_roles AS role WHERE role.rolname = current_user
"""


def enter(clinic_id: int, person_id: int | None) -> datetime:
    """Open a clinic on this connection, for a person or for a worker (None). Returns the present.

    The present is PostgreSQL's `clock_timestamp()`, read in the same round trip: see itb.clock. The pool closes the
    clinic again when the connection comes back. Raises ImproperlyConfigured for a role that no wall would stop.
    """
    refuse_wrong_role()
    at = _set(str(clinic_id), str(person_id or ""))[-1]
    assert isinstance(at, datetime)
    return at


@contextmanager
def inside(clinic_id: int, person_id: int | None = None) -> Iterator[datetime]:
    """Work in one clinic, and leave as it was before. For workers, which step through clinics one by one, and commands.

    Stands outside a transaction: what is checked at its end needs the clinic still open.
    """
    refuse_wrong_role()
    clinic_before, person_before, *_, at = _set(str(clinic_id), str(person_id or ""))
    try:
        yield at
    finally:
        if not connection.needs_rollback:  # a broken transaction forgets the setting with everything else
            _set(clinic_before or "", person_before or "")


def clinics(function: str) -> list[int]:
    """The clinics with work, by a function of the owner's that looks over the walls and returns their numbers."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {function}() AS clinic ORDER BY clinic")  # noqa: S608  a name from our own code
        return [clinic for (clinic,) in cursor.fetchall()]


def ask_across(function: str, *arguments: int | str) -> int | None:
    """One number that a function of the owner's tells from over the walls: a clinic, or a count."""
    marks = ", ".join(["%s"] * len(arguments))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}({marks})", arguments)
        found: tuple[int | None] = cursor.fetchone()
    return found[0]


@cache
def refuse_wrong_role() -> None:
    """Raise ImproperlyConfigured where the connection's role would pass through every wall. Asks once a process."""
    with connection.cursor() as cursor:
        cursor.execute(ROLE)
        role, bypasses, owns = cursor.fetchone()
    if bypasses or owns:
        why = "owns tables" if owns and not bypasses else "bypasses row-level security"
        raise ImproperlyConfigured(
            f"DATABASE_URL signs in as {role}, which {why}: use the role {APPLICATION}, which owns nothing."
        )


def refuse_wrong_role_at_start() -> None:
    """The same when a process begins. A database that is away is asked again before the first clinic is opened."""
    with suppress(OperationalError):
        refuse_wrong_role()
    connection.close()


def _set(clinic: str, person: str) -> tuple[str | None, str | None, str, str, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(ENTER, [clinic, person])
        found: tuple[str | None, str | None, str, str, datetime] = cursor.fetchone()
    return found


OPEN: Final = "(SELECT NULLIF(current_setting('itb.clinic', true), '')::bigint)"
"""The open clinic in SQL; NULL where none is. In a sub-select, so that a query asks once and not for each row."""


def walled(table: str, condition: str = "", *, at_door: bool = False) -> RunSQL:
    """A migration's operation: of `table` only the open clinic's rows exist from now on.

    A row is of the clinic in its `clinic_id`, or where `condition` (SQL) says so. `at_door`: before any clinic is open
    every row can be read, since the door itself reads it; written it can be in its own clinic only. The owner of the
    tables, who migrates and backs up, is the one exception, and named as such.
    """
    inside_only = condition or f"clinic_id = {OPEN}"
    readable = f"{inside_only} OR {OPEN} IS NULL" if at_door else inside_only
    commands = {
        "SELECT": f"USING ({readable})",
        "INSERT": f"WITH CHECK ({inside_only})",
        "UPDATE": f"USING ({inside_only}) WITH CHECK ({inside_only})",
        "DELETE": f"USING ({inside_only})",
    }
    walls = "".join(
        f"CREATE POLICY clinic_wall_{command.lower()} ON {table} FOR {command} {rule};"
        for command, rule in commands.items()
    )
    undo = "".join(f"DROP POLICY clinic_wall_{command.lower()} ON {table};" for command in commands)
    return RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY keeper ON {table} TO CURRENT_USER USING (true) WITH CHECK (true);
        {walls}
        """,
        f"""
        {undo} DROP POLICY keeper ON {table};
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
        """,
    )
