"""What sees that a whole cycle has ended: the mail server that answers, and an address outside that hears of it."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.urls import reverse

from itb import clock, health
from itb.outbox.models import Heartbeat
from itb.outbox.probe import SINK, probe
from itb.outbox.services import beat
from itb.outbox.tasks import drain
from itb.outbox.watch import tell_watch
from tests.cast import Cast
from tests.outbox.sink import Sink, listening


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with listening() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


class Outside:
    """A watch that counts its pings."""

    def __init__(self) -> None:
        self.pings: list[str] = []
        self.status = 200
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outside.pings.append(self.path)
                self.send_response(outside.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def outside(settings: Any) -> Iterator[Outside]:
    outside = Outside()
    settings.WATCH_URL = f"http://127.0.0.1:{outside.server.server_port}/ping/abc"
    yield outside
    outside.server.shutdown()
    outside.server.server_close()


@pytest.fixture
def finished(db: None) -> None:
    for name in ("sweep", "drain", "sink"):
        beat(name=name)


def ago(name: str, **time: float) -> None:
    Heartbeat.objects.filter(name=name).update(finished_at=clock.now() - timedelta(**time))


def problems(client: Client) -> list[str]:
    found: list[str] = client.get("/healthz/engine").json()["problems"]
    return found


def test_a_cycle_leaves_a_pulse_of_the_mail_server_even_with_nothing_to_send(
    client: Client, cast: Cast, sink: Sink
) -> None:
    beat(name="sweep")
    drain()
    assert problems(client) == []
    assert not probe(), "once a minute"
    ago("probe", minutes=2)
    assert probe()


def test_a_mail_server_that_is_away_is_seen_before_a_letter_is_late(
    client: Client, settings: Any, finished: None
) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert not probe()
    ago(SINK, minutes=4)
    (problem,) = problems(client)
    assert problem.startswith("The mail server has not answered since")


def test_the_end_of_a_finished_cycle_is_heard_outside_once_a_minute(finished: None, outside: Outside) -> None:
    assert tell_watch()
    assert not tell_watch()
    ago("watch", minutes=2)
    assert tell_watch()
    assert outside.pings == ["/ping/abc"] * 2


@pytest.mark.parametrize("part", ["sweep", "drain", "sink"])
def test_a_cycle_of_which_a_part_has_not_finished_is_silence_outside(
    finished: None, outside: Outside, part: str
) -> None:
    ago(part, minutes=4)
    assert not tell_watch()
    assert not outside.pings


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_watch_that_does_not_take_it_stops_nothing_and_is_followed_nowhere(
    finished: None, outside: Outside, status: int
) -> None:
    outside.status = status
    assert not tell_watch()
    assert outside.pings == ["/ping/abc"]
    assert not Heartbeat.objects.filter(name="watch").exists()


def test_a_watch_that_is_away_stops_nothing(finished: None, settings: Any) -> None:
    settings.WATCH_URL = "http://127.0.0.1:1/ping"
    assert not tell_watch()


def test_without_a_watch_the_clinics_page_says_so(client: Client, cast: Cast, settings: Any) -> None:
    client.force_login(cast.administrator.user)
    assert (
        "Nobody outside of this server watches it" in client.get(reverse("dashboard:clinic")).content.decode()
    )
    settings.WATCH_URL = "https://watch.example/ping"
    assert "Nobody outside of this server" not in client.get(reverse("dashboard:clinic")).content.decode()


def test_a_watch_is_an_address_of_the_web(settings: Any) -> None:
    settings.WATCH_URL = "file:///etc/hostname"
    assert "itb.E002" in [each.id for each in run_checks()]


def test_a_clock_that_has_gone_back_is_said_until_it_has_caught_up(client: Client, finished: None) -> None:
    Heartbeat.objects.filter(name="clock").update(finished_at=clock.now() + timedelta(hours=2))
    for name in ("sweep", "drain", "sink"):
        beat(name=name)
    (problem,) = problems(client)
    assert problem.startswith("The clock has gone back")


def test_a_migration_that_was_not_run_is_said(
    client: Client, finished: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = health._migrations()
    monkeypatch.setattr(health, "_migrations", lambda: wanted + 1)
    (problem,) = problems(client)
    assert "lacks a migration" in problem
