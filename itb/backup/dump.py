"""Making a backup: one snapshot of every clinic's rows, sealed on its way to the disk, and counted on its way."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from psycopg import Connection, IsolationLevel
from psycopg.sql import SQL, Identifier

from itb.backup.manifest import Manifest, beside
from itb.backup.rows import RowCount
from itb.backup.seal import Overheard, Summed, seal
from itb.backup.tools import connected, finish, tool
from itb.backup.trouble import BackupError

LEFT_OUT: Final = {"django_session"}
"""Nobody is signed in by a restore: of these the table is kept and its rows are not."""

STATE = """
SELECT clock_timestamp(), current_database(), current_setting('server_version'), pg_export_snapshot(), marks.system,
       ARRAY(SELECT DISTINCT ON (clinic_id) format('%s:%s:%s', clinic_id, sequence, hash)
             FROM audit_link ORDER BY clinic_id, sequence DESC),
       marks.act_id, marks.act_at, marks.letter_id, marks.letter_at, marks.sent_id, marks.sent_at
FROM outbox_marks(0, 0) AS marks
"""
MIGRATIONS = "SELECT app, max(name) FROM django_migrations GROUP BY app ORDER BY app"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"

# Forced row security binds the owner too. A table is seen whole only where a policy lets the owner see every row, and
# none narrows that again.
HIDDEN = """
SELECT relation.relname FROM pg_class AS relation
WHERE relation.relnamespace = 'public'::regnamespace AND relation.relkind IN ('r', 'p') AND relation.relrowsecurity
  AND (EXISTS (SELECT FROM pg_policy WHERE polrelid = relation.oid AND NOT polpermissive)
       OR NOT EXISTS (
           SELECT FROM pg_policy WHERE polrelid = relation.oid AND polcmd IN ('*', 'r')
           AND pg_get_expr(polqual, polrelid) = 'true'
           AND (SELECT oid FROM pg_roles WHERE rolname = current_user) = ANY (polroles)))
ORDER BY relation.relname
"""


def make_backup(target: Path, recipients: Sequence[str]) -> tuple[Path, Manifest]:
    """Write a backup to `target`, or under a name of its own into that folder. Raises BackupError.

    A file that is there already is left alone. Until it is whole it is called `.part`; no plain byte reaches the disk.
    """
    with connected() as connection:
        connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
        state, snapshot = _survey(connection)
        path = _free(target, state["at"])
        part = path.with_name(f"{path.name}.part")
        try:
            size, total, dumped = _write(part, snapshot, recipients)
            _compare(state["rows"], dumped)
            manifest = Manifest(**state, size=size, sha256=total)
            beside(path).write_text(manifest.as_text())
            part.rename(path)
            _settle(path.parent)
        except OSError as error:
            _clear(part, path)
            raise BackupError(f"The backup could not be written: {error.strerror}.") from error
        except BaseException:
            _clear(part, path)
            raise
    return path, manifest


def _clear(part: Path, path: Path) -> None:
    """Leave nothing that could be taken for a backup."""
    for each in (part, beside(path), path):
        each.unlink(missing_ok=True)


def _survey(connection: Connection[Any]) -> tuple[dict[str, Any], str]:
    """What the snapshot holds, and its name. Raises BackupError where a policy hides rows from the owner."""
    row = connection.execute(STATE).fetchone()
    assert row is not None
    at, database, server, snapshot, system, chains, *marks = row
    if hidden := [name for (name,) in connection.execute(HIDDEN)]:
        raise BackupError(
            f"A policy hides rows of {', '.join(hidden)} from the owner: this backup would lack them."
        )
    tables = [name for (name,) in connection.execute(TABLES) if name not in LEFT_OUT]
    state = {
        "at": at,
        "database": database,
        "server": server,
        "system": system,
        "migrations": dict(connection.execute(MIGRATIONS).fetchall()),
        "rows": {table: _count(connection, table) for table in tables},
        "heads": {name: marks[2 * i : 2 * i + 2] for i, name in enumerate(("act", "letter", "sent"))},
        "chains": chains,
    }
    return state, snapshot


def _count(connection: Connection[Any], table: str) -> int:
    row = connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
    assert row is not None
    return int(row[0])


def _free(target: Path, at: datetime) -> Path:
    """The file to write. Raises BackupError where it is there."""
    path = target / f"itb-{at:%Y%m%dT%H%M%SZ}.age" if target.is_dir() else target
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}.")
    for each in (path, beside(path), path.with_name(f"{path.name}.part")):
        if each.exists():
            raise BackupError(f"{each} is there already, and is left as it is.")
    return path


def _write(part: Path, snapshot: str, recipients: Sequence[str]) -> tuple[int, str, dict[str, int]]:
    """Dump, seal and count; the size and the sum of the file, and the rows in it."""
    words = [f"--exclude-table-data=public.{table}" for table in sorted(LEFT_OUT)]
    words += ["--format=custom", "--enable-row-security", "--lock-wait-timeout=10s", f"--snapshot={snapshot}"]
    with (
        os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        RowCount() as counted,
        tool("pg_dump", *words) as dump,
    ):
        assert dump.stdout is not None
        summed = Summed(file)
        seal(Overheard(dump.stdout, counted), summed, recipients)
        finish(dump)
        file.flush()
        os.fsync(file.fileno())
        return summed.size, summed.sha256, counted.finish()


def _compare(there: dict[str, int], dumped: dict[str, int]) -> None:
    """Raises BackupError where the dump holds other rows than the snapshot."""
    if other := sorted(
        name for name in there.keys() | dumped.keys() if there.get(name, 0) != dumped.get(name, 0)
    ):
        raise BackupError(f"The dump does not hold every row of {', '.join(other)}: it was thrown away.")


def _settle(folder: Path) -> None:
    """Let the names be on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
