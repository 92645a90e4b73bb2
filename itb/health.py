"""Who watches the watcher: what is wrong with the engine, in sentences, and two addresses for machines."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final, NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse

OLD_PULSE: Final = timedelta(minutes=3) / settings.WATCH_SCALE
AHEAD: Final = timedelta(
    minutes=1
)  # a pulse from the future is the work of a clock that jumped: it proves nothing
CYCLES: Final = {
    "sweep": "Pumps have not been looked at",
    "drain": "Letters have not been sent",
    "sink": "The mail server has not answered",
    "anchor": "How far the database is has not been noted outside it",
}
LATE_LETTER: Final = f"{300 / settings.WATCH_SCALE} seconds"
OLD_BACKUP: Final = timedelta(hours=25)  # one a day, and an hour for a job that starts late
PAUSED: Final = "No letter leaves until an administrator has confirmed it."

STATE = """
SELECT clock_timestamp(),
       (SELECT finished_at FROM outbox_heartbeat WHERE name = 'sweep'),
       (SELECT finished_at FROM outbox_heartbeat WHERE name = 'drain'),
       (SELECT finished_at FROM outbox_heartbeat WHERE name = 'sink'),
       (SELECT finished_at FROM outbox_heartbeat WHERE name = 'anchor'),
       (SELECT finished_at FROM outbox_heartbeat WHERE name = 'clock'),
       outbox_letter_is_late(%s::interval),
       (SELECT sentence FROM outbox_epoch WHERE begun_at IS NULL ORDER BY number DESC LIMIT 1),
       (SELECT max(at) FROM backup_backup),
       (SELECT count(*) FROM django_migrations)
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """What the cycles have left behind."""

    checked_at: datetime | None
    """When the sweep last finished."""
    problems: list[str]
    is_paused: bool
    """Whether letters wait for a person, since the database may be an older one."""
    backup: str
    """What is wrong with the backups; empty where nothing is."""


class State(NamedTuple):
    """A row of `STATE`."""

    now: datetime
    swept_at: datetime | None
    drained_at: datetime | None
    answered_at: datetime | None
    noted_at: datetime | None
    latest: datetime | None
    """How far the clock has ever come."""
    is_late: bool
    gap: str | None
    backed_up_at: datetime | None
    migrations: int


def engine() -> Engine:
    """One query: the pulses, whether a letter waits too long, and whether the database is the newest."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, [LATE_LETTER])
        return engine_of(State(*cursor.fetchone()))


def engine_of(state: State) -> Engine:
    """What a row of `STATE` says."""
    pulses = {"sweep": state.swept_at, "drain": state.drained_at, "sink": state.answered_at}
    if settings.ANCHOR_FILE and not state.gap:  # during a gap nothing is noted, on purpose
        pulses["anchor"] = state.noted_at
    problems = [f"{state.gap} {PAUSED}"] if state.gap else []
    problems += [
        f"{CYCLES[name]} since {finished_at:%H:%M} UTC." if finished_at else f"{CYCLES[name]} yet."
        for name, finished_at in pulses.items()
        if finished_at is None or not -AHEAD <= state.now - finished_at <= OLD_PULSE
    ]
    if state.latest and state.now < state.latest - AHEAD:
        problems.append(f"The clock has gone back: it has been {_said(state.latest)} already.")
    if state.migrations < _migrations():
        problems.append("The database lacks a migration of this version: run manage.py migrate.")
    if state.is_late:
        problems.append("A letter has waited for more than five minutes.")
    backup = _backup(state.now, state.backed_up_at)
    return Engine(state.swept_at, problems, is_paused=bool(state.gap), backup=backup)


def _backup(now: datetime, made_at: datetime | None) -> str:
    """What is wrong with the backups, where they are configured."""
    if not settings.BACKUP_RECIPIENTS:
        return ""
    if made_at is None:
        return "No backup has been made yet."
    return f"The last backup is of {_said(made_at)}." if now - made_at > OLD_BACKUP else ""


def _said(at: datetime) -> str:
    """An instant in a sentence, where no clinic is open and so no zone."""
    return f"{at:%a} {at.day} {at:%b %H:%M} UTC"


@cache
def _migrations() -> int:
    """How many migrations this version has."""
    return len(MigrationLoader(None).disk_migrations)


def healthz(request: HttpRequest) -> HttpResponse:
    """200 where this process answers and reaches its database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"database": "away"}, status=503)
    return JsonResponse({"database": "ok"})


def healthz_engine(request: HttpRequest) -> HttpResponse:
    """200 only where the cycles have finished lately and no letter is late."""
    try:
        problems = engine().problems
    except DatabaseError:
        problems = ["The database is away."]
    return JsonResponse({"problems": problems}, status=503 if problems else 200)
