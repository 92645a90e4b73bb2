"""One supervisor a folder: a lock that the system lets go of when its holder dies, with a note of where it listens."""

import fcntl
import json
import time
from pathlib import Path
from typing import IO

from itb.local.trouble import Trouble

NOTE_WITHIN_S = 90.0


class Lock:
    """Held from `take` until `release` or the end of the process. The note is readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.path, self.note = folder / "lock", folder / "environment.json"
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """Whether it is ours now; an old holder's note is thrown away."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        self.note.unlink(missing_ok=True)
        return True

    def write(self, note: dict[str, str]) -> None:
        """Tell others the environment in which this folder's servers are reached."""
        half = self.note.with_suffix(".new")
        half.touch(mode=0o600)
        half.write_text(json.dumps(note))
        half.rename(self.note)

    def read(self) -> dict[str, str]:
        """The holder's note; empty while it starts."""
        try:
            return dict(json.loads(self.note.read_text()))
        except FileNotFoundError:
            return {}

    def take_or_read(self) -> dict[str, str]:
        """Empty when it is ours now; else the holder's note, waited for while it starts. Raises Trouble."""
        until = time.monotonic() + NOTE_WITHIN_S
        while time.monotonic() < until:
            if self.take():
                return {}
            if note := self.read():
                return note
            time.sleep(0.2)
        raise Trouble(f"Another command holds {self.path} and does not come up; end it and try again.")

    def release(self) -> None:
        """Let the next one in."""
        if self._file:
            self.note.unlink(missing_ok=True)
            self._file.close()
            self._file = None
