"""What a year of reminders asks of people: `./run.py bench year [--pumps N] [--people N] [--days N] [--seed N]`.

A clinic's year in virtual time (`_year.py`): the rules, the ledger and the words of the product; people who are
invented. Prints a table for people, and as its last line one JSON object: alerts a patient-month, letters a person-day,
those that were put off since a day's two were used up, and the share of alerts that somebody took.
"""

import argparse
import json
import sys
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import django

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent)]
django.setup()

from _year import BEGINS_AT, messages, year  # noqa: E402

MOST_SECONDS, MONTH_DAYS = 600, 365.25 / 12


def main() -> None:
    """Live it, and print."""
    parser = argparse.ArgumentParser(prog="./run.py bench year")
    parser.add_argument("--pumps", type=int, default=2_000)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = perf_counter()
    tally = year(**vars(asked))
    critical, others, put_off = messages(tally.letters, BEGINS_AT + timedelta(days=asked.days))
    person_days, opened = asked.people * asked.days, tally.opened.total()
    figures = {
        "pumps": asked.pumps,
        "people": asked.people,
        "days": asked.days,
        "refills": tally.refills,
        "past_alarm": tally.dry,
        "alerts_a_patient_month": round(opened / (tally.patient_days / MONTH_DAYS), 3),
        "critical_letters_a_person_day": round(critical.total() / person_days, 2),
        "other_letters_a_person_day": round(others.total() / person_days, 2),
        "letters_put_off_to_a_digest_a_person_day": round(put_off / person_days, 2),
        "share_acted_upon": round(len(tally.taken & tally.ended) / max(len(tally.ended), 1), 3),
        "escalations_an_alert": round(tally.escalated / max(opened, 1), 3),
        "seconds": round(perf_counter() - began, 1),
    }
    for name, found in figures.items():
        print(f"{name:34}{found:>12}")
    print("alerts:", ", ".join(f"{kind} {count}" for kind, count in tally.opened.most_common()))
    print(json.dumps(figures))
    sys.exit(0 if figures["seconds"] <= MOST_SECONDS else 1)


if __name__ == "__main__":
    main()
