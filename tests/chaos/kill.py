"""Who is killed, and when: chosen by a seeded random, done from outside with kill -9."""

import math
import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field

from itb.local.process import Process
from tests.chaos.stage import Stage, end

VICTIMS = {"child": 5, "hand_over": 4, "worker": 4, "beat": 3, "reconciler": 3, "web": 1}
"""Of twenty: one of a worker's children, whatever it does; all of them while a letter is handed over; a worker with its
children; a beat; a `manage.py tick` as cron starts it; the web server."""
AIM_S = 2.0
HANDING_OVER = "SELECT EXISTS (SELECT FROM outbox_letter WHERE state = 'handing_over')"
PAUSE_S = (0.1, 0.9)
TICK_LIVES_S = (0.5, 5.0)


@dataclass
class Killer:
    """Kills processes of a stage, one after the other."""

    stage: Stage
    dice: random.Random
    kills: int = 0
    ticks: list[tuple[Process, float]] = field(default_factory=list)

    def kill(self, times: int) -> None:
        """So many more, with a pause before each."""
        until = self.kills + times
        while self.kills < until:
            time.sleep(self.dice.uniform(*PAUSE_S))
            self._reap(time.monotonic())
            (victim,) = self.dice.choices(list(VICTIMS), VICTIMS.values())
            getattr(self, f"_{victim}")()
        self._reap(math.inf)

    def _child(self) -> None:
        """Where the worker is just starting, the worker itself."""
        if not self._strike(self.stage.children(self.dice.choice(self.stage.named("worker")))[:1]):
            self._again("worker")

    def _hand_over(self) -> None:
        """In the middle of DATA, if there is one within a while."""
        until = time.monotonic() + AIM_S
        while time.monotonic() < until and self.stage.owner.execute(HANDING_OVER).fetchone() == (False,):
            time.sleep(0.01)
        for name in self.stage.named("worker"):
            self._strike(self.stage.children(name))

    def _strike(self, processes: list[int]) -> int:
        """Kill -9; how many there were."""
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.kills += bool(processes)
        return len(processes)

    def _worker(self) -> None:
        self._again("worker")

    def _beat(self) -> None:
        self._again("beat")

    def _web(self) -> None:
        self._again("web")

    def _reconciler(self) -> None:
        """A tick of cron, which lives for a while and is killed then."""
        tick = self.stage.make("tick", ("django", "tick"))
        tick.start()
        self.ticks.append((tick, time.monotonic() + self.dice.uniform(*TICK_LIVES_S)))

    def _reap(self, now: float) -> None:
        for process, until in self.ticks:
            if now >= until:
                self.kills += process.alive  # one that had come to its end was not killed
                end(process)
        self.ticks = [tick for tick in self.ticks if now < tick[1]]

    def _again(self, part: str) -> None:
        self.stage.kill(self.dice.choice(self.stage.named(part)))
        self.kills += 1
