"""Asking for another clinic's things by every address, with a clinic of one's own open."""

from collections.abc import Mapping

from tests.house.urls import Address
from tests.security.asking import Browser
from tests.security.things import objects
from tests.security.world import World

PRYING = ("nurse", "administrator", "auditor", "guest")
NOT_THERE = (403, 404, 405)


def pry(address: Address, world: World, browsers: Mapping[str, Browser]) -> None:
    """Ask for what is one's own, another clinic's and handed over to it: no page shows anything that is not of here."""
    for name in PRYING:
        person = world.people[name]
        for whose in {"own", "other", "moved"}.intersection(objects(address)):
            path = world.path(address, person, whose)
            for method in ("GET", "POST"):
                answer = browsers[name].ask(method, path)
                words = f"{name} asks {method} {path} ({whose})"
                assert not world.foreign(person).search(answer.body), words
                assert whose == "own" or answer.status in NOT_THERE, words
