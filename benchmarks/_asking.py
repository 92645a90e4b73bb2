"""A browser's worth of HTTP: pages by one cookie, forms posted with what they carry, and how long each took."""

import re
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html.parser import HTMLParser
from http import HTTPStatus
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from _servers import ask

NANO = 1_000_000_000
SEEN = "seen"
STEPS = ("identified", "interrogated", "drug_read", "aspirated", "running", "well", "taught", "given")


class WentWrongError(Exception):
    """A page answered otherwise than it should."""


@dataclass(slots=True)
class Browser:
    """Asks in the name of one sign-in, over one connection at a time."""

    port: int
    cookies: dict[str, str]
    connection: HTTPConnection | None = None
    seconds: float = 0
    status: int = 0
    location: str = ""
    text: str = ""

    def get(self, address: str) -> str:
        """A page; raises WentWrongError for any other answer than 200."""
        page = self.ask("GET", address)
        if self.status != HTTPStatus.OK:
            raise WentWrongError(address, self.status)
        return page

    def post(self, address: str, values: dict[str, str]) -> str:
        """What a form's post answers."""
        return self.ask("POST", address, urlencode(values))

    def ask(self, method: str, address: str, body: str | None = None) -> str:
        """One request and its whole answer; `seconds`, `status`, `location` and `text` tell of it."""
        connection = self.connection or ask(self.port)
        self.connection = connection
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": told, "Host": f"127.0.0.1:{self.port}"}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        begun = time.perf_counter()
        connection.request(method, address, body, headers)
        answer = connection.getresponse()
        self.text = answer.read().decode()
        self.seconds = time.perf_counter() - begun
        self.status, self.location = answer.status, answer.getheader("Location", "")
        for name, each in SimpleCookie(answer.getheader("Set-Cookie", "")).items():
            self.cookies[name] = each.value
        return self.text

    def leave(self) -> None:
        """Close the connection: the next request may reach the other worker."""
        if self.connection:
            self.connection.close()
            self.connection = None


@dataclass
class Hidden(HTMLParser):
    """What a page's forms carry unseen, and what its button that keeps says when it is pressed."""

    values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep hidden inputs, and the mark of what was seen; a button that puts aside or empties is not pressed."""
        told = {name: value or "" for name, value in attrs}
        if (tag == "input" and told.get("type") == "hidden") or told.get("name") == SEEN:
            self.values[told["name"]] = told.get("value", "")


def hidden(page: str) -> dict[str, str]:
    """The values by their names."""
    reader = Hidden()
    reader.feed(re.sub(r"(?s)<header>.*?</header>", "", page))
    return reader.values


def refill_of(serial: str, now: datetime) -> dict[str, str]:
    """What is typed for a refill that fits what was expected."""
    return {
        "serial_ending": serial[-4:],
        "at": f"{now - timedelta(minutes=3):%Y-%m-%dT%H:%M}",
        "withdrawn_ml": "29.5",
        "emptied": "yes",
        "product": "lioresal-2000-20",
        "concentration_mcg_per_ml": "2000",
        "lot": "B2",
        "filled_ml": "40",
        "explanation": "",
        **{f"step_{step}": "on" for step in STEPS},
        "felt": "none",
        "alarmed": "none",
        "expires_on": f"{now + timedelta(days=400):%Y-%m-%d}",
        "held_ml": "40",
        "shown_dose": "690",  # as `_clinics.with_history` ends
        "shown_concentration": "2000",
    }


def cpu_seconds(pids: list[int]) -> float:
    """What these processes have used of the processor so far, with all their threads."""
    files = [path for pid in pids for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(path.read_text().split()[0]) for path in files) / NANO


def children(pid: int) -> list[int]:
    """The processes that `pid` has started."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for path in found for word in path.read_text().split()]
