"""What the chain of the trail costs: acts written and committed a second, with their links and without; then the check.

Every act is a transaction of its own. Two writers share one clinic, and so one chain; then each has its own. At the end
`begin_trail` links what was written without, and `verify_audit` computes all of it anew. Prints a table for people, and
as its last line one JSON object of the medians.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itb.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

ROUNDS = 5
ACTS = 1000
INSERT = """
INSERT INTO audit_auditevent (at, verb, by_id, clinic_id, subject, subject_id)
VALUES (clock_timestamp(), 'chart.seen', 1, %s, 'patients.patient', 1)
"""


def write(clinic_id: int, acts: int) -> None:
    """So many acts in one clinic, each committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('itb.clinic', %s, false)", [str(clinic_id)])
        for _ in range(acts):
            cursor.execute(INSERT, [clinic_id])
    connection.close()


def alone() -> None:
    """One writer."""
    write(1, ACTS)


def together(*clinics: int) -> Callable[[], None]:
    """A writer for each, at once."""

    def run() -> None:
        writers = [threading.Thread(target=write, args=[clinic, ACTS // len(clinics)]) for clinic in clinics]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()

    return run


WAYS = {"one writer": alone, "two in one clinic": together(1, 1), "two in two clinics": together(1, 2)}


def rate(way: Callable[[], None], mode: str) -> float:
    """Acts a second, with the link's trigger in `mode`."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE audit_auditevent {mode} TRIGGER linked")
    before = perf_counter()
    way()
    return ACTS / (perf_counter() - before)


def checked() -> int:
    """How many links `verify_audit` computes a second."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER linked")
        call_command("begin_trail", stdout=io.StringIO())
        cursor.execute("SELECT count(*) FROM audit_link")
        (links,) = cursor.fetchone()
    before = perf_counter()
    call_command("verify_audit", stdout=io.StringIO())
    return round(links / (perf_counter() - before))


def main() -> None:
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    found: dict[str, int] = {}
    print(f"{'acts a second':24}{'linked':>10}{'unlinked':>10}")
    for name, way in WAYS.items():
        rounds = [(rate(way, "ENABLE"), rate(way, "DISABLE")) for _ in range(ROUNDS)]
        linked, bare = (round(statistics.median(each)) for each in zip(*rounds, strict=True))
        found[name] = linked
        print(f"{name:24}{linked:10}{bare:10}")
    found["checked"] = checked()
    print(f"{'links checked a second':24}{found['checked']:10}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
