"""Posting to a clinic's webhook: to no address inside our own network, signed, and about nobody.

The name is looked up once and the connection made to an address that was looked at, so that an answer that changes
between looking and connecting leads nowhere else. No redirect is followed.
"""

import hashlib
import hmac
import ipaddress
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT_S: Final = 10
AGENT: Final = "itb-worklist"
MOST_ANSWER: Final = 1024


class ForbiddenAddressError(OSError):
    """The webhook's name leads into a network that this server may not speak to."""


class Pinned(HTTPConnection):
    """A connection to an address that was looked at; over TLS the certificate is of the name, as always."""

    def __init__(self, name: str, port: int, address: str, *, is_tls: bool) -> None:
        super().__init__(name, port, timeout=TIMEOUT_S)
        self._address, self._is_tls = address, is_tls

    def connect(self) -> None:
        """To the address, as the name."""
        self.sock = socket.create_connection((self._address, self.port), TIMEOUT_S)
        if self._is_tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


@contextmanager
def connected(url: str) -> Iterator[Pinned]:
    """A connection that stands. Raises OSError where it cannot be, or may not."""
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    server = Pinned(parts.hostname or "", port, _address(parts.hostname or "", port), is_tls=is_tls)
    try:
        server.connect()
        yield server
    finally:
        server.close()


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: signed by `secret` at a second of Unix time; `key` is the same in a repeat."""

    body: bytes
    key: str
    secret: bytes
    timestamp: int


def post(server: Pinned, url: str, message: Message) -> int:
    """Hand the message over; the status of the answer. Raises OSError, HTTPException."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "Idempotency-Key": message.key,
        "X-Worklist-Timestamp": str(message.timestamp),
        "X-Worklist-Signature": f"v1={signature(message)}",
    }
    server.request("POST", target, message.body, headers)
    answer = server.getresponse()
    answer.read(MOST_ANSWER)
    return answer.status


def signature(message: Message) -> str:
    """Of the moment and the body, so that neither can be changed and an old message not be sent again."""
    return hmac.new(
        message.secret, f"{message.timestamp}.".encode() + message.body, hashlib.sha256
    ).hexdigest()


def content(*, key: str, tier: str, count: int) -> bytes:
    """What is said: how urgent, how many, and where to sign in."""
    said = {"id": key, "tier": tier, "count": count, "link": settings.SITE_URL}
    return json.dumps(said, separators=(",", ":")).encode()


def _address(name: str, port: int) -> str:
    """Where the name leads, if all that it leads to is outside. Raises ForbiddenAddressError, OSError."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
    if not all(_is_allowed(each) for each in found):
        raise ForbiddenAddressError(name)
    return found[0]


def _is_allowed(address: str) -> bool:
    """Whether it is public, of a network that the deployment names, or a demonstration's own machine."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.is_global and not ip.is_multicast:
        return True
    if settings.DEMO and ip.is_loopback:
        return True
    return any(ip in ipaddress.ip_network(network) for network in settings.WEBHOOK_NETWORKS)
