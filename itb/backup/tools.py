"""PostgreSQL's own tools, run as the owner of the tables."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db import connection, connections
from psycopg.conninfo import make_conninfo

from itb.backup.trouble import BackupError

OWNER: Final = "owner"
"""The database of the settings that speaks as the owner: OWNER_DATABASE_URL."""
VARIABLES: Final = {
    "dbname": "PGDATABASE",
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}
Tool = subprocess.Popen[bytes]


def owner() -> dict[str, str]:
    """How the owner reaches the database that the application uses. Raises BackupError."""
    if OWNER not in settings.DATABASES:
        raise BackupError(
            "OWNER_DATABASE_URL is not set: only the owner of the tables sees every clinic's rows."
        )
    told = connections[OWNER].get_connection_params() | {"dbname": connection.settings_dict["NAME"]}
    return {name: str(told[name]) for name in VARIABLES if told.get(name)}


@contextmanager
def connected() -> Iterator[psycopg.Connection[Any]]:
    """The owner's own connection, whose transaction may last as long as a tool takes. Raises BackupError."""
    patient = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=0"
    try:
        found = psycopg.connect(make_conninfo(**owner(), options=patient))
    except psycopg.OperationalError as error:
        raise BackupError(f"The owner cannot reach the database: {str(error).splitlines()[0]}") from error
    with found:
        yield found


@contextmanager
def tool(name: str, *words: str) -> Iterator[Tool]:
    """Run a tool between pipes; it is ended when the body is left before it has finished. Raises BackupError."""
    program = shutil.which(name, path=settings.POSTGRES_BINARIES or None)
    if program is None:
        raise BackupError(
            f"{name} is not there: install PostgreSQL's client tools, or set POSTGRES_BINARIES."
        )
    # Where to sign in goes by the environment: what stands in a command line can be read by everyone.
    environment = _bare() | {VARIABLES[word]: value for word, value in owner().items()}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    child = subprocess.Popen([program, *words], env=environment, **pipes)  # type: ignore[call-overload]  # noqa: S603  ours
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout, child.stderr):
            with suppress(OSError):  # what it did not take any more
                pipe.close()


def finish(child: Tool) -> None:
    """Wait for a tool. Raises BackupError with its last words, which hold no row: it was asked to be terse."""
    assert child.stderr is not None
    said = child.stderr.read().decode(errors="replace").strip().splitlines()
    if child.wait():
        name = str(child.args[0]).rpartition("/")[2]  # type: ignore[index]
        raise BackupError(f"{name} did not finish: {said[-1] if said else 'it said nothing.'}")


def _bare() -> dict[str, str]:
    """Nothing of the caller's PG… variables or language reaches a tool."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
