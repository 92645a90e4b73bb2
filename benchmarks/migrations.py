"""What a deployment does to people at work: `./run.py bench migrations COMMIT [--rows N]`.

The code of COMMIT serves a million rows at its own schema, 20 requests a second; beside it the migrations of the tree
are run, and the same old code goes on serving on the new schema. Counted: answers of 5xx, the slowest answer, and the
longest wait for a lock. Then everything is taken back, and the schema must be what it was. Prints a table for people,
and as its last line one JSON object.
"""

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402

from benchmarks._rows import build, one  # noqa: E402
from itb.local.postgres import throw_away  # noqa: E402
from itb.local.stack import HOST, Stack, listen  # noqa: E402
from tests.house.schema import PARTS  # noqa: E402

ROWS, PER_SECOND, SETTLE_S, AFTER_S = 1_000_000, 20, 5, 15
LOCK_GOAL_S = 2.0

WAITS = "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0) FROM pg_locks WHERE NOT granted"
LAST = "SELECT app, max(name) FROM django_migrations GROUP BY app"
APPLIED = "SELECT count(*) FROM django_migrations"
SIGN_IN = """
import django; django.setup()
from django.test import Client
from itb.accounts.models import User
client = Client(); client.force_login(User.objects.get(email="nurse@bench.example"))
print("; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items()))
"""


@dataclass
class Tally:
    """What the people at work were answered."""

    answers: int = 0
    errors: int = 0
    slowest_s: float = 0.0
    kinds: dict[str, int] = field(default_factory=dict)

    def add(self, status: int, took_s: float, path: str) -> None:
        """One answer; 0 stands for none."""
        self.answers += 1
        self.slowest_s = max(self.slowest_s, took_s)
        if status == 0 or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.errors += 1
            self.kinds[f"{status} {path}"] = self.kinds.get(f"{status} {path}", 0) + 1


def main() -> None:
    """Build at the old schema, serve, migrate, serve on, take back."""
    parser = argparse.ArgumentParser()
    parser.add_argument("commit", help="whose code and schema are the old ones")
    parser.add_argument("--rows", type=int, default=ROWS)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="itb-migrations-"))
    try:
        with Stack(folder, parts=("postgres", "valkey")) as stack:
            figures = measure(folder, stack, asked.commit, asked.rows)
    finally:
        throw_away(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):44}{value!s:>14}")
    print(json.dumps(figures))


def measure(folder: Path, stack: Stack, commit: str, rows: int) -> dict[str, Any]:
    """The figures."""
    old = checked_out(folder / "old", commit)
    migrate(old, stack.environment)
    figures: dict[str, Any] = {"rows": build(stack.environment["OWNER_DATABASE_URL"], rows)}
    before, applied, schema = last(stack), asked(stack, APPLIED), pictured(stack)
    with served(old, folder, stack) as port, at_work(old, stack, port) as tally, watched(stack) as waits:
        time.sleep(SETTLE_S)
        figures["answers_before"], figures["slowest_before_s"] = tally.answers, round(tally.slowest_s, 2)
        tally.slowest_s = 0.0
        began = time.monotonic()
        migrate(ROOT, stack.environment)
        figures["migrating_s"] = round(time.monotonic() - began, 1)
        figures["answers_while"] = tally.answers - figures["answers_before"]
        figures["errors_while"] = tally.errors
        time.sleep(AFTER_S)
        figures["errors_of_the_old_code_after"] = tally.errors - figures["errors_while"]
    figures |= {"slowest_s": round(tally.slowest_s, 2), "longest_lock_wait_s": round(max(waits), 2)}
    figures["lock_goal_s"] = LOCK_GOAL_S
    after = last(stack)
    figures["migrations"] = asked(stack, APPLIED) - applied
    with served(ROOT, folder, stack) as port, at_work(ROOT, stack, port) as new:
        time.sleep(SETTLE_S)
    figures["errors_of_the_new_code"] = new.errors
    for app in sorted(app for app in after if after[app] != before.get(app)):
        migrate(ROOT, stack.environment, app, before.get(app, "zero"))
    figures["other_lines_of_schema_once_taken_back"] = len(pictured(stack) ^ schema)
    for kind, number in (tally.kinds | new.kinds).items():
        print(f"{number:6} x {kind}")
    return figures


def checked_out(place: Path, commit: str) -> Path:
    """The code of a commit, in a folder of its own."""
    place.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x"], cwd=place, input=archive, check=True)
    return place


def migrate(code: Path, environment: Mapping[str, str], *words: str) -> None:
    """Run a code's migrations as the owner."""
    how = ["--database", "owner"] if knows_two_roles(code) else []
    run(
        code,
        known(code, environment) | {"STATEMENT_TIMEOUT": "0"},
        "manage.py",
        "migrate",
        *words,
        "-v0",
        *how,
    )


def knows_two_roles(code: Path) -> bool:
    """Whether a code signs in as a role that owns nothing."""
    return "OWNER_DATABASE_URL" in (code / "itb" / "settings.py").read_text()


def known(code: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment as a code knows it: before there were two roles, the owner did everything."""
    if knows_two_roles(code):
        return dict(environment)
    return {**environment, "DATABASE_URL": environment["OWNER_DATABASE_URL"]}


def run(code: Path, environment: Mapping[str, str], *words: str) -> str:
    """Python in a code's folder; what it printed."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=code,
        env={**environment, "PYTHONPATH": str(code)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(words[:3])}: {done.stderr[-2000:]}")
    return done.stdout


def asked(stack: Stack, query: str) -> Any:
    """A single value, as the owner sees it."""
    with psycopg.connect(stack.environment["OWNER_DATABASE_URL"]) as connection:
        return one(connection, query)


def last(stack: Stack) -> dict[str, str]:
    """The last migration of each app."""
    with psycopg.connect(stack.environment["OWNER_DATABASE_URL"]) as connection:
        return dict(connection.execute(LAST).fetchall())


def pictured(stack: Stack) -> set[str]:
    """The schema, as lines."""
    with psycopg.connect(stack.environment["OWNER_DATABASE_URL"]) as connection:
        return {f"{kind}: {line}" for kind, query in PARTS.items() for (line,) in connection.execute(query)}


@contextmanager
def served(code: Path, folder: Path, stack: Stack) -> Iterator[int]:
    """A code's pages on a port of their own, as the application's role."""
    with listen(0) as free:
        port = int(free.getsockname()[1])
    environment = known(code, stack.environment)
    environment.pop("OWNER_DATABASE_URL")
    environment |= {"STATIC_ROOT": str(folder / f"static-{code.name}"), "PYTHONPATH": str(code)}
    run(code, environment, "manage.py", "collectstatic", "--noinput", "-v0")
    words = [
        "gunicorn",
        "itb.wsgi:application",
        "--bind",
        f"{HOST}:{port}",
        "--workers",
        "2",
        "--threads",
        "4",
        "--no-control-socket",
    ]
    with (folder / "web.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=code, env=environment, stdout=log, stderr=log
        )
    try:
        while ask(port, "/healthz", "")[0] != HTTPStatus.OK:
            time.sleep(0.1)
        yield port
    finally:
        child.terminate()
        child.wait()


@contextmanager
def at_work(code: Path, stack: Stack, port: int) -> Iterator[Tally]:
    """A nurse who asks for 20 pages a second."""
    cookie, tally, ended = (
        run(code, known(code, stack.environment), "-c", SIGN_IN).strip(),
        Tally(),
        threading.Event(),
    )
    paths = ["/", "/patients/7/", "/alerts/", "/patients/8/", "/?q=Bench12", "/clinic/", "/pumps/9/refill/"]

    def work() -> None:
        with ThreadPoolExecutor(8) as pool:
            due, number = time.monotonic(), 0
            while not ended.wait(max(0.0, due - time.monotonic())):
                path = paths[number % len(paths)]
                pool.submit(lambda path=path: tally.add(*ask(port, path, cookie), path))
                due, number = due + 1 / PER_SECOND, number + 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield tally
    finally:
        ended.set()
        thread.join()


def ask(port: int, path: str, cookie: str) -> tuple[int, float]:
    """Status and seconds of one answer; 0 where none came."""
    began, page = time.monotonic(), http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        page.request("GET", path, headers={"Cookie": cookie})
        answer = page.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0, time.monotonic() - began
    else:
        return answer.status, time.monotonic() - began
    finally:
        page.close()


@contextmanager
def watched(stack: Stack) -> Iterator[list[float]]:
    """The longest wait for a lock, asked for every 20 ms."""
    waits, ended = [0.0], threading.Event()

    def watch() -> None:
        with psycopg.connect(stack.environment["OWNER_DATABASE_URL"], autocommit=True) as connection:
            while not ended.wait(0.02):
                waits.append(float(one(connection, WAITS)))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield waits
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    os.environ.pop("DATABASE_URL", None)
    main()
