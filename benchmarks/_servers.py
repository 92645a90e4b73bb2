"""Servers for a measurement of pages: PostgreSQL and Valkey with fsync, and gunicorn with two workers.

`beside("_worklist.py", …)` runs a script in their surroundings, with the pages at ITB_BENCH_PORT.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from itb.local.postgres import throw_away  # noqa: E402
from itb.local.stack import Stack, answers, listen  # noqa: E402
from itb.local.static import collected  # noqa: E402

WORKERS, THREADS = 2, 4
WITHIN_S = 60


def beside(script: str, *words: object) -> dict[str, Any]:
    """What `script` says in its last line, as JSON; what it says before goes through."""
    folder = Path(tempfile.mkdtemp(prefix="itb-bench-"))
    paths = os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])
    try:
        with Stack(folder, parts=("postgres", "valkey"), extra={"PYTHONPATH": paths}) as stack:
            stack.environment["STATIC_ROOT"] = str(folder / "static")
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0"],
                cwd=ROOT,
                env=stack.environment,
                check=True,
            )
            with collected(folder / "static", stack.environment, folder / "static.log"):
                pass
            with served(stack.environment, folder / "web.log") as (port, pid):
                here = {"ITB_BENCH_PORT": str(port), "ITB_BENCH_PID": str(pid)}
                done = subprocess.run(
                    [sys.executable, f"benchmarks/{script}", *map(str, words)],
                    cwd=ROOT,
                    env=stack.environment | here,
                    stdout=subprocess.PIPE,
                    text=True,
                    check=False,
                )
                if done.returncode:
                    sys.exit(f"It could not be measured. What the pages said:\n{tail(folder / 'web.log')}")
    finally:
        throw_away(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)
    *before, last = done.stdout.splitlines()
    print(*before, sep="\n", flush=True)
    return dict(json.loads(last))


@contextmanager
def served(environment: dict[str, str], log: Path) -> Iterator[tuple[int, int]]:
    """Gunicorn with the product and the floor: its port, and the number of its first process."""
    with listen(0) as listening, log.open("wb") as said:
        command = [sys.executable, "-m", "gunicorn", "-c", "python:itb.server", "_floor:application"]
        command += ["--bind", f"fd://{listening.fileno()}", "--no-control-socket"]
        command += ["--workers", str(WORKERS), "--threads", str(THREADS)]
        child = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=said, stderr=said, pass_fds=[listening.fileno()]
        )
        try:
            until = time.monotonic() + WITHIN_S
            while not answers(listening):
                if child.poll() is not None or time.monotonic() > until:
                    sys.exit("The pages did not come up:\n" + log.read_text())
                time.sleep(0.1)
            yield listening.getsockname()[1], child.pid
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait()


def tail(log: Path) -> str:
    """The end of what a server wrote."""
    return "\n".join(log.read_text().splitlines()[-20:])


def ask(port: int) -> HTTPConnection:
    """A connection to the pages."""
    return HTTPConnection("127.0.0.1", port, timeout=60)
