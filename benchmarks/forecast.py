"""How quick a forecast is: JSON in, JSON out, for a pump with 12 refills and a flex programme of four steps.

Prints a table for people, and as its last line one JSON object: `per_second`, forecasts a second on one core with JSON
read and written, and `of_json`, how many times the reading and writing of the same JSON alone that takes. Floor and
subject run in interleaved rounds; both figures are the rounds' medians.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from itb.infusion.__main__ import answer
from itb.infusion.wire import write_json

ROUNDS = 7
SCENARIOS = 400
REFILLS = 12


def scenario(draw: random.Random) -> bytes:
    """A pump with `REFILLS` refills, every amount and instant its own, and at each a flex day of four steps."""
    at = datetime(2023, 1, 2, 9, tzinfo=UTC) + timedelta(minutes=draw.randrange(500_000))
    facts: list[dict[str, object]] = []
    for _ in range(REFILLS + 1):
        facts.append(
            {
                "kind": "fill",
                "at": at.isoformat(),
                "withdrawn_ml": f"{draw.uniform(12, 16):.1f}",
                "filled_ml": f"{draw.uniform(38, 40):.1f}",
                "concentration_mcg_per_ml": "2000",
            }
        )
        facts.append(
            {
                "kind": "programme",
                "at": (at + timedelta(minutes=draw.randrange(5, 40))).isoformat(),
                "mode": "flex",
                "concentration_mcg_per_ml": "2000",
                "steps": [
                    {"from": start, "mcg_per_h": f"{draw.uniform(18, 30):.2f}"}
                    for start in ("00:00", "06:30", "12:00", "21:45")
                ],
            }
        )
        at += timedelta(days=85, minutes=draw.randrange(10_000))
    return write_json(
        {
            "format": 1,
            "at": at.isoformat(),
            "timezone": "America/New_York",
            "pump": {"reservoir_ml": "40", "alarm_ml": "2", "unusable_ml": "1.4", "accuracy_pct": "14.5"},
            "policy": {"margin_days": 7, "max_interval_days": 180, "accuracy_days": 2},
            "facts": facts,
        }
    )


def seconds(work: Callable[[int], object]) -> float:
    """CPU seconds for one of `SCENARIOS`."""
    before = process_time()
    for index in range(SCENARIOS):
        work(index)
    return (process_time() - before) / SCENARIOS


def main() -> None:
    draw = random.Random(20260301)
    texts = [scenario(draw) for _ in range(SCENARIOS)]
    answers = [json.loads(write_json(answer(text))) for text in texts]
    assert all(len(found["cycles"]) == REFILLS for found in answers)
    floor, subject = [], []
    for _ in range(ROUNDS):
        floor.append(seconds(lambda index: (json.loads(texts[index]), json.dumps(answers[index]))))
        subject.append(seconds(lambda index: write_json(answer(texts[index]))))
    ratios = [whole / bare for whole, bare in zip(subject, floor, strict=True)]
    of_json = statistics.median(ratios)
    print(f"{'':34}{'median':>10}{'least':>10}{'most':>10}")
    for name, figures in (("JSON alone, microseconds", floor), ("forecast with JSON, microseconds", subject)):
        row = [1e6 * figure for figure in (statistics.median(figures), min(figures), max(figures))]
        print(f"{name:34}{row[0]:10.0f}{row[1]:10.0f}{row[2]:10.0f}")
    print(f"{'ratio':34}{of_json:10.2f}{min(ratios):10.2f}{max(ratios):10.2f}")
    print(json.dumps({"per_second": round(1 / statistics.median(subject)), "of_json": round(of_json, 2)}))


if __name__ == "__main__":
    main()
