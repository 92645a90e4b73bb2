"""A child process with a log of its own, which never outlives the supervisor and is started again when it ends."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from itb.local.trouble import Trouble, last_line

ROOT = Path(__file__).resolve().parents[2]
TETHER = Path(__file__).with_name("tether.py")
FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 30.0
SETTLED_AFTER_S = 60.0  # alive that long: the next end is a new trouble, not the old one


@dataclass
class Process:
    """One child. `ending` asks it to end; `orphaned` is what the kernel sends it when the supervisor is killed."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    ending: int = signal.SIGTERM
    orphaned: int = signal.SIGKILL
    user: int | None = None
    keep: tuple[int, ...] = ()  # file descriptors that it inherits
    patience_s: float = 10.0

    def __post_init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.RLock()
        self._wanted = False
        self._started_at = 0.0
        self._ends = 0
        self._again_at: float | None = None

    @property
    def pid(self) -> int:
        """The process number; 0 before the first start."""
        return self._child.pid if self._child else 0

    @property
    def alive(self) -> bool:
        """Whether it runs at this moment."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start it, in a session of its own so that a Ctrl-C reaches the supervisor alone."""
        with self._lock:
            if self.alive:
                return
            with self.log.open("ab") as log:
                self._child = subprocess.Popen(
                    tethered(self.command, self.orphaned, self.user),
                    cwd=ROOT,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=self.keep,
                    start_new_session=True,
                )
            self._wanted, self._started_at, self._again_at = True, time.monotonic(), None

    def stop(self) -> None:
        """Ask it to end, wait, then make sure; it stays down until `start`."""
        with self._lock:
            self._wanted = False
            if self._child is None:
                return
            if self.alive:
                self._child.send_signal(self.ending)
                with suppress(subprocess.TimeoutExpired):
                    self._child.wait(self.patience_s)
            self._sweep()

    def kill(self) -> None:
        """End it at once, as a crash would; the watch starts it again."""
        with self._lock:
            if self._child is not None:
                self._child.kill()
                self._child.wait()

    def watch(self, now: float) -> str | None:
        """Start it again when it ended unasked, each time after a longer wait; a sentence when there is news."""
        with self._lock:
            if not self._wanted or self._child is None or self.alive:
                return None
            if self._again_at is None:
                self._sweep()
                self._ends = 1 if now - self._started_at > SETTLED_AFTER_S else self._ends + 1
                wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (self._ends - 1))
                self._again_at = now + wait_s
                return f"{self.name} ended ({self._child.returncode}); again in {wait_s:g} s, see {self.log}"
            if now >= self._again_at:
                self.start()
            return None

    def trouble(self, doing: str) -> Trouble:
        """What to say when it did not come up: the last line that it wrote."""
        return Trouble(f"{self.name} {doing}: {last_line(self.log)}")

    def _sweep(self) -> None:
        """End what is left of its session: the pool of a worker that was killed, the children of a web server."""
        assert self._child is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()


def tethered(command: Sequence[str], orphaned: int = signal.SIGKILL, user: int | None = None) -> list[str]:
    """The command, ended by `orphaned` when this process is gone, and run as another user when one is given."""
    who = "-" if user is None else str(user)
    program = shutil.which(command[0]) or command[0]
    knot = [sys.executable, "-I", "-S", str(TETHER), str(int(orphaned)), str(os.getpid()), who]
    return [*knot, program, *command[1:]]
