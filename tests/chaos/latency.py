"""R10: from the moment at which a step comes until the mail server has its letter, in real time, watch and all."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import quantiles

from tests.chaos.found import Found
from tests.chaos.history import identity_of, ledger
from tests.chaos.kills import verdict
from tests.chaos.oracle import owed
from tests.chaos.stage import Stage, end
from tests.chaos.world import build

P99_S, AFTER_A_FAULT_S = 120.0, 300.0
STREAM, SHORT_STREAM = timedelta(seconds=180), timedelta(seconds=20)
PUMPS, PUMPS_IN_A_FAULT = 100, 15
IN_A_FAULT = timedelta(seconds=10)
MAIL_AWAY_S = 20.0


def r10(seed: int, times: int | None = None, *, short: bool = False) -> Iterator[Found]:
    """A stream without a fault, then one single fault after the other."""
    dice = random.Random(seed)
    with Stage(workers=2, scale=1.0) as stage:
        stage.start()
        plain = (
            streamed(stage, dice, PUMPS // 5, SHORT_STREAM) if short else streamed(stage, dice, PUMPS, STREAM)
        )
        faults = {
            name: streamed(stage, dice, PUMPS_IN_A_FAULT, IN_A_FAULT, strike)
            for name, strike in FAULTS.items()
        }
        p99 = quantiles(plain, n=100)[98]
        worst = max(max(seconds) for seconds in faults.values())
        figures = {
            "p99_s": round(p99, 1),
            "after_a_fault_s": round(worst, 1),
            "faults": [f"{name} {max(seconds):.0f} s" for name, seconds in faults.items()],
        }
        is_kept = p99 <= P99_S and worst <= AFTER_A_FAULT_S
        yield verdict(stage, "R10", kills=len(faults), is_loss_of_mail=True, is_kept=is_kept, **figures)


def streamed(
    stage: Stage,
    dice: random.Random,
    pumps: int,
    over: timedelta,
    strike: Callable[[Stage], None] = lambda _: None,
) -> list[float]:
    """How long each letter took of pumps that came due one by one, with a fault in the midst of it."""
    clinic = build(stage.owner, dice, critical=pumps, over=over)
    time.sleep(over.total_seconds() / 2)
    strike(stage)
    time.sleep(over.total_seconds() / 2)
    stage.wait(stage.is_at_rest, "rest", 600)
    return seconds_of(stage, {clinic})


def seconds_of(stage: Stage, clinics: set[int]) -> list[float]:
    """From the oracle's moment to the first arrival, for each that is told of it."""
    came: dict[tuple[str, str], float] = {}
    for each in stage.arrivals():
        came.setdefault((each.identity.strip("<>").partition("@")[0], each.to), each.at)
    letters = ledger(stage.owner)
    keys = {letter.id: letter.key for letter in letters}
    since = {
        (each.pump, each.kind): each.since.timestamp()
        for each in owed(stage.owner, stage.now())
        if each.clinic in clinics
    }
    return [
        came[identity_of(keys[letter.envelope or letter.id]), letter.email] - since[letter.pump, letter.kind]
        for letter in letters
        if (letter.pump, letter.kind) in since and letter.state == "sent"
    ]


def no_mail_server(stage: Stage) -> None:
    """For a while."""
    end(stage.processes["mail"])
    time.sleep(MAIL_AWAY_S)
    stage.processes["mail"].start()


FAULTS: dict[str, Callable[[Stage], None]] = {
    "worker": lambda stage: stage.kill("worker-1"),
    "beat": lambda stage: stage.kill("beat-1"),
    "valkey": lambda stage: stage.restart("valkey"),
    "postgresql": lambda stage: stage.restart("postgres", signal.SIGQUIT),
    "mail server": no_mail_server,
}
