"""Who watches the watcher: what is wrong with the engine, in sentences, and two addresses for machines."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

OLD_PULSE: Final = timedelta(minutes=3)
AHEAD: Final = timedelta(
    minutes=1
)  # a pulse from the future is the work of a clock that jumped: it proves nothing
CYCLES: Final = {"sweep": "Pumps have not been looked at", "drain": "Letters have not been sent"}
LATE_LETTER: Final = "5 minutes"

STATE = """
SELECT clock_timestamp(),
       (SELECT finished_at FROM outbox_heartbeat WHERE name = 'sweep'),
       (SELECT finished_at FROM outbox_heartbeat WHERE name = 'drain'),
       outbox_letter_is_late(%s::interval)
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """What the cycles have left behind."""

    checked_at: datetime | None
    """When the sweep last finished."""
    problems: list[str]


def engine() -> Engine:
    """One query: the pulses, and whether a letter waits too long."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, [LATE_LETTER])
        return engine_of(*cursor.fetchone())


def engine_of(now: datetime, swept_at: datetime | None, drained_at: datetime | None, is_late: bool) -> Engine:
    """What a row of `STATE` says."""
    problems = [
        f"{CYCLES[name]} since {finished_at:%H:%M} UTC." if finished_at else f"{CYCLES[name]} yet."
        for name, finished_at in (("sweep", swept_at), ("drain", drained_at))
        if finished_at is None or not -AHEAD <= now - finished_at <= OLD_PULSE
    ]
    if is_late:
        problems.append("A letter has waited for more than five minutes.")
    return Engine(swept_at, problems)


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
