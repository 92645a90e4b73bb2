"""What is noted outside the database: how far it had come. A database that was restored does not know that far.

After each cycle the last act, the last letter and the last sending are written to `ANCHOR_FILE`, each by its number and
instant. Before the next letter leaves, the database must still know all three; else sending pauses (`Epoch`), and a
person decides. Comparing and noting read one snapshot, so that an older database never overwrites the note.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import structlog
from django.conf import settings
from django.db import connection

from itb.outbox.services import beat

log = structlog.get_logger(__name__)

FORMAT = 1
Mark = tuple[int | None, datetime | None]
"""The number and the instant of a row; neither where there is no row yet."""

LOOK = """
SELECT clock_timestamp(), EXISTS (SELECT FROM outbox_epoch WHERE begun_at IS NULL),
       coalesce((SELECT max(number) FROM outbox_epoch WHERE begun_at IS NOT NULL), 0),
       outbox_knows(%s, %s, %s, %s, %s, %s), marks.*
FROM outbox_marks(%s, %s) AS marks
"""
UNSURE = """
SELECT outbox_pause(coalesce(max(number), 0), %s, NULL, NULL) FROM outbox_epoch WHERE begun_at IS NOT NULL
"""
UNREADABLE = (
    "What is noted outside this database cannot be read: nobody can tell whether the database is the newest."
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """How far a database had come, and in which epoch."""

    epoch: int
    noted_at: datetime
    system: str
    """PostgreSQL's own identifier of the server."""
    acts: int
    letters: int
    act: Mark
    letter: Mark
    sent: Mark

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """What is noted there; None where nothing is. Raises OSError, ValueError."""
        try:
            said = json.loads(path.read_text())
        except FileNotFoundError:
            return None
        try:
            act, letter, sent = (_mark(*said[name]) for name in ("act", "letter", "sent"))
            epoch, acts, letters = (int(said[name]) for name in ("epoch", "acts", "letters"))
            noted_at, system = datetime.fromisoformat(said["noted_at"]), str(said["system"])
        except (KeyError, TypeError) as error:
            raise ValueError(path) from error
        return cls(epoch, noted_at, system, acts, letters, act, letter, sent)

    def write(self, path: Path) -> None:
        """Note it, whole or not at all, and on the disk before this returns. Raises OSError."""
        said = {"format": FORMAT} | {name: getattr(self, name) for name in self.__slots__}
        half = path.with_name(f"{path.name}.{os.getpid()}")
        with half.open("w") as file:
            json.dump(said, file, default=datetime.isoformat, indent=1)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)

    @property
    def marks(self) -> tuple[Mark, Mark, Mark]:
        """The three rows that the database must know."""
        return self.act, self.letter, self.sent


NOTHING = Anchor(0, datetime.min, "", 0, 0, (None, None), (None, None), (None, None))  # noqa: DTZ901  never shown


def holds() -> bool:
    """Whether letters may leave: no epoch is open, and the database knows what is noted. Notes how far it is now."""
    path = Path(settings.ANCHOR_FILE) if settings.ANCHOR_FILE else None
    try:
        noted = Anchor.read(path) if path else None
    except (OSError, ValueError):
        _put_aside(Path(settings.ANCHOR_FILE))
        noted = None
    now, is_paused, is_known = _look(noted or NOTHING)
    if not is_paused and noted and _is_behind(now, noted, is_known=is_known):
        _pause(noted)
        is_paused = True
    if path and not is_paused:
        _note(path, noted, now)
    return not is_paused


def _is_behind(now: Anchor, noted: Anchor, *, is_known: bool) -> bool:
    """Whether the database is an older one. A later epoch was confirmed by a person, and is believed."""
    return now.epoch < noted.epoch or (now.epoch == noted.epoch and not is_known)


def _look(noted: Anchor) -> tuple[Anchor, bool, bool]:
    """How far the database is now, whether an epoch is open, and whether it knows what is noted."""
    known = [value for mark in noted.marks for value in mark]
    with connection.cursor() as cursor:
        cursor.execute(LOOK, [*known, noted.act[0] or 0, noted.letter[0] or 0])
        at, is_paused, epoch, is_known, *marks, acts, letters, system = cursor.fetchone()
    act, letter, sent = zip(marks[::2], marks[1::2], strict=True)
    now = Anchor(epoch, at, system, noted.acts + acts, noted.letters + letters, act, letter, sent)
    return now, is_paused, is_known


def _note(path: Path, noted: Anchor | None, now: Anchor) -> None:
    """Write what has changed. A disk that refuses stops no letter: the missing pulse is said on every page."""
    if noted and noted.epoch < now.epoch:  # what was counted before the break counts no more
        noted, now = None, _look(NOTHING)[0]
    try:
        if noted is None or (noted.system, noted.marks) != (now.system, now.marks):
            now.write(path)
    except OSError as error:
        log.warning("anchor.unwritable", kind=type(error).__name__)
    else:
        beat(name="anchor")


def _pause(noted: Anchor) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM outbox_kept(%s, %s, %s)", [noted.act[0], noted.letter[0], noted.noted_at]
        )
        acts, letters, known_until = cursor.fetchone()
        sentence = gap(known_until, noted, acts=noted.acts - acts, letters=noted.letters - letters)
        cursor.execute(
            "SELECT outbox_pause(%s, %s, %s, %s)", [noted.epoch, sentence, known_until, noted.noted_at]
        )
    log.error("sending.paused", missing_acts=noted.acts - acts, missing_letters=noted.letters - letters)


def _put_aside(path: Path) -> None:
    """Pause for a note that cannot be read. Once a person has confirmed, a new one begins."""
    with connection.cursor() as cursor:
        cursor.execute(UNSURE, [UNREADABLE])
    with suppress(OSError):
        path.rename(path.with_name(f"{path.name}.unreadable"))
    log.error("anchor.unreadable")


def gap(known_until: datetime | None, noted: Anchor, *, acts: int, letters: int) -> str:
    """What is missing, in a sentence."""
    known = f"it ends {said(known_until)}" if known_until else "it knows of nothing"
    return (
        f"This database is older than what was done with it: {known}, and it was in use until {said(noted.noted_at)}."
        f" At least {acts} acts and {letters} letters of the time between are missing from it."
    )


def said(at: datetime) -> str:
    """An instant as a sentence has it, where no clinic is open and so no zone."""
    return f"{at:%a} {at.day} {at:%b %Y %H:%M} UTC"


def _mark(number: Any, at: str | None) -> Mark:
    return (None if number is None else int(number), datetime.fromisoformat(at) if at else None)
