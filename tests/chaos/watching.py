"""R4: whatever is dead or frozen is seen by /healthz/engine and on every page, and nothing is seen that is not."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from itb.local.process import Process
from tests.chaos.found import Found
from tests.chaos.reader import Reader
from tests.chaos.stage import Stage, end

SCALE, FIVE_MINUTES_S = 30.0, 300.0
TIMES, FEW_TIMES = 20, 1
QUIET_S, SHORT_QUIET_S = 120.0, 15.0
GREEN = (HTTPStatus.OK, [])


@dataclass(frozen=True, slots=True)
class Victim:
    """What dies or freezes: processes of the stage, or servers of its stack, by name."""

    processes: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    is_frozen: bool = False

    def strike(self, stage: Stage) -> None:
        """Kill -9, and it stays down; or SIGSTOP."""
        for process in self._each(stage):
            if self.is_frozen:
                signal_all(process, signal.SIGSTOP)
            else:
                process.ending = signal.SIGKILL
                end(process) if process.name in self.processes else process.stop()

    def revive(self, stage: Stage) -> None:
        """As it was."""
        for process in self._each(stage):
            if self.is_frozen:
                signal_all(process, signal.SIGCONT)
            process.start()

    def _each(self, stage: Stage) -> list[Process]:
        return [stage.processes[name] for name in self.processes] + [
            stage.stack.processes[name] for name in self.servers
        ]


VICTIMS = {
    "worker": Victim(("worker-1",)),
    "beat": Victim(("beat-1",)),
    "both": Victim(("worker-1", "beat-1")),
    "valkey": Victim(servers=("valkey",)),
    "smtp": Victim(("mail",)),
    "postgresql": Victim(servers=("postgres",)),
    "worker frozen": Victim(("worker-1",), is_frozen=True),
    "beat frozen": Victim(("beat-1",), is_frozen=True),
    "valkey frozen": Victim(servers=("valkey",), is_frozen=True),
    "smtp frozen": Victim(("mail",), is_frozen=True),
    "postgresql frozen": Victim(servers=("postgres",), is_frozen=True),
}


def r4(seed: int, times: int | None = None, *, short: bool = False) -> Iterator[Found]:
    """At one thirtieth of the time; each victim so many times, then a stretch in which nothing happens."""
    with Stage(scale=SCALE) as stage:
        reader = Reader(stage)
        stage.start()
        reader.sign_in()
        for name, victim in VICTIMS.items():
            yield seen(stage, reader, name, victim, FEW_TIMES if short else times or TIMES)
        yield quiet(stage, SHORT_QUIET_S if short else QUIET_S)


def seen(stage: Stage, reader: Reader, name: str, victim: Victim, times: int) -> Found:
    """How many times it was seen, and the longest that it took."""
    dice, taken, lines = random.Random(name), [0.0], 0
    limit = FIVE_MINUTES_S / SCALE
    for _ in range(times):
        time.sleep(dice.uniform(0, 1))
        victim.strike(stage)
        with suppress(TimeoutError):
            taken.append(stage.wait(lambda: stage.engine() != GREEN, "a red engine", 6 * limit))
            lines += reader.sees_trouble()
        victim.revive(stage)
        stage.reopen()
        stage.wait(lambda: stage.engine() == GREEN, "a green engine", 120)
    reds = sum(seconds <= limit for seconds in taken[1:])
    figures = {f"{name}: seen": [f"{reds} of {times}, in {max(taken):.1f} s at most, on the page {lines}"]}
    return Found("R4", is_kept=reds == lines == times, kills=times, figures=figures)


def quiet(stage: Stage, seconds: float) -> Found:
    """Nothing happens: how often it was red all the same."""
    until, alarms, looks = time.monotonic() + seconds, 0, 0
    while time.monotonic() < until:
        alarms += stage.engine() != GREEN
        looks += 1
        time.sleep(0.2)
    return Found("R4", is_kept=not alarms, figures={"false_alarms": alarms, "quiet_looks": looks})


def signal_all(process: Process, number: int) -> None:
    """To a process and all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
