"""What the pages of every day cost against a floor, in one run: `./run.py bench worklist [--pumps N] [--rounds N]`.

The floor (`_floor.py`) only knows who asks and writes fifty rows with the worklist's own row template from one indexed
query. Subjects and floor are asked in turns, of one gunicorn with two workers. A round's ratio is between medians of
its requests; told is the median of the rounds, with its range. Prints a table for people, and as its last line one
JSON object: `ratio` (worklist over floor), `growth` (worklist over its own value at 1,000 pumps), `queries`,
`chart_ratio`, `save_ratio`, each goal beside it; and the same ratios of CPU, which a shared machine disturbs less.
"""

import argparse
import json

from _servers import beside

GOALS = {"ratio": 1.5, "growth": 1.2, "queries": 8, "chart_ratio": 2.5, "save_ratio": 3}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="./run.py bench worklist")
    parser.add_argument("--pumps", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    figures = beside("_worklist.py", asked.pumps, asked.rounds)
    for name, goal in GOALS.items():
        kept = "" if figures[name] <= goal else "  MISSED"
        print(f"{name:14}{figures[name]:>8}   at most {goal}{kept}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
