"""Fifty people at work at once: `./run.py bench load [--users N] [--seconds N] [--pumps N]`.

Each opens the worklist, searches, opens charts, books visits and keeps refills, with five seconds' thought between;
gunicorn has two workers. Told are the 95th percentiles of reading and of writing in ms, how many of each there were,
and how many answers were an error of the server; the goals stand beside them.
"""

import argparse
import json

from _servers import beside

GOALS = {"read_p95_ms": 500, "write_p95_ms": 800, "errors": 0}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="./run.py bench load")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=90)
    parser.add_argument("--pumps", type=int, default=2_000)
    asked = parser.parse_args()
    figures = beside("_load.py", asked.users, asked.seconds, asked.pumps)
    for name, goal in GOALS.items():
        kept = "" if figures[name] <= goal else "  MISSED"
        print(f"{name:14}{figures[name]:>8}   at most {goal}{kept}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
