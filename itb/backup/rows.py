"""Counting the rows that a dump holds, on its way past: what a backup holds is read from the backup itself."""

import re
from threading import Thread
from types import TracebackType
from typing import IO, Self

from itb.backup.tools import finish, tool

COPY = re.compile(rb'COPY public\."?(\w+)"? \(.*\) FROM stdin;\n')
END = b"\\.\n"


class RowCount:
    """Written to as the dump passes; `pg_restore` reads it as it would for a database, and the rows are counted."""

    def __init__(self) -> None:
        self._tool = tool("pg_restore", "--data-only", "--file=-")
        self.rows: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._child = self._tool.__enter__()
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._into = self._child.stdin
        self._reader = Thread(target=self._count, args=(self._child.stdout,), daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tool.__exit__(kind, error, trace)

    def write(self, chunk: bytes) -> int:
        """Take a piece of the dump."""
        return self._into.write(chunk)

    def flush(self) -> None:
        """Nothing is held back longer than a pipe does."""

    def finish(self) -> dict[str, int]:
        """The rows of each table, when the whole dump has passed. Raises BackupError where it cannot be read."""
        self._into.close()
        self._reader.join()
        finish(self._child)
        return self.rows

    def _count(self, lines: IO[bytes]) -> None:
        table = ""
        for line in lines:
            if table and line == END:
                table = ""
            elif table:
                self.rows[table] += 1
            elif found := COPY.fullmatch(line):
                table = found[1].decode()
                self.rows[table] = 0
