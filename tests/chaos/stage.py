"""Where a run takes place: servers of its own, workers, beats and a web server. Each can be killed at any time."""

import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from itb.local.grown import grown
from itb.local.postgres import throw_away
from itb.local.process import Process
from itb.local.stack import LOOK_EVERY_S, OWNER, Stack, listen
from tests.chaos import sink
from tests.chaos.sink import HOST, Arrival, Mode
from tests.security.certificate import own_certificate

SCALE = 15.0
UP_WITHIN_S = 120.0
CELERY = ("celery", "-A", "itb.celery")
CLOCK = "from itb.local.moved_clock import install; install()"
QUICK = ("--loglevel", "WARNING", "--concurrency", "2", "--without-mingle", "--without-gossip")
BUSY = """
SELECT id, attempt, state, greatest(due_at - public.clock_timestamp(), interval '0') FROM outbox_letter
WHERE state IN ('claimed', 'handing_over') OR (state = 'pending' AND (pace <> 'digest' OR created_at <= %s))
UNION ALL
SELECT pump_id, 0, 'unseen', interval '0' FROM refills_projection WHERE review_at <= public.clock_timestamp()
ORDER BY 1, 2
"""
LEASE = timedelta(seconds=61)
STILL_S = 4.0
"""Where nothing changes for so long, nobody is at work."""


class Stage:
    """A context manager. `scale`: by how much the watch runs faster than in earnest (ITB_WATCH_SCALE)."""

    def __init__(
        self,
        *,
        workers: int = 1,
        beats: int = 1,
        scale: float = SCALE,
        tls: bool = False,
        home: Path | None = None,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="itb-chaos-"))
        self.record = self.folder / "mail"
        self.record.mkdir()
        self.mail_port, self.web_port = free_port(), free_port()
        self._exit = ExitStack()
        self._parts = {"web": 1, "worker": workers, "beat": beats}
        smtp, trusted = ("smtp+tls", self._certificates()) if tls else ("smtp", {})
        self.stack = Stack(
            home or self.folder / "stack",
            parts=("postgres", "valkey"),
            urls={"EMAIL_URL": f"{smtp}://{HOST}:{self.mail_port}"},
            extra={"ITB_WATCH_SCALE": str(scale), **trusted},
            seed=grown(),
        )
        self.processes: dict[str, Process] = {}
        self.restless: list[str] = []
        self.ended_alone: list[str] = []

    def __enter__(self) -> Self:
        try:
            self._exit.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self._exit.callback(throw_away, self.stack.folder / "postgres")
            self._exit.enter_context(self.stack)
            self.stack.manage("shell", "-v", "0", "-c", CLOCK)
            self._start_mail()
            self.owner = self._exit.enter_context(psycopg.connect(self.stack.owner_url, autocommit=True))
        except BaseException:
            self._exit.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    def _certificates(self) -> dict[str, str]:
        """One that the product trusts, and one that it does not."""
        for name in ("good", "bad"):
            own_certificate(self.record / f"{name}.pem")
        return {"SSL_CERT_FILE": str(self.record / "good.pem")}

    # -- processes --

    def start(self) -> None:
        """Workers, beats and the web; back when the first cycle has come to its end."""
        for name, count in self._parts.items():
            for number in range(1, count + 1):
                self._launch(f"{name}-{number}", self._command(name))
        self._supervise()
        self.wait(lambda: self.engine() == (200, []), "the first cycle", UP_WITHIN_S)

    def _supervise(self) -> None:
        """Start again what ends by itself, as whatever watches over a server does."""
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(LOOK_EVERY_S):
                for process in list(self.processes.values()):
                    self.ended_alone += [news] if (news := process.watch(time.monotonic())) else []

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        self._exit.callback(thread.join)
        self._exit.callback(ended.set)

    def _command(self, name: str) -> tuple[str, ...]:
        web = ("gunicorn", "-c", "python:itb.server", "itb.wsgi:application", "--no-control-socket")
        return {
            "web": (*web, "--threads", "4", "--bind", f"{HOST}:{self.web_port}"),
            "worker": (*CELERY, "worker", *QUICK, "-n", "w%%h"),
            "beat": (*CELERY, "beat", "--loglevel", "WARNING", "--pidfile="),
        }[name]

    def _start_mail(self) -> None:
        self._launch("mail", ("tests.chaos.sink", str(self.mail_port), str(self.record)))
        self.wait(lambda: answers(self.mail_port), "the mail server")

    def _launch(self, name: str, words: tuple[str, ...]) -> None:
        process = self.make(name, words)
        self.processes[name] = process
        self._exit.callback(end, process)
        process.start()

    def make(self, name: str, words: tuple[str, ...]) -> Process:
        """A child that is a Python module, with the surroundings of the product."""
        environment = {key: value for key, value in self.stack.environment.items() if key != OWNER}
        log = self.folder / f"{name}.log"
        return Process(name, [sys.executable, "-m", *words], log, environment=environment, patience_s=5.0)

    def kill(self, name: str) -> None:
        """Kill -9, with all that it has started; then it is started again."""
        process = self.processes[name]
        end(process)
        process.start()

    def children(self, name: str) -> list[int]:
        """The processes that a worker has forked."""
        files = Path(f"/proc/{self.processes[name].pid}/task").glob("*/children")
        found: list[int] = []
        with suppress(OSError):
            found = [int(word) for file in files for word in file.read_text().split()]
        return found

    def named(self, part: str) -> list[str]:
        """The processes of a part, such as `worker`."""
        return [name for name in self.processes if name.startswith(part)]

    # -- PostgreSQL and Valkey --

    def restart(self, server: str, ending: int = signal.SIGKILL, away_s: float = 0) -> None:
        """End a server of the stack by a signal, and start it after a while."""
        process = self.stack.processes[server]
        process.ending = ending
        process.stop()
        time.sleep(away_s)
        process.start()
        if server == "postgres":
            self.wait(self.reopen, "PostgreSQL")

    def reopen(self) -> bool:
        """A new connection of the owner's; whether PostgreSQL takes one."""
        try:
            self.owner.close()
            self.owner = self._exit.enter_context(psycopg.connect(self.stack.owner_url, autocommit=True))
        except psycopg.OperationalError:
            return False
        return True

    def flush_broker(self) -> None:
        """FLUSHALL: every queued task is gone."""
        with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
            client.settimeout(2)
            client.connect(self.stack.environment["REDIS_URL"].removeprefix("redis+socket://"))
            client.sendall(b"FLUSHALL\r\n")
            client.recv(64)

    # -- what is seen from outside --

    def mail(self, word: str, seconds: float = 0.0, share: float = 0.5) -> None:
        """Let the mail server behave so."""
        sink.tell(self.record, Mode(word, seconds, share))

    def arrivals(self) -> list[Arrival]:
        """What the mail server has accepted."""
        return list(sink.arrivals(self.record))

    def engine(self) -> tuple[int, list[str]]:
        """What /healthz/engine answers; 0 where nobody does."""
        return self.ask("/healthz/engine")

    def pulses(self) -> dict[str, timedelta]:
        """How long ago each cycle finished."""
        found = "SELECT name, public.clock_timestamp() - finished_at FROM outbox_heartbeat"
        return dict(self.owner.execute(found).fetchall())

    def ask(self, path: str) -> tuple[int, list[str]]:
        """The status, and the problems that are told."""
        page = HTTPConnection(HOST, self.web_port, timeout=5)
        try:
            page.request("GET", path)
            answer = page.getresponse()
            body: dict[str, Any] = json.loads(answer.read())
            return answer.status, body.get("problems", [])
        except (OSError, HTTPException, ValueError):
            return 0, []
        finally:
            page.close()

    # -- time --

    def now(self) -> datetime:
        """The present, by the clock of the database."""
        (at,) = self.owner.execute("SELECT public.clock_timestamp()").fetchone()  # type: ignore[misc]
        return at

    def move(self, step: timedelta) -> None:
        """Let the clock jump."""
        self.owner.execute("UPDATE demo_clock SET ahead = ahead + %s", [step])

    def is_at_rest(self) -> bool:
        """Whether no pump is due, and no letter but for a digest."""
        return not self.owner.execute(BUSY, [None]).fetchall()

    def settle(self, carried: datetime | None = None, *, within_s: float = 90) -> bool:
        """Let leases and back-off run out until nothing waits any more; whether that came about.

        Letters that wait for a digest and were there at `carried` must have left with it. The clock is moved on only
        where nothing has changed for a while: whoever held a letter is dead.
        """
        until, seen, since = time.monotonic() + within_s, None, time.monotonic()
        while time.monotonic() < until:
            waiting = self.owner.execute(BUSY, [carried]).fetchall()
            if not waiting:
                return True
            ahead = min(step for *_, step in waiting)
            held = [(*row, bool(step)) for *row, step in waiting]
            if held != seen:
                seen, since = held, time.monotonic()
            elif ahead:
                self.move(ahead)
            elif time.monotonic() - since > STILL_S:
                self.move(LEASE)
            time.sleep(0.25)
        self.restless.append(f"no rest within {within_s:g} s: {waiting[:5]}, {self.pulses()}")
        return False

    def wait(self, is_so: Any, what: str, within_s: float = 60.0) -> float:
        """Until it is so; how many seconds that took. Raises TimeoutError."""
        began = time.monotonic()
        while not is_so():
            if time.monotonic() - began > within_s:
                raise TimeoutError(f"{what} did not come within {within_s:g} s: {self._said()}")
            time.sleep(0.1)
        return time.monotonic() - began

    def _said(self) -> str:
        return "\n".join(
            f"{log.name}: {log.read_text(errors='replace')[-500:]}" for log in self.folder.glob("*.log")
        )


def end(process: Process) -> None:
    """Kill -9 a process and all that it has started; it stays down."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.stop()


def free_port() -> int:
    """A port of the loopback that nobody uses."""
    with listen(0) as probe:
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((HOST, port)) == 0
