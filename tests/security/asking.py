"""Asking: requests over one state of the world, which is left as it was; each answer whole, with what was written."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test import Client

from itb.accounts.models import SignIn
from itb.pool import FORGET

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
READING = ("GET", "HEAD", "OPTIONS")
FORM = "application/x-www-form-urlencoded"
_WRITE = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
_TOKEN = re.compile(
    rb"\b[A-Za-z0-9]{64}\b|csrftoken=[A-Za-z0-9]+"
)  # a form's token and the cookie it answers to
_MOMENT = re.compile(rb"expires=[^;]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """Every byte that came back, and the tables that were written to on the way."""

    status: int
    head: bytes
    body: bytes
    written: frozenset[str]

    @property
    def is_html(self) -> bool:
        """Whether a browser would read it as a page."""
        return self.header("Content-Type").startswith("text/html")

    def header(self, name: str) -> str:
        """One header; empty where there is none."""
        found = re.search(rf"^{name}: (.*)$", self.head.decode(), re.MULTILINE)
        return found[1] if found else ""

    def bare(self, path: str) -> tuple[int, bytes, bytes]:
        """The answer less the form's token, which is new each time, and less what was asked."""
        head = _MOMENT.sub(b"", self.head).replace(quote(path).encode(), b"")
        return self.status, _TOKEN.sub(b"", head), _TOKEN.sub(b"", self.body)


class Browser:
    """A person's browser that forgets: each question is asked with the same cookies over the same rows."""

    def __init__(self, client: Client) -> None:
        self.client, self._cookies = client, client.cookies.output(header="", sep=";")

    def ask(self, method: str, path: str, **more: Any) -> Answer:
        """One request, undone afterwards."""
        with undone():
            return self.send(method, path, **more)

    def send(self, method: str, path: str, **more: Any) -> Answer:
        """One request, for whoever undoes more than one."""
        self.client.cookies = SimpleCookie(self._cookies)
        with connection.cursor() as cursor:
            cursor.execute(FORGET)  # as a connection comes from the pool
        with writes() as written:
            response = self.client.generic(method, path, **more)
        lines = [f"{name}: {value}" for name, value in response.items()]
        lines += [morsel.OutputString() for morsel in response.cookies.values()]
        head = "\n".join(lines).encode()
        return Answer(response.status_code, head, response.content, frozenset(written))

    @contextmanager
    def checked(self) -> Iterator[None]:
        """Within, a form's token is asked for, as it is outside tests."""
        handler = self.client.handler
        handler.enforce_csrf_checks = True
        yield
        handler.enforce_csrf_checks = False


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written within is taken back. Nobody has been away, and no attempt was counted, before it begins."""
    with transaction.atomic():
        cache.clear()
        SignIn.objects.update(seen_at=Now(), proved_at=Now())
        yield
        transaction.set_rollback(True)


@contextmanager
def writes() -> Iterator[set[str]]:
    """The tables that a statement within has written to."""
    tables: set[str] = set()

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := _WRITE.match(sql):
            tables.add(found[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield tables
