"""What a hospital's token must be: a provider of our own making tells one thing wrong at a time, over real HTTP."""

import hmac
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.security.signing_in import is_in

pytestmark = pytest.mark.django_db

START = reverse("openid_connect_login", args=["hospital"])
CALLBACK = reverse("openid_connect_callback", args=["hospital"])
KEY, ANOTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


class Provider:
    """Answers what the test has put there."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.config: dict[str, Any] = {
            "issuer": self.issuer,
            **{
                name: f"{self.issuer}/{name}"
                for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
            },
        }
        self.token = ""
        self.userinfo: dict[str, Any] = {}
        self.moved = ""

    def answer(self, path: str) -> Any:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {
            "/.well-known/openid-configuration": self.config,
            "/token_endpoint": {"access_token": "a", "token_type": "Bearer", "id_token": self.token},
            "/userinfo_endpoint": self.userinfo,
            "/jwks_uri": {"keys": [{**public, "kid": "1", "alg": "RS256"}]},
        }[path]


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    """It runs, and is the one that we know."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == known.moved:
                self.send_response(302)
                self.send_header("Location", f"{known.issuer}{self.path}?moved")
                self.end_headers()
                return
            body = json.dumps(known.answer(urlsplit(self.path).path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  http.server calls it so

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        known = Provider(server.server_port)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        app = {"provider_id": "hospital", "name": "Quay", "client_id": "itb", "secret": "s"}
        app["settings"] = {"server_url": known.issuer, "oauth_pkce_enabled": True}  # type: ignore[assignment]
        settings.OIDC_ISSUER, settings.SOCIALACCOUNT_PROVIDERS = (
            known.issuer,
            {"openid_connect": {"APPS": [app]}},
        )
        yield known
        server.shutdown()
        thread.join()


def claims(provider: Provider, email: str, nonce: str) -> dict[str, Any]:
    """A token that is right in every part."""
    now = int(time.time())
    return {
        "iss": provider.issuer, "aud": "itb", "sub": "7", "iat": now, "exp": now + 60, "nonce": nonce, "email": email,
        "email_verified": True, "auth_time": now,
    }  # fmt: skip


def signed(said: dict[str, Any], key: Any = KEY, **options: Any) -> str:
    return jwt.encode(said, key, **{"algorithm": "RS256", "headers": {"kid": "1"}, **options})


def come(provider: Provider, cast: Cast, make: Callable[[dict[str, Any]], str]) -> Client:
    """A sign-in in which the provider gives the token that `make` makes of a right one."""
    browser = Client()
    asked = parse_qs(urlsplit(browser.post(START)["Location"]).query)
    provider.token = make(claims(provider, cast.nurse.user.email, asked["nonce"][0]))
    browser.get(f"{CALLBACK}?{urlencode({'code': 'c', 'state': asked['state'][0]})}")
    return browser


def test_a_token_that_is_right_opens(provider: Provider, cast: Cast) -> None:
    assert is_in(come(provider, cast, signed))


def unsigned(said: dict[str, Any]) -> str:
    return jwt.encode(said, None, algorithm="none", headers={"kid": "1"})


def signed_with_what_is_public(said: dict[str, Any]) -> str:
    """The old trick: the public key taken for a shared secret. PyJWT would not make it, so it is made by hand."""

    def part(value: bytes) -> str:
        return urlsafe_b64encode(value).rstrip(b"=").decode()

    head = part(json.dumps({"alg": "HS256", "kid": "1", "typ": "JWT"}).encode())
    text = f"{head}.{part(json.dumps(said).encode())}"
    public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()).encode()
    return f"{text}.{part(hmac.digest(public, text.encode(), 'sha256'))}"


def signed_by_another(said: dict[str, Any]) -> str:
    return signed(said, ANOTHER_KEY)


def broken(said: dict[str, Any]) -> str:
    head, body, signature = signed(said).split(".")
    return ".".join([head, body[:-4] + "AAAA", signature])


@pytest.mark.parametrize(
    "make",
    [unsigned, signed_with_what_is_public, signed_by_another, broken, lambda _: "no token", lambda _: ""],
)
def test_what_the_provider_did_not_sign_opens_nothing(
    provider: Provider, cast: Cast, make: Callable[[dict[str, Any]], str]
) -> None:
    assert not is_in(come(provider, cast, make))


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"nbf": 4_000_000_000},
        {"nonce": "of another sign-in"},
        {"nonce": ""},
    ],
    ids=str,
)
def test_what_is_for_another_from_another_or_of_another_time_opens_nothing(
    provider: Provider, cast: Cast, wrong: dict[str, Any]
) -> None:
    assert not is_in(come(provider, cast, lambda said: signed({**said, **wrong})))


@pytest.mark.parametrize("minutes", [6, 60 * 24])
def test_a_session_that_the_provider_still_has_is_no_proof_of_who_is_at_the_screen(
    provider: Provider, cast: Cast, minutes: int
) -> None:
    old = {"auth_time": int(time.time()) - minutes * 60}
    assert not is_in(come(provider, cast, lambda said: signed({**said, **old})))


@pytest.mark.parametrize("unsaid", [None, "just now", [], 1.5])
def test_a_token_that_does_not_say_when_its_person_was_asked_opens_nothing(
    provider: Provider, cast: Cast, unsaid: object
) -> None:
    assert not is_in(come(provider, cast, lambda said: signed({**said, "auth_time": unsaid})))


def test_the_provider_is_told_to_ask_anew(provider: Provider) -> None:
    asked = parse_qs(urlsplit(Client().post(START)["Location"]).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["300"])


def test_a_token_opens_once(provider: Provider, cast: Cast) -> None:
    kept: list[str] = []
    assert is_in(come(provider, cast, lambda said: kept.append(signed(said)) or kept[0]))
    assert not is_in(come(provider, cast, lambda _: kept[0]))


def test_an_address_from_beside_the_token_counts_only_for_the_same_person(
    provider: Provider, cast: Cast
) -> None:
    provider.userinfo = {"sub": "8", "email": cast.nurse.user.email, "email_verified": True}
    without = ("email", "email_verified")

    def bare(said: dict[str, Any]) -> str:
        return signed({name: value for name, value in said.items() if name not in without})

    assert not is_in(come(provider, cast, bare))
    provider.userinfo["sub"] = "7"
    assert is_in(come(provider, cast, bare))


def test_a_provider_that_calls_itself_otherwise_is_not_asked(provider: Provider) -> None:
    provider.config["issuer"] = "https://evil.example"
    assert Client().post(START).status_code == 403


def test_a_provider_behind_tls_names_no_address_without(provider: Provider, settings: Any) -> None:
    provider.config["issuer"] = settings.OIDC_ISSUER = "https://quay.example"
    assert Client().post(START).status_code == 403


@pytest.mark.parametrize("moved", ["/.well-known/openid-configuration", "/token_endpoint", "/jwks_uri"])
def test_no_redirect_of_the_provider_is_followed(provider: Provider, cast: Cast, moved: str) -> None:
    browser = Client()
    if moved.startswith("/."):
        provider.moved = moved
        assert browser.post(START).status_code == 403
        return
    asked = parse_qs(urlsplit(browser.post(START)["Location"]).query)
    provider.token = signed(claims(provider, cast.nurse.user.email, asked["nonce"][0]))
    provider.moved = moved
    answer = browser.get(f"{CALLBACK}?{urlencode({'code': 'c', 'state': asked['state'][0]})}")
    assert answer.status_code == 403
    assert not is_in(browser)


def test_what_stands_in_the_address_does_not_bend_the_request(provider: Provider) -> None:
    bent = urlencode(
        {
            "auth_params": "redirect_uri=https://evil.example&state=known&nonce=known",
            "scope": "everything",
            "process": "connect",
        }
    )
    asked = parse_qs(urlsplit(Client().post(f"{START}?{bent}")["Location"]).query)
    assert asked["redirect_uri"] == ["http://testserver" + CALLBACK]
    assert asked["state"] != ["known"]
    assert asked["nonce"] != ["known"]
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    assert len(asked["nonce"][0]) >= 43
