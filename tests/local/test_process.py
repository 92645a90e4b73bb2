"""A child process: its log, its end, and its return."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from itb.local.process import ROOT, Process
from tests.local.conftest import descendants, eventually, runs

SLEEP = ("sleep", "600")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "child.log"


def test_what_a_child_says_is_in_its_log(log: Path) -> None:
    child = Process("child", ("sh", "-c", "echo out; echo wrong >&2"), log)
    child.start()
    assert eventually(lambda: not child.alive)
    assert log.read_text() == "out\nwrong\n"
    assert "wrong" in str(child.trouble("did not start"))


def test_a_child_that_ends_unasked_is_started_again_after_a_wait_that_grows(log: Path) -> None:
    child = Process("child", ("true",), log)
    child.start()
    waits, now = [], time.monotonic()
    for _ in range(3):
        assert eventually(lambda: not child.alive)
        news = child.watch(now)
        assert news is not None
        waits.append(news.partition("again in ")[2].partition(" s")[0])
        now += 10
        assert child.watch(now) is None
    assert waits == ["0.25", "0.5", "1"]
    child.stop()


def test_a_killed_child_comes_back_as_another_process(log: Path) -> None:
    child = Process("child", SLEEP, log)
    child.start()
    first = child.pid
    child.kill()
    child.watch(now := time.monotonic())
    child.watch(now + 1)
    assert child.alive
    assert child.pid != first
    child.stop()
    assert not child.alive


def test_a_stopped_child_stays_down(log: Path) -> None:
    child = Process("child", SLEEP, log)
    child.start()
    child.stop()
    assert child.watch(time.monotonic() + 100) is None
    assert not child.alive


def test_a_child_that_does_not_listen_is_ended_all_the_same(log: Path) -> None:
    child = Process(
        "child", ("sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"), log, patience_s=0.2
    )
    child.start()
    assert eventually(lambda: "up" in log.read_text())
    child.stop()
    assert not child.alive


def test_what_a_child_has_started_ends_with_it(log: Path) -> None:
    child = Process("child", ("sh", "-c", "sleep 600 & echo $!; wait"), log)
    child.start()
    assert eventually(lambda: log.read_text().strip().isdecimal())
    grandchild = int(log.read_text())
    child.stop()
    assert eventually(lambda: not runs(grandchild))


def test_a_child_ends_when_its_supervisor_is_killed(log: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from itb.local.process import Process;"
        "Process('child', ('sleep', '600'), Path(sys.argv[1])).start(); time.sleep(600)"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", code, str(log)], cwd=ROOT)
    assert eventually(lambda: any(word.endswith("/sleep") for word in programs_below(supervisor.pid)))
    children = list(descendants(supervisor.pid))
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()
    assert eventually(lambda: not any(map(runs, children)))


def programs_below(pid: int) -> list[str]:
    """The first word of every descendant's command line."""
    return [Path(f"/proc/{child}/cmdline").read_text().split("\0")[0] for child in descendants(pid)]
