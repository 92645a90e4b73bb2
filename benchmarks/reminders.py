"""What reminders cost, on servers that keep what they commit: `./run.py bench reminders [--pumps N] [--rounds N]`.

`tick_growth`: an idle sweep and drain at N pumps over the same at 1,000, each in a database of two clinics.
`findings_per_second`: pumps whose moment has come, looked at by one worker, each an alert, an event and its letters in
committed rows. `drain_ratio`: letters a second over what Django's own SMTP connection, opened once, hands to the same
sink; the two take turns, and the median of the rounds counts. Prints a table for people, and as its last line one JSON
object.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from itb.local.postgres import throw_away  # noqa: E402
from itb.local.stack import Stack  # noqa: E402

SMALL = 1_000
GOALS = {
    "tick_growth": ("at most", 1.5),
    "findings_per_second": ("at least", 300),
    "drain_ratio": ("at least", 0.3),
}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="./run.py bench reminders")
    parser.add_argument("--pumps", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5, choices=range(1, 100), metavar="N")
    asked = parser.parse_args()
    small = measured(SMALL, 0)
    figures = measured(asked.pumps, asked.rounds)
    figures["tick_growth"] = round(figures["tick_ms"] / small["tick_ms"], 2)
    for name, (word, goal) in GOALS.items():
        found = figures[name]
        kept = found <= goal if word == "at most" else found >= goal
        print(f"{name:22}{found:>8}   {word} {goal}{'' if kept else '  MISSED'}")
    print(json.dumps(figures))


def measured(pumps: int, rounds: int) -> dict[str, float]:
    """What `_reminders.py` says, beside servers of its own; without rounds, of its idle tick alone."""
    folder = Path(tempfile.mkdtemp(prefix="itb-bench-"))
    paths = os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])
    try:
        with Stack(folder, parts=("postgres", "valkey", "mail"), extra={"PYTHONPATH": paths}) as stack:
            stack.manage("migrate", "--database", "owner", "--verbosity", "0")
            done = subprocess.run(
                [sys.executable, "benchmarks/_reminders.py", str(pumps), str(rounds)],
                cwd=ROOT,
                env=stack.environment,
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
    finally:
        throw_away(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode:
        sys.exit("It could not be measured.")
    *before, last = done.stdout.splitlines()
    print(*before, sep="\n", flush=True)
    return dict(json.loads(last))


if __name__ == "__main__":
    main()
