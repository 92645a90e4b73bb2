"""R1: nothing lost under kill -9. R2: nothing twice while broker, database and mail server misbehave."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from tests.chaos.found import Found
from tests.chaos.history import judge, ledger
from tests.chaos.kill import Killer
from tests.chaos.oracle import owed
from tests.chaos.stage import Stage
from tests.chaos.world import build

PUMPS = {"critical": 100, "calm": 60}
FEW_PUMPS = {"critical": 30, "calm": 12}
SECONDS_A_KILL = timedelta(seconds=0.5)
OVER = timedelta(seconds=10)
ANSWERS_AFTER_S = 0.3
TO_NEXT_MORNING = timedelta(hours=22)
EXTRA_A_KILL = 0.25
SEEDS = 20
IN_ALL, SHORT = 500, 30


def r1(seed: int, times: int | None = None, *, short: bool = False) -> Iterator[Found]:
    """Kill -9 of senders, workers, beats, reconcilers and the web server."""
    total = times or (SHORT if short else IN_ALL)
    seeds = [seed] if short else range(seed, seed + SEEDS)
    for number in seeds:
        yield killed(number, total // len(seeds), PUMPS if not short else FEW_PUMPS)


def killed(seed: int, kills: int, pumps: dict[str, int]) -> Found:
    """One seed: a third of the kills falls on the next morning, when the digests leave."""
    dice = random.Random(seed)
    with Stage(workers=2, beats=2) as stage:
        stage.mail("accept", ANSWERS_AFTER_S)
        stage.start()
        build(stage.owner, dice, over=SECONDS_A_KILL * kills, **pumps)
        killer = Killer(stage, dice)
        killer.kill(kills - kills // 3)
        morning(stage, lambda: killer.kill(kills // 3))
        return verdict(stage, "R1", kills=killer.kills)


def r2(seed: int, times: int | None = None, *, short: bool = False) -> Iterator[Found]:
    """Two workers and two beats; FLUSHALL, a killed Valkey, a restarted PostgreSQL, and answers of 4xx."""
    for number in [seed] if short else range(seed, seed + SEEDS // 4):
        yield disturbed(number, PUMPS if not short else FEW_PUMPS)


def disturbed(seed: int, pumps: dict[str, int]) -> Found:
    """One seed: each trouble once while letters leave, and once in the morning."""
    dice = random.Random(seed)
    with Stage(workers=2, beats=2) as stage:
        stage.start()
        stage.mail("later", ANSWERS_AFTER_S, share=0.3)
        build(stage.owner, dice, over=OVER, **pumps)
        trouble(stage, dice)
        morning(stage, lambda: trouble(stage, dice))
        return verdict(stage, "R2", is_strict=True, workers_that_ended=len(stage.ended_alone))


def trouble(stage: Stage, dice: random.Random) -> None:
    """Each kind once, in any order."""
    kinds = [
        stage.flush_broker,
        lambda: stage.restart("valkey"),
        lambda: stage.restart("postgres", signal.SIGINT),
    ]
    dice.shuffle(kinds)
    for make in kinds:
        time.sleep(dice.uniform(0.5, 2))
        make()


def morning(stage: Stage, meanwhile: Callable[[], None]) -> None:
    """The clinic's next morning comes, with `meanwhile` in it; then all comes to rest, and one more passes.

    What broke off in the middle of its hand-over, and may not go again, is carried by the digest of the second.
    """
    stage.settle()
    for act in (meanwhile, lambda: stage.mail("accept")):
        before = stage.now()
        stage.move(TO_NEXT_MORNING)
        act()
        stage.settle(before)


def verdict(
    stage: Stage,
    name: str,
    *,
    kills: int = 0,
    is_strict: bool = False,
    is_loss_of_mail: bool = False,
    is_kept: bool = True,
    **figures: Any,
) -> Found:
    """What the history amounts to, and whether that keeps the promise.

    Under kill -9 a message may come twice for as many hand-overs as were counted, and in a quarter of the kills; where
    answers of the mail server are lost, for as many as were counted; else (`is_strict`) none may.
    """
    found = judge(owed(stage.owner, stage.now()), ledger(stage.owner), stage.arrivals())
    bound = 0.0 if is_strict else found.ambiguous
    if not is_loss_of_mail:
        bound = min(bound, EXTRA_A_KILL * kills)
    is_well = found.lost == found.uncounted == found.unknown == 0 and not stage.restless
    return Found.of(
        name,
        found,
        is_kept=is_kept and is_well and found.twice <= bound,
        kills=kills,
        said=tuple(stage.restless),
        **figures,
    )
