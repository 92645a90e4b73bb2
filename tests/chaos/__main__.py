"""`./run.py chaos [--short] [--seed N] [--kills N] [--times N] [NAME …]`: the last line is a JSON object."""

import json
import secrets
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence

from tests.chaos import jumps, kills, latency, outages, suites, watching
from tests.chaos.found import Found, summary

RUNS: dict[str, Callable[..., Iterator[Found]]] = {
    "R1": kills.r1,
    "R2": kills.r2,
    "R3": suites.r3,
    "R4": watching.r4,
    "R5": suites.r5,
    "R6": jumps.r6,
    "R7": suites.r7,
    "R8": outages.r8,
    "R9": outages.r9,
    "R10": latency.r10,
    "R11": suites.r11,
}


def main(words: Sequence[str]) -> int:
    """0 where every promise was kept, nothing was lost, and no fault was left out."""
    reader = ArgumentParser("./run.py chaos")
    reader.add_argument("--short", action="store_true", help="30 kills, and each other fault once")
    reader.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    reader.add_argument("--kills", type=int, help="of R1, in all")
    reader.add_argument("--times", type=int, help="each victim of R4")
    reader.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RUNS))
    asked = reader.parse_args(words)
    if unknown := set(asked.names) - RUNS.keys():
        reader.error(f"there is no {', '.join(sorted(unknown))}")
    print(f"seed {asked.seed}", flush=True)
    times = {"R1": asked.kills, "R4": asked.times}
    found = [
        each
        for name in asked.names or RUNS
        for each in timed(RUNS[name](asked.seed, times.get(name), short=asked.short))
    ]
    print(json.dumps(summary(found)))
    return 0 if found and all(each.is_kept and not each.skipped for each in found) else 1


def timed(runs: Iterator[Found]) -> Iterator[Found]:
    """Each with a line as soon as it is known."""
    began = time.monotonic()
    for each in runs:
        word = "kept" if each.is_kept else "BROKEN"
        counts = {name: value for name, value in each.as_json().items() if isinstance(value, int)}
        print(f"{each.name} {word} {time.monotonic() - began:.0f} s {counts} {each.figures}", flush=True)
        for sentence in each.said:
            print(f"    {sentence}", flush=True)
        began = time.monotonic()
        yield each


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
