"""Somebody who is signed in and looks at a page: whether it says that something is wrong."""

import base64
import hashlib
import re
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from itb.local.static import collected
from tests.chaos.sink import HOST
from tests.chaos.stage import Stage
from tests.chaos.world import CLINIC, PERSON

PASSWORD, SALT, ROUNDS = "keep-the-pumps-running", "chaos", 1000
LOGIN, HOME = "/accounts/login/", "/"
EMAIL = "reader@1.example"


class Reader:
    """A nurse of a clinic without pumps."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.cookies = stage, dict[str, str]()
        folder = stage.stack.folder / "static"
        with collected(folder, stage.stack.environment, stage.folder / "static.log"):
            pass
        (clinic,) = stage.owner.execute(CLINIC, ["Reading", "Etc/UTC"]).fetchone()  # type: ignore[misc]
        person = {"email": EMAIL, "name": "Reader", "role": "nurse", "clinic": clinic}
        stage.owner.execute(PERSON, person)
        stage.owner.execute(
            "UPDATE accounts_user SET password = %s WHERE email = %s", [hashed(PASSWORD), EMAIL]
        )

    def sign_in(self) -> None:
        """As everyone does."""
        _, page = self.ask("GET", LOGIN)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, page[:500]
        values = {"csrfmiddlewaretoken": token[1], "login": EMAIL, "password": PASSWORD}
        status, page = self.ask("POST", LOGIN, values)
        assert status == HTTPStatus.FOUND, page[:2000]

    def sees_trouble(self) -> bool:
        """Whether the page says that something is wrong; without a database it is no page but that sentence."""
        status, page = self.ask("GET", HOME)
        return status != HTTPStatus.OK or 'class="watcher-bad"' in page

    def ask(self, method: str, path: str, values: dict[str, str] | None = None) -> tuple[int, str]:
        """The status and the page; 0 where nobody answers."""
        web = HTTPConnection(HOST, self.stage.web_port, timeout=10)
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": told, "Content-Type": "application/x-www-form-urlencoded"}
        with suppress(OSError, HTTPException):
            web.request(method, path, urlencode(values or {}), headers)
            answer = web.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    self.cookies |= {key: each.value for key, each in SimpleCookie(value).items()}
            return answer.status, answer.read().decode()
        return 0, ""


def hashed(password: str) -> str:
    """As Django keeps it."""
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT.encode(), ROUNDS)
    return f"pbkdf2_sha256${ROUNDS}${SALT}${base64.b64encode(digest).decode()}"
