"""A clinic's webhook: told through the same ledger as people, signed, of nobody, and never inside our own network."""

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from itb import clock
from itb.outbox import claims, delivery, posting
from itb.outbox.hooks import end_hook, start_hook, trouble_with
from itb.outbox.message import identity_of
from itb.outbox.models import Hook, Letter
from itb.outbox.services import supersede
from tests.cast import Cast
from tests.outbox.letters import due_now, owe
from tests.outbox.sink import listening
from tests.pages import FormPage

State = Letter.State
HOOKED = Letter.objects.exclude(hook=None)


class Gateway:
    """A real HTTP server that answers as it is told, and keeps what came."""

    def __init__(self) -> None:
        self.answer: int | str = 204
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/worklist?to=ward"


@contextmanager
def answering() -> Iterator[Gateway]:
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if gateway.answer == "hang up":
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            gateway.came.append((dict(self.headers), body))
            self.send_response(int(gateway.answer))
            self.send_header("Location", "http://169.254.169.254/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        gateway.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield gateway
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def gateway(settings: Any) -> Iterator[Gateway]:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with listening() as sink, answering() as gateway:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield gateway


def hooked(cast: Cast, gateway: Gateway) -> str:
    """The clinic's webhook leads there; its secret."""
    return start_hook(url=gateway.url, by=cast.administrator, at=clock.now()).secret


def test_what_is_critical_or_urgent_is_posted_signed_and_about_nobody(cast: Cast, gateway: Gateway) -> None:
    secret = hooked(cast, gateway)
    owe(cast.nurse, "critical", 1)
    owe(cast.nurse, "due", 2)
    assert delivery.drain() == 2
    ((headers, body),) = gateway.came
    letter = HOOKED.get()
    assert json.loads(body) == {
        "id": identity_of(letter.key),
        "tier": "critical",
        "count": 1,
        "link": "http://localhost:8000",
    }
    said = headers["X-Worklist-Timestamp"].encode() + b"." + body
    assert (
        headers["X-Worklist-Signature"] == "v1=" + hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()
    )
    assert headers["Idempotency-Key"] == identity_of(letter.key)
    assert abs(int(headers["X-Worklist-Timestamp"]) - clock.now().timestamp()) < 60
    assert letter.state == State.SENT


def test_several_at_once_are_one_post_and_every_person_told_is_no_post_more(
    cast: Cast, gateway: Gateway
) -> None:
    hooked(cast, gateway)
    for number in (1, 2, 3):
        owe(cast.nurse, "critical", number)
        owe(cast.prescriber, "critical", number)
    delivery.drain()
    ((_, body),) = gateway.came
    assert json.loads(body)["count"] == 3
    assert set(HOOKED.values_list("state", flat=True)) == {State.SENT}


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (200, State.SENT),
        (301, State.DEAD),
        (404, State.DEAD),
        (429, State.PENDING),
        (503, State.PENDING),
        ("hang up", State.HANDING_OVER),
    ],
)
def test_its_answers_are_taken_as_those_of_a_mail_server(
    cast: Cast, gateway: Gateway, answer: int | str, state: str
) -> None:
    hooked(cast, gateway)
    gateway.answer = answer
    owe(cast.nurse, "critical", 1)
    delivery.drain()
    assert HOOKED.get().state == state
    assert Letter.objects.get(recipient=cast.nurse).state == State.SENT, "mail does not wait for it"
    assert len(gateway.came) <= 1, "no redirect is followed"


def test_a_post_that_broke_off_goes_again_once_with_the_same_key(cast: Cast, gateway: Gateway) -> None:
    hooked(cast, gateway)
    owe(cast.nurse, "critical", 1)
    gateway.answer = "hang up"
    delivery.drain()
    due_now()
    gateway.answer = 200
    delivery.drain()
    ((headers, _),) = gateway.came
    assert headers["Idempotency-Key"] == identity_of(HOOKED.get().key)


def test_a_gateway_that_is_away_loses_nothing(cast: Cast, gateway: Gateway) -> None:
    with answering() as gone:
        pass
    hooked(cast, gone)
    owe(cast.nurse, "critical", 1)
    delivery.drain()
    letter = HOOKED.get()
    assert (letter.state, letter.trouble) == (State.PENDING, "The webhook did not answer")


def test_what_ended_meanwhile_is_not_posted_nor_to_a_webhook_that_ended(cast: Cast, gateway: Gateway) -> None:
    hooked(cast, gateway)
    owe(cast.nurse, "critical", 1)
    owe(cast.nurse, "urgent", 2)
    taken = [claim for claim in claims.claim() if claim.lead.hook_id]
    supersede(topic="alert:1")
    end_hook(by=cast.administrator, at=clock.now())
    delivery._send_batch(taken, until=float("inf"))
    assert not gateway.came
    assert set(HOOKED.values_list("state", flat=True)) == {State.SUPERSEDED}


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        ("gateway.example", ["10.0.0.7"]),
        ("gateway.example", ["169.254.169.254"]),
        ("gateway.example", ["93.184.216.34", "192.168.1.1"]),
        ("gateway.example", ["::1"]),
        ("gateway.example", ["::ffff:127.0.0.1"]),
        ("gateway.example", ["fd00::1"]),
        ("gateway.example", ["100.64.0.1"]),
        ("gateway.example", ["0.0.0.0"]),
        ("gateway.example", ["224.0.0.1"]),
    ],
)
def test_a_name_that_leads_into_a_private_network_is_refused_for_good(
    cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch, name: str, addresses: list[str]
) -> None:
    settings.WEBHOOK_NETWORKS = []
    found = [(0, 0, 0, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(posting.socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(posting.ForbiddenAddressError), posting.connected(f"https://{name}/"):
        pass


def test_a_network_that_the_deployment_names_is_allowed(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = ["10.1.0.0/16"]
    assert posting._is_allowed("10.1.2.3")
    assert not posting._is_allowed("10.2.2.3")
    assert posting._is_allowed("93.184.216.34")


def test_a_forbidden_webhook_is_shown_among_the_letters(cast: Cast, gateway: Gateway, settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = []
    hooked(cast, gateway)
    owe(cast.nurse, "critical", 1)
    delivery.drain()
    assert HOOKED.get().state == State.DEAD
    assert not gateway.came


@pytest.mark.parametrize(
    "url",
    [
        "http://gateway.example/",
        "ftp://gateway.example/",
        "https://name:secret@gateway.example/",
        "https://gateway.example/#part",
        "https:///nowhere",
    ],
)
def test_an_address_that_could_be_read_on_the_way_or_holds_a_password_is_refused(url: str) -> None:
    assert trouble_with(url)


def test_on_loopback_plain_http_is_for_a_demonstration_alone(settings: Any) -> None:
    settings.DEMO = False
    assert trouble_with("http://127.0.0.1:8080/")
    settings.DEMO = True
    assert not trouble_with("http://127.0.0.1:8080/")


@pytest.fixture
def page(client: Client, cast: Cast) -> FormPage:
    return FormPage(client, cast.administrator, reverse("outbox:hook"))


def test_its_secret_is_shown_once_and_lies_sealed(page: FormPage, cast: Cast) -> None:
    answer = page.press({"url": "https://gateway.example/worklist"})
    secret = answer.context["opened"].secret
    assert secret in answer.content.decode()
    assert secret not in page.open().content.decode()
    assert secret not in Hook.objects.get().sealed


def test_another_one_takes_its_place_and_it_can_be_ended(page: FormPage, cast: Cast) -> None:
    for name in ("a", "b"):
        page.press({"url": f"https://{name}.example/"})
    assert Hook.objects.open().get().url == "https://b.example/"
    page.client.post(reverse("outbox:end_hook"))
    assert not Hook.objects.open().exists()
    page.client.post(reverse("outbox:end_hook"))


def test_a_slip_in_the_address_is_said_at_its_field(page: FormPage) -> None:
    assert "https://" in page.errors({"url": "http://gateway.example/"})["url"]
    assert not Hook.objects.exists()


def test_an_urgent_post_takes_nothing_from_anyones_day(cast: Cast, gateway: Gateway) -> None:
    hooked(cast, gateway)
    for number in range(4):
        owe(cast.nurse, "urgent", number)
        delivery.drain()
    assert len(gateway.came) == 4
