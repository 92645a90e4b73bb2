"""What row-level security costs the worklist: the same page with the walls up and down, in turns, in one run.

./run.py bench walls [--pumps N] [--rounds N]. The floor is the page without row-level security (the owner switches it
off for the length of a round); the subject is the page as it is served. Both answers are compared first.
"""

import argparse
import json
import os
import re
import statistics
import sys
import time
from http import HTTPStatus
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itb.settings")
os.environ["ITB_DEMO"] = "1"  # plain http

import django  # noqa: E402

django.setup()

import psycopg  # noqa: E402
from _fleet import fill  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from itb.accounts.models import User  # noqa: E402
from itb.accounts.permissions import Role  # noqa: E402
from itb.accounts.services import set_up_clinic, start_membership  # noqa: E402
from itb.walls import inside  # noqa: E402

PAGES = 10  # a round's
TRIES = 3
ADDRESS = "/"
CHANGES = rb"\b[A-Za-z0-9]{64}\b|<time [^>]*>"  # what is new each time: the form's token, the moment


def main(arguments: list[str]) -> None:
    """Build two clinics of the same size, compare, measure, and print one line of JSON."""
    parser = argparse.ArgumentParser(prog="./run.py bench walls")
    parser.add_argument("--pumps", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=11)
    asked = parser.parse_args(arguments)
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"], autocommit=True) as connection:
        owner = connection.cursor()
        client = built(owner, asked.pumps)
        walls = raised(owner)
        if not any(is_the_same(client, owner, walls) for _ in range(TRIES)):
            sys.exit("The page says something else with the walls down.")
        print(json.dumps(measured(client, owner, walls, asked.rounds) | {"pumps": asked.pumps}))


def built(owner: psycopg.Cursor, pumps: int) -> Client:
    """Two clinics of `pumps` pumps each, and the first one's nurse, signed in."""
    with inside(0) as at:
        pass
    people = []
    for name in ("Here", "There"):
        clinic = set_up_clinic(name=name, zone="Europe/London", phone="1", at=at, demands_second_factor=False)
        person = User.objects.create_user(f"{name}@bench.example", None, name=name)
        with inside(clinic.pk):
            start_membership(user=person, clinic=clinic, role=Role.NURSE, by=None, at=at)
        fill(owner, clinic=clinic.pk, person=person.pk, pumps=pumps)
        people.append(person)
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    client = Client()
    client.force_login(people[0])
    return client


def raised(owner: psycopg.Cursor) -> list[str]:
    """The tables that have walls."""
    owner.execute("SELECT oid::regclass::text FROM pg_class WHERE relrowsecurity")
    return [table for (table,) in owner.fetchall()]


def is_the_same(client: Client, owner: psycopg.Cursor, walls: list[str]) -> bool:
    """Whether the page says the same with the walls up and down; an hour that ends in between differs by itself."""
    pages = []
    for up in (True, False):
        switch(owner, walls, up=up)
        pages.append(re.sub(CHANGES, b"", page(client)))
    return pages[0] == pages[1]


def switch(owner: psycopg.Cursor, tables: list[str], *, up: bool) -> None:
    """Put every wall up or down."""
    word = "ENABLE" if up else "DISABLE"
    for table in tables:
        owner.execute(f"ALTER TABLE {table} {word} ROW LEVEL SECURITY")


def measured(client: Client, owner: psycopg.Cursor, tables: list[str], rounds: int) -> dict[str, object]:
    """The median of the rounds' ratios (walls up over walls down), with its range, and the times in ms."""
    found: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds):
        for up in (True, False) if number % 2 else (False, True):
            switch(owner, tables, up=up)
            client.get(ADDRESS)  # plans and catalogues are read anew after the change
            # The least of a round: what else the machine does adds to a page and never takes away.
            found[up].append(min(timed(client) for _ in range(PAGES)))
    ratios = [up / down for up, down in zip(found[True], found[False], strict=True)]
    return {
        "ratio": round(statistics.median(ratios), 3),
        "range": [round(min(ratios), 3), round(max(ratios), 3)],
        "up_ms": round(statistics.median(found[True]) * 1000, 1),
        "down_ms": round(statistics.median(found[False]) * 1000, 1),
        "rounds": rounds,
    }


def page(client: Client) -> bytes:
    """The page as it is served, and no other that might stand in its way."""
    answer = client.get(ADDRESS)
    if answer.status_code != HTTPStatus.OK:
        sys.exit(f"The page was answered by {answer.status_code}.")
    return answer.content


def timed(client: Client) -> float:
    """Seconds of one page."""
    begun = time.perf_counter()
    page(client)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main(sys.argv[1:])
