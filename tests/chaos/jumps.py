"""R6: the clock jumps forward and back. Nothing is lost, and nothing that was red turns green because time went back.

The clock that jumps is the database's, by the functions of a demonstration (itb.local.moved_clock): the only one that
the product goes by. The clocks of the other processes stay.
"""

import random
import time
from collections.abc import Iterator
from datetime import timedelta

from tests.chaos.found import Found
from tests.chaos.kills import verdict
from tests.chaos.stage import Stage
from tests.chaos.world import build

STEPS = [timedelta(seconds=30), timedelta(hours=2), timedelta(days=1)]
JUMPS, FEW_JUMPS = 100, 6
PAUSE_S = (0.5, 2.0)
DAY = timedelta(days=1)
AHEAD = timedelta(minutes=1)
CRITICAL = "SELECT pump_id FROM alerts_alert WHERE kind = 'withdrawal_risk' AND state <> 'closed'"
HIGHEST = "SELECT finished_at FROM outbox_heartbeat WHERE name = 'clock'"


def r6(seed: int, times: int | None = None, *, short: bool = False) -> Iterator[Found]:
    """So many jumps, up and down in any order; pumps come due on both sides of the present."""
    dice = random.Random(seed)
    count = times or (FEW_JUMPS if short else JUMPS)
    with Stage(workers=2) as stage:
        stage.start()
        build(stage.owner, dice, critical=60, calm=12, since=-DAY, over=2 * DAY)
        greened = jumped_green = 0
        for step in jumps(dice, count):
            before, was = red(stage), stage.engine()[0]
            stage.move(step)
            time.sleep(dice.uniform(*PAUSE_S))
            if step < timedelta(0):
                greened += len(before - red(stage))
                jumped_green += was != 200 and is_behind(stage) and stage.engine()[0] == 200
        stage.settle()
        for _ in range(2):
            carried = stage.now()
            stage.move(DAY)
            stage.settle(carried)
        is_kept = not greened and not jumped_green
        figures = {"jumps": count, "red_to_green": greened + jumped_green}
        yield verdict(stage, "R6", is_loss_of_mail=True, is_kept=is_kept, **figures)


def jumps(dice: random.Random, times: int) -> list[timedelta]:
    """As many up as down of each length."""
    steps = [STEPS[number // 2 % len(STEPS)] * (1 if number % 2 else -1) for number in range(times)]
    dice.shuffle(steps)
    return steps


def red(stage: Stage) -> set[int]:
    """The pumps of which an alert says that they may run dry."""
    return {pump for (pump,) in stage.owner.execute(CRITICAL).fetchall()}


def is_behind(stage: Stage) -> bool:
    """Whether the clock is behind the furthest that it has ever come."""
    (highest,) = stage.owner.execute(HIGHEST).fetchone()  # type: ignore[misc]
    return stage.now() < highest - AHEAD
