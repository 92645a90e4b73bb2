"""What `worklist.py` does inside its servers: `_worklist.py PUMPS ROUNDS`. The last line is one JSON object."""

import json
import os
import re
import statistics
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus

import django

django.setup()

import psycopg  # noqa: E402
from _asking import Browser, WentWrongError, children, cpu_seconds, hidden, refill_of  # noqa: E402
from _clinics import Side, pulse, side  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from itb.dashboard.worklist import PAGE  # noqa: E402

SMALL = 1_000
ASKED, SAVED = 12, 3  # requests of each kind in a round, and refills kept
PORT, SERVER = int(os.environ["ITB_BENCH_PORT"]), int(os.environ["ITB_BENCH_PID"])
DUE = re.compile(r'class="go" href="([^"]+)"')

Taken = tuple[float, float]
"""Seconds of a request, and CPU that web and database took for it."""


def main() -> None:
    """Build, compare what floor and worklist list, measure, print."""
    pumps, rounds = int(sys.argv[1]), int(sys.argv[2])
    big = side(name="Big", pumps=pumps, told=SAVED * (rounds + 1) + 1)
    small = side(name="Small", pumps=SMALL, told=1)
    here, there = Browser(PORT, big.cookies), Browser(PORT, small.cookies)
    pulse()
    if DUE.findall(here.get("/floor/")) != DUE.findall(here.get("/")):
        sys.exit("The floor lists other patients than the worklist.")
    chart, save = f"/patients/{big.told[0].patient_id}/", Saving(here, big)
    ways: dict[str, Callable[[], Taken]] = {
        "floor": lambda: page(here, "/floor/"),
        "worklist": lambda: page(here, "/"),
        "small": lambda: page(there, "/"),
        "chart": lambda: page(here, chart),
        "save": save.one,
    }
    found: dict[str, list[Taken]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        pulse()
        for name, way in list(ways.items())[:: 1 if number % 2 else -1]:
            taken = measured(way, SAVED if name == "save" else ASKED)
            here.leave()
            there.leave()
            if number:  # the first warms up
                found[name].append(taken)
    print(json.dumps(told(found) | {"queries": queries(big, "/"), "chart_queries": queries(big, chart)}))


def page(browser: Browser, address: str) -> Taken:
    """What a page took."""
    taken = timed(lambda: browser.get(address), browser)
    if len(DUE.findall(browser.text)) not in (0, PAGE):
        raise WentWrongError(address, "not a whole page")
    return taken


def timed(request: Callable[[], object], browser: Browser) -> Taken:
    """Seconds by the clock, and of CPU that web and database took."""
    pids = [*children(SERVER), *backends()]
    before = cpu_seconds(pids)
    request()
    return browser.seconds, cpu_seconds(pids) - before


def measured(way: Callable[[], Taken], times: int) -> Taken:
    """So many in a row: the medians."""
    taken = [way() for _ in range(times)]
    return statistics.median(each[0] for each in taken), statistics.median(each[1] for each in taken)


def backends() -> list[int]:
    """The processes of PostgreSQL that serve the pages."""
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"]) as owner:
        rows = owner.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'itb'").fetchall()
    return [pid for (pid,) in rows]


class Saving:
    """Keeps refills, each of another pump: looked at, then the button that keeps it. The last post is timed."""

    def __init__(self, browser: Browser, whose: Side) -> None:
        self.browser, self.pumps = browser, list(whose.told[1:])

    def one(self) -> Taken:
        """What the post took that keeps a refill."""
        pump = self.pumps.pop()
        address = f"/pumps/{pump.pk}/refill/"
        typed = refill_of(pump.serial, datetime.now(pump.patient.clinic.tz))
        form = hidden(self.browser.get(address))
        looked = hidden(self.browser.post(address, form | typed))
        taken = timed(lambda: self.browser.post(address, looked | typed), self.browser)
        if self.browser.status != HTTPStatus.FOUND:
            raise WentWrongError(address, self.browser.status)
        return taken


def told(found: Mapping[str, list[Taken]]) -> dict[str, object]:
    """The medians of the rounds' ratios, by the clock with their range and by CPU; and the times in ms."""
    pairs = {
        "ratio": ("worklist", "floor"),
        "growth": ("worklist", "small"),
        "chart_ratio": ("chart", "floor"),
        "save_ratio": ("save", "floor"),
    }
    figures: dict[str, object] = {}
    for name, (subject, base) in pairs.items():
        for suffix, part in (("", 0), ("_cpu", 1)):
            ratios = [a[part] / b[part] for a, b in zip(found[subject], found[base], strict=True)]
            figures[f"{name}{suffix}"] = round(statistics.median(ratios), 2)
            figures[f"{name}{suffix}_range"] = [round(min(ratios), 2), round(max(ratios), 2)]
    for name, taken in found.items():
        figures[f"{name}_ms"] = round(statistics.median(each[0] for each in taken) * 1000, 1)
        figures[f"{name}_cpu_ms"] = round(statistics.median(each[1] for each in taken) * 1000, 1)
    return figures


def queries(whose: Side, address: str) -> int:
    """How many a page asks."""
    whose.client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert whose.client.get(address).status_code == HTTPStatus.OK
    return len(captured)


if __name__ == "__main__":
    try:
        main()
    except WentWrongError as error:
        sys.exit(f"{error}")
