"""Signals as a person means them: one asks to stop, and the ones after it do not disturb the stopping."""

import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

from itb.local.process import ROOT, tethered

ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def one_interrupt() -> Iterator[None]:
    """Ctrl-C, a terminal that closes and SIGTERM raise KeyboardInterrupt, once."""

    def interrupt(*_: object) -> None:
        for each in ASKING:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in ASKING}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def foreground(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command that owns the terminal; its exit status. Signals are the command's to answer, not ours."""
    child = subprocess.Popen(tethered(command), cwd=ROOT, env=environment)

    def pass_on(number: int, _: FrameType | None) -> None:
        child.send_signal(number)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda *_: None)
    }  # the terminal has sent it one already
    before |= {each: signal.signal(each, pass_on) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        return child.wait()
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
