"""The way back: everything is checked before anything is dropped, and all of it is one transaction.

Where a step fails, down to the last count, the database stays as it was. Where it succeeds, the database is the backup
with sending paused: no moment lies between.
"""

import json
from contextlib import suppress
from pathlib import Path
from shutil import copyfileobj
from threading import Thread
from typing import IO, Final

from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from psycopg.sql import SQL, Composed, Literal

from itb.audit.chain import Head
from itb.audit.verify import faults
from itb.backup.manifest import Manifest
from itb.backup.rows import RowCount
from itb.backup.seal import sum_of, unseal
from itb.backup.tools import connected, finish, owner, tool
from itb.backup.trouble import BackupError
from itb.outbox.anchor import Anchor, gap, said

BEGIN: Final = b"""
BEGIN; SET client_min_messages = warning; SET lock_timeout = '60s'; SET statement_timeout = 0;
DROP OWNED BY CURRENT_USER;
"""
TABLES: Final = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
AFTER: Final = SQL("""
SET search_path = public; SET row_security = on;
DO $check$
DECLARE
    wanted record;
    found bigint;
BEGIN
    FOR wanted IN SELECT * FROM jsonb_each_text({rows}) AS counted (name, number) LOOP
        EXECUTE format('SELECT count(*) FROM %I', wanted.name) INTO found;
        IF found <> wanted.number::bigint THEN
            RAISE EXCEPTION '% has % rows and the backup %', wanted.name, found, wanted.number;
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_constraint WHERE NOT convalidated) THEN
        RAISE EXCEPTION 'a constraint is not validated';
    END IF;
END $check$;
SELECT outbox_pause(greatest({after}, max(number)), {sentence}, {made_at}, {until}) FROM outbox_epoch;
COMMIT;
""")


def check(backup: Path, key: Path) -> Manifest:
    """Read a backup to its end without touching any database. Raises BackupError."""
    manifest = Manifest.read(backup)
    if sum_of(backup) != manifest.sha256:
        raise BackupError(f"{backup.name} is not the file that was written: its sum is another.")
    known = MigrationLoader(None).disk_migrations.keys()
    if unknown := sorted(app for app, name in manifest.migrations.items() if (app, name) not in known):
        raise BackupError(
            f"{backup.name} was made by a later version ({', '.join(unknown)}): restore it with that one."
        )
    with RowCount() as counted:
        unseal(backup, counted, key)
        if counted.finish() != manifest.rows:
            raise BackupError(f"{backup.name} does not hold the rows that its manifest names.")
    return manifest


def refuse_to_overwrite(confirmed: str) -> None:
    """Raises BackupError where the database holds tables and its name was not typed."""
    name = owner()["dbname"]
    with connected() as connection:
        row = connection.execute(TABLES).fetchone()
    if row and row[0] and confirmed != name:
        raise BackupError(
            f"The database {name} holds {row[0]} tables. To drop them all and put the backup in their place, add"
            f" --replace {name}."
        )


def put_back(backup: Path, key: Path, manifest: Manifest) -> None:
    """Put a checked backup in the database's place, with sending paused. Raises BackupError: nothing has changed."""
    quiet = ("--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse")
    with tool("psql", *quiet) as psql:
        assert psql.stdin is not None
        with suppress(BrokenPipeError):  # it has stopped at an error, and says at which
            _feed(psql.stdin, backup, key, manifest)
        finish(psql)


def faults_of_trail(manifest: Manifest) -> list[str]:
    """What is wrong with the trail that came back, beside the heads that the backup was made with."""
    heads = (head.split(":") for head in manifest.chains)
    return list(faults([Head(int(clinic), int(number), digest) for clinic, number, digest in heads]))


def _feed(into: IO[bytes], backup: Path, key: Path, manifest: Manifest) -> None:
    """Write the whole script. Its last line, which keeps the work, only goes out when all before it was whole."""
    with tool("pg_restore", "--no-owner", "--file=-") as script:
        assert script.stdin is not None
        assert script.stdout is not None
        unsealing = Unsealing(backup, key, script.stdin)
        unsealing.start()
        into.write(BEGIN)
        copyfileobj(script.stdout, into)
        finish(script)
        unsealing.finish()
    with connected() as connection:
        into.write(_after(manifest).as_string(connection).encode())
    into.close()


class Unsealing(Thread):
    """Decrypts into a tool, beside whoever reads what comes out of it."""

    def __init__(self, backup: Path, key: Path, into: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._backup, self._key, self._into = backup, key, into
        self._error: BackupError | None = None

    def run(self) -> None:
        """Decrypt, and tell the tool that this was all."""
        try:
            unseal(self._backup, self._into, self._key)
        except BackupError as error:
            self._error = error
        with suppress(OSError):
            self._into.close()

    def finish(self) -> None:
        """Wait. Raises BackupError where it could not be decrypted to the end."""
        self.join()
        if self._error:
            raise self._error


def _after(manifest: Manifest) -> Composed:
    noted = _noted()
    return AFTER.format(
        rows=Literal(json.dumps(manifest.rows)),
        after=Literal(noted.epoch if noted else 0),
        sentence=Literal(_sentence(manifest, noted)),
        made_at=Literal(manifest.at),
        until=Literal(noted.noted_at if noted else None),
    )


def _noted() -> Anchor | None:
    """How far the database had come, where that is noted and can be read."""
    with suppress(OSError, ValueError):
        return Anchor.read(Path(settings.ANCHOR_FILE)) if settings.ANCHOR_FILE else None
    return None


def _sentence(manifest: Manifest, noted: Anchor | None) -> str:
    if noted is None:
        return f"A backup of {said(manifest.at)} was put in this database's place: what was done after that is missing."
    acts, letters = (manifest.rows.get(table, 0) for table in ("audit_auditevent", "outbox_letter"))
    return gap(manifest.at, noted, acts=max(0, noted.acts - acts), letters=max(0, noted.letters - letters))
