"""R8: PostgreSQL crashes, the broker is away, the disk is full. R9: each way in which a mail server misbehaves."""

import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from http import HTTPStatus

from tests.chaos.disk import small_disk
from tests.chaos.found import Found
from tests.chaos.history import judge, ledger
from tests.chaos.kills import verdict
from tests.chaos.oracle import owed
from tests.chaos.stage import Stage, answers, end
from tests.chaos.world import build

SOON = timedelta(seconds=4)
HOUR_S, SCALE = 3600, 30
CRASHES, FEW_CRASHES = 20, 3
FULL_DISKS = 5
BACK_WITHIN_S, DRAINED_WITHIN_S, TOLD_WITHIN_S = 30.0, 120.0, 300 / SCALE
BACKLOG, BACKLOG_PEOPLE = 1000, 2000
TROUBLES: dict[str, tuple[str, float]] = {
    "away": ("accept", 0),
    "slow": ("slow", 30),
    "later": ("later", 0),
    "tls": ("tls", 0),
    "drop": ("drop", 0),
}
UNTOLD = """
SELECT count(*) FROM patients_pump AS pump WHERE clinic_id = %s AND NOT EXISTS (
    SELECT FROM alerts_alert WHERE pump_id = pump.id AND kind = 'undelivered' AND state <> 'closed')
"""
LEFT = "SELECT count(*) FROM outbox_letter WHERE clinic_id = %s AND state = 'sent'"


def r8(seed: int, times: int | None = None, *, short: bool = False) -> Iterator[Found]:
    """Each outage in turn, with letters due in it."""
    yield crashes(seed, FEW_CRASHES if short else CRASHES)
    yield without_broker(seed, HOUR_S / SCALE / (10 if short else 1))
    yield full_disk(seed, 1 if short else FULL_DISKS)


def crashes(seed: int, times: int) -> Found:
    """PostgreSQL is stopped at once, as by a crash, while letters leave; how long until the first page after it."""
    dice, back = random.Random(seed), [0.0]
    with Stage(workers=2) as stage:
        stage.start()
        stage.mail("accept", 0.1)
        for _ in range(times):
            build(stage.owner, dice, critical=12, calm=3, over=SOON)
            time.sleep(dice.uniform(0.5, 3))
            stage.restart("postgres", signal.SIGQUIT)
            back.append(stage.wait(lambda: stage.ask("/healthz")[0] == HTTPStatus.OK, "a page"))
        rest(stage)
        slowest = round(max(back), 1)
        return verdict(
            stage, "R8", is_strict=True, is_kept=slowest <= BACK_WITHIN_S, crashes=times, back_s=slowest
        )


def without_broker(seed: int, seconds: float) -> Found:
    """Valkey is away; `manage.py tick` does the whole job, as a timer would start it."""
    dice = random.Random(seed)
    with Stage(workers=1) as stage:
        stage.start()
        broker = stage.stack.processes["valkey"]
        broker.stop()
        clinic = build(stage.owner, dice, critical=12, over=SOON)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            tick(stage)
        (sent,) = stage.owner.execute(LEFT, [clinic]).fetchone()  # type: ignore[misc]
        broker.start()
        build(stage.owner, dice, critical=12, over=SOON)
        rest(stage)
        return verdict(stage, "R8", is_strict=True, is_kept=sent >= 12, sent_without_broker=sent)


def tick(stage: Stage) -> None:
    """One run of cron's."""
    process = stage.make("tick", ("django", "tick"))
    process.start()
    stage.wait(lambda: not process.alive, "the end of a tick")


def full_disk(seed: int, times: int) -> Found:
    """PostgreSQL's disk has not a byte left for a while, with letters due; skipped where no disk can be made."""
    dice = random.Random(seed)
    with small_disk() as disk:
        if disk is None:
            return Found("R8", is_kept=True, skipped=times)
        with Stage(workers=2, home=disk.path) as stage:
            stage.start()
            for _ in range(times):
                build(stage.owner, dice, critical=12, over=SOON)
                disk.fill()
                time.sleep(dice.uniform(3, 6))
                disk.relieve()
                stage.wait(lambda: stage.ask("/healthz")[0] == HTTPStatus.OK, "a page", 120)
                stage.reopen()
            rest(stage)
            return verdict(stage, "R8", is_strict=True, full_disks=times)


def r9(seed: int, times: int | None = None, *, short: bool = False) -> Iterator[Found]:
    """Each trouble of the mail server, then a backlog of two thousand."""
    for name in TROUBLES:
        yield troubled(seed, name, short=short)
    yield refused(seed)
    yield backlog(seed, short=short)


def troubled(seed: int, name: str, *, short: bool) -> Found:
    """The server misbehaves while letters are due; then it is well again."""
    dice = random.Random(seed)
    word, seconds = TROUBLES[name]
    with Stage(workers=1, tls=True) as stage:
        stage.start()
        build(stage.owner, dice, critical=20, calm=6, over=SOON)
        stage.mail(word, seconds / SCALE if short else seconds)
        with away(stage) if name == "away" else nullcontext():
            time.sleep(8 if short or word != "slow" else 90)
        stage.mail("accept")
        rest(stage)
        return verdict(stage, "R9", is_loss_of_mail=True, modes=[name])


@contextmanager
def away(stage: Stage) -> Iterator[None]:
    """There is no mail server."""
    server = stage.processes["mail"]
    end(server)
    yield
    server.start()
    stage.wait(lambda: answers(stage.mail_port), "the mail server")


def rest(stage: Stage) -> None:
    """Until nothing waits, and through the two mornings whose digests carry what is uncertain."""
    stage.settle()
    for _ in range(2):
        before = stage.now()
        stage.move(timedelta(hours=22))
        stage.settle(before)


def refused(seed: int) -> Found:
    """Every address is refused for good: each pump's alert says so in the app, where somebody looks."""
    dice = random.Random(seed)
    with Stage(workers=1, tls=True) as stage:
        stage.start()
        stage.mail("refuse")
        clinic = build(stage.owner, dice, critical=12, over=timedelta(0))
        told_s = stage.wait(lambda: stage.owner.execute(UNTOLD, [clinic]).fetchone() == (0,), "an alert", 120)
        found = judge(owed(stage.owner, stage.now()), ledger(stage.owner), stage.arrivals())
        is_kept = told_s <= TOLD_WITHIN_S and not found.twice
        figures = {"modes": ["refuse"], "told_s": round(told_s, 1)}
        return Found("R9", is_kept=is_kept, due=found.due, twice=found.twice, figures=figures)


def backlog(seed: int, *, short: bool) -> Found:
    """Two thousand messages wait, to as many people, when the server comes back."""
    dice = random.Random(seed)
    share = 10 if short else 1
    with Stage(workers=2) as stage:
        stage.start()
        with away(stage):
            build(
                stage.owner,
                dice,
                critical=BACKLOG // share,
                people=BACKLOG_PEOPLE // share,
                over=timedelta(seconds=1),
            )
            stage.wait(lambda: len(ledger(stage.owner)) >= 2 * BACKLOG // share, "letters", 300)
        began = time.monotonic()
        stage.settle(within_s=300)
        drained_s = time.monotonic() - began
        is_kept = drained_s <= DRAINED_WITHIN_S
        messages = len(stage.arrivals())
        return verdict(
            stage,
            "R9",
            is_loss_of_mail=True,
            is_kept=is_kept,
            drained=messages,
            drained_s=round(drained_s, 1),
        )
