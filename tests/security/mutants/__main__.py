"""`./run.py mutants [--short] [NAME …]`: what the tests made of each mutant, and a JSON object as the last line."""

import json
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, SimpleQueue

from itb.local.commands import private_servers
from tests.security.mutants import Mutant, every_mutant
from tests.security.mutants.lane import Lane, Verdict

LANES, ENOUGH = 2, 0.95


def main(words: Sequence[str]) -> int:
    """0 where enough of the mutants that were asked for are killed."""
    reader = ArgumentParser("./run.py mutants")
    reader.add_argument("--short", action="store_true", help="only the few that every run of the tests tries")
    reader.add_argument("names", nargs="*")
    asked = reader.parse_args(words)
    chosen = [each for each in every_mutant() if each.short or not asked.short]
    chosen = [each for each in chosen if not asked.names or each.name in asked.names]
    began = time.monotonic()
    verdicts = try_all(chosen)
    killed = sum(each.is_killed for each in verdicts)
    summary = {
        "mutants": len(verdicts),
        "killed": killed,
        "not_killed": [each.mutant.name for each in verdicts if not each.is_killed],
        "seconds": round(time.monotonic() - began),
    }
    print(json.dumps(summary))
    return 0 if verdicts and killed >= ENOUGH * len(verdicts) else 1


def try_all(mutants: Sequence[Mutant]) -> list[Verdict]:
    """Two at a time, each lane in a copy of its own; a line for each as soon as it is known."""
    waiting: SimpleQueue[Mutant] = SimpleQueue()
    for mutant in mutants:
        waiting.put(mutant)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="itb-mutants-")))
        lanes = [
            Lane(folder / str(number), stack.enter_context(private_servers({}))) for number in range(LANES)
        ]
        tests = sorted({test for mutant in mutants for test in mutant.tests})
        if not lanes[0].passes(tests):
            sys.exit(f"The tests fail as the tree is: {(lanes[0].tree / 'last.log').read_text()[-3000:]}")
        with ThreadPoolExecutor(LANES) as pool:
            return [
                verdict for found in pool.map(lambda lane: _drive(lane, waiting), lanes) for verdict in found
            ]


def _drive(lane: Lane, waiting: "SimpleQueue[Mutant]") -> list[Verdict]:
    found: list[Verdict] = []
    while True:
        try:
            verdict = lane.try_out(waiting.get_nowait())
        except Empty:
            return found
        found.append(verdict)
        print(
            f"{verdict.word:12} {verdict.seconds:6.1f} s  {verdict.mutant.name}: {verdict.mutant.why}",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
