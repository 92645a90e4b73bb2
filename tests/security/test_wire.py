"""What the image's own server answers on the wire, and what is kept of a password and of a session."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import global_settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from itb.accounts.models import Membership
from tests.cast import PASSWORD

ROOT = Path(__file__).parent.parent.parent
HOST = "clinic.example"
READY_WITHIN_S = 20


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """gunicorn as the image starts it, under production's settings, on a free port of the loopback."""
    words = json.loads(re.search(r"CMD (\[.*\])", dockerfile())[1])  # type: ignore[index]
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number = int(probe.getsockname()[1])
    words[words.index("--bind") + 1] = f"127.0.0.1:{number}"
    words[words.index("--workers") + 1] = "1"
    surroundings = {name: value for name, value in os.environ.items() if name != "ITB_DEMO"}
    surroundings |= {"ALLOWED_HOSTS": HOST, "SITE_URL": f"https://{HOST}", "BEHIND_PROXY": "1"}
    surroundings |= {"STATIC_ROOT": str(tmp_path_factory.mktemp("static"))}
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput"]
    subprocess.run(collect, cwd=ROOT, env=surroundings, check=True, capture_output=True)
    server = subprocess.Popen(
        [sys.executable, *words[1:]], cwd=ROOT, env=surroundings, stderr=subprocess.DEVNULL
    )
    try:
        await_port(number)
        yield number
    finally:
        server.terminate()
        server.wait()


def dockerfile() -> str:
    """The Dockerfile with its continued lines joined."""
    return (ROOT / "Dockerfile").read_text().replace("\\\n", "")


def await_port(number: int) -> None:
    """Wait until somebody listens."""
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", number), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not start")


def say(port: int, first: str, *lines: str, host: str = HOST, body: str = "") -> tuple[int, str]:
    """Send a request as it stands; the status, and everything that came back."""
    sent = "\r\n".join([first, f"Host: {host}", "Connection: close", *lines, "", body])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(sent.encode())
        answer = b"".join(iter(lambda: wire.recv(65536), b"")).decode(errors="replace")
    return int(answer.split()[1]), answer


HTTPS = "X-Forwarded-Proto: https"


def test_a_plain_request_is_sent_to_https(port: int) -> None:
    status, answer = say(port, "GET /accounts/login/ HTTP/1.1")
    assert status == 301
    assert f"Location: https://{HOST}/accounts/login/" in answer


def test_a_request_with_two_lengths_is_refused(port: int) -> None:
    status, _ = say(
        port,
        "POST /healthz HTTP/1.1",
        HTTPS,
        "Content-Length: 4",
        "Transfer-Encoding: chunked",
        body="0\r\n\r\n",
    )
    assert status == 400
    status, _ = say(
        port, "POST /healthz HTTP/1.1", HTTPS, "Content-Length: 4", "Content-Length: 5", body="abcde"
    )
    assert status == 400


def test_trace_is_not_answered(port: int) -> None:
    status, answer = say(port, "TRACE /accounts/login/ HTTP/1.1", HTTPS, "X-Marker: echoed")
    assert status >= 400
    assert "echoed" not in answer


@pytest.mark.parametrize(
    "path",
    [
        "/static/", "/static/css/", "/.git/config", "/static/../itb/settings.py", "/static/%2e%2e/itb/settings.py",
        "/static//etc/passwd", "/.env", "/docker-compose.yml",
    ],
)  # fmt: skip
def test_nothing_outside_the_static_files_can_be_fetched(port: int, path: str) -> None:
    status, answer = say(port, f"GET {path} HTTP/1.1", HTTPS)
    assert status in (400, 404)
    for inside in ("SECRET_KEY", "root:", "services:", "itb.css"):
        assert inside not in answer


def test_a_host_that_is_not_ours_is_refused(port: int) -> None:
    assert say(port, "GET /accounts/login/ HTTP/1.1", HTTPS, host="evil.example")[0] == 400


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/",
        "//evil.example",
        "https:evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
    ],
)
def test_after_signing_in_nobody_is_sent_to_another_host(
    client: Client, nurse: Membership, there: str
) -> None:
    page = reverse("account_login", query={"next": there})
    done = client.post(page, {"login": nurse.user.email, "password": PASSWORD, "next": there})
    assert done.status_code == 302
    assert "evil" not in done["Location"]
    assert "script" not in done["Location"]


def test_a_sessions_name_is_long_and_random(client: Client, nurse: Membership) -> None:
    names = set()
    for _ in range(3):
        client.force_login(nurse.user)
        names.add(client.session.session_key)
        client.logout()
    assert len(names) == 3
    assert all(name and re.fullmatch(r"[a-z0-9]{32}", name) for name in names)  # 36 ** 32 is over 2 ** 165


def test_a_password_is_kept_as_a_slow_salted_hash(settings: object) -> None:
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS  # type: ignore[attr-defined]  # as in production
    method, rounds, salt, digest = make_password(PASSWORD).split("$")
    assert method == "pbkdf2_sha256"
    assert int(rounds) >= 600_000
    assert len(salt) >= 22
    assert make_password(PASSWORD).split("$")[3] != digest
