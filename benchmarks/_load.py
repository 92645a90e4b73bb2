"""What `load.py` does inside its servers: `_load.py USERS SECONDS PUMPS`. The last line is one JSON object."""

import json
import os
import random
import statistics
import sys
import threading
import time
from datetime import datetime, timedelta
from http import HTTPStatus

import django

django.setup()

from _asking import Browser, hidden, refill_of  # noqa: E402
from _clinics import colleagues, pulse, side  # noqa: E402

from patients.models import Pump  # noqa: E402

THOUGHT_S = 5
PORT = int(os.environ["ITB_BENCH_PORT"])


class Person(threading.Thread):
    """Someone at work: what each request took, by whether it only read or kept something."""

    def __init__(self, cookies: dict[str, str], pumps: list[Pump], until: float, seed: int) -> None:
        super().__init__(daemon=True)
        self.browser, self.pumps, self.until = Browser(PORT, cookies), pumps, until
        self.chance = random.Random(seed)
        self.read: list[float] = []
        self.write: list[float] = []
        self.errors: list[tuple[str, int]] = []

    def run(self) -> None:
        """Do one thing after the other until the time is over; begin at any moment of a thought."""
        time.sleep(self.chance.random() * THOUGHT_S)
        ways = (self.worklist, self.chart, self.search, self.book, self.refill)
        while time.monotonic() < self.until:
            self.chance.choices(ways, weights=(8, 6, 3, 2, 1))[0]()
            self.think()

    def worklist(self) -> None:
        """The list, and its second page."""
        self.get("/")

    def chart(self) -> None:
        """Somebody's."""
        self.get(f"/patients/{self.chance.choice(self.pumps).patient_id}/")

    def search(self) -> None:
        """By a part of a name."""
        form = hidden(self.get("/"))
        self.think()
        self.post("/search/", form | {"q": f"Bench{self.chance.randint(1, 99)}"}, kept=False)
        self.get(self.browser.location)

    def book(self) -> None:
        """A visit on some day to come."""
        address = f"/pumps/{self.chance.choice(self.pumps).pk}/visit/"
        form = hidden(self.get(address))
        self.think()
        on = datetime.now().astimezone() + timedelta(days=self.chance.randint(1, 40))
        self.post(address, form | {"on": f"{on:%Y-%m-%d}"})

    def refill(self) -> None:
        """The form, a look, and the button that keeps it. One of my own pumps, each once."""
        if not self.pumps[1:]:
            return
        pump = self.pumps.pop()
        address = f"/pumps/{pump.pk}/refill/"
        form = hidden(self.get(address))
        self.think()
        typed = refill_of(pump.serial, datetime.now(pump.patient.clinic.tz))
        looked = hidden(self.post(address, form | typed, kept=False))
        self.think()
        self.post(address, looked | typed)

    def think(self) -> None:
        """Five seconds, more or less."""
        self.browser.leave()
        time.sleep(self.chance.uniform(0.5, 1.5) * THOUGHT_S)

    def get(self, address: str) -> str:
        """A page."""
        page = self.browser.ask("GET", address)
        self._note(self.read, address, HTTPStatus.OK)
        return page

    def post(self, address: str, values: dict[str, str], *, kept: bool = True) -> str:
        """A form; `kept`: whether the answer must be that it is kept."""
        page = self.browser.post(address, values)
        self._note(self.write if kept else self.read, address, HTTPStatus.FOUND if kept else 0)
        return page

    def _note(self, taken: list[float], address: str, wanted: int) -> None:
        taken.append(self.browser.seconds)
        if self.browser.status >= HTTPStatus.INTERNAL_SERVER_ERROR or (
            wanted and self.browser.status != wanted
        ):
            self.errors.append((address, self.browser.status))


def main() -> None:
    """Build, let them work, print."""
    users, seconds, pumps = (int(word) for word in sys.argv[1:4])
    here = side(name="Here", pumps=pumps, told=users * 2, refills=3)
    cookies = colleagues(here, users)
    until = time.monotonic() + seconds
    people = [
        Person(each, here.told[number * 2 : number * 2 + 2], until, number)
        for number, each in enumerate(cookies)
    ]
    for person in people:
        person.start()
    while any(person.is_alive() for person in people):
        pulse()
        time.sleep(20)
    read = [taken for person in people for taken in person.read]
    write = [taken for person in people for taken in person.write]
    errors = [error for person in people for error in person.errors]
    print(*(f"{status} {address}" for address, status in errors[:20]), sep="\n")
    figures = {"read_p95_ms": p95(read), "write_p95_ms": p95(write), "errors": len(errors)}
    figures |= {"reads": len(read), "writes": len(write)}
    print(json.dumps(figures | {"read_p50_ms": round(statistics.median(read) * 1000)}))


def p95(seconds: list[float]) -> int:
    """The 95th percentile in ms."""
    return round(statistics.quantiles(seconds, n=20)[-1] * 1000)


if __name__ == "__main__":
    main()
