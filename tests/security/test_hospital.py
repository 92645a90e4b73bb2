"""Signing in with a hospital's own account, against a provider that is a process of its own, over real HTTP."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from itb.accounts.models import User
from tests.cast import Cast
from tests.security.signing_in import is_in, sign_in

ROOT = Path(__file__).parent.parent.parent
START = reverse("openid_connect_login", args=["hospital"])
CALLBACK = "http://testserver" + reverse("openid_connect_callback", args=["hospital"])
PEOPLE = ["neve:neve@quay.example:Sure", "unsure:unsure@quay.example:Unsure", "again:neve@quay.example:Sure"]


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The provider, started; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.security.provider", str(port), CALLBACK, *PEOPLE]
    environment = {**os.environ, "PROVIDER_FOLDER": str(tmp_path_factory.mktemp("provider"))}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield f"http://127.0.0.1:{port}/o"
        process.terminate()


@pytest.fixture
def hospital(issuer: str, settings: Any, cast: Cast) -> Callable[..., Client]:
    """A way to sign in with one of its accounts; the browser in which it was tried."""
    app = {
        "provider_id": "hospital",
        "name": "Quay Hospital",
        "client_id": "itb",
        "secret": "known to both",
        "settings": {"server_url": issuer, "oauth_pkce_enabled": True},
    }
    settings.OIDC_ISSUER, settings.OIDC_NAME = issuer, "Quay Hospital"
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    return come


def come(name: str, client: Client | None = None, **query: str) -> Client:
    """From our sign-in page to theirs, and back with what they gave us."""
    client = client or Client()
    client.get(back_from(client.post(START, query)["Location"], name))
    return client


def back_from(authorize: str, name: str) -> str:
    """Sign in over there; the address on ours to which the browser is sent back."""
    browser = requests.Session()
    asked = browser.get(authorize, timeout=5)
    answer = browser.post(
        asked.url, data={"username": name, "password": name}, allow_redirects=False, timeout=5
    )
    while not answer.headers["Location"].startswith("http://testserver"):
        onward = requests.compat.urljoin(answer.url, answer.headers["Location"])
        answer = browser.get(onward, allow_redirects=False, timeout=5)
    return str(answer.headers["Location"])


def known(email: str, cast: Cast) -> User:
    cast.nurse.user.email = email
    cast.nurse.user.save()
    return cast.nurse.user


def test_a_person_who_is_here_comes_in_by_a_verified_address(
    hospital: Callable[..., Client], cast: Cast
) -> None:
    user = known("neve@quay.example", cast)
    browser = hospital("neve")
    assert is_in(browser)
    account = SocialAccount.objects.get()
    assert (account.user, account.extra_data) == (user, {}), "nothing of what they say of her is kept"


def test_the_second_time_the_lasting_id_is_enough(hospital: Callable[..., Client], cast: Cast) -> None:
    known("neve@quay.example", cast)
    hospital("neve")
    known("neve-has-married@quay.example", cast)
    assert is_in(hospital("neve"))


def test_who_is_not_here_is_not_let_in_and_not_entered(hospital: Callable[..., Client], cast: Cast) -> None:
    before = User.objects.count()
    assert not is_in(hospital("neve"))
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)


def test_an_address_that_the_hospital_is_not_sure_of_opens_nothing(
    hospital: Callable[..., Client], cast: Cast
) -> None:
    known("unsure@quay.example", cast)
    assert not is_in(hospital("unsure"))


def test_an_address_that_was_given_to_someone_else_opens_nothing(
    hospital: Callable[..., Client], cast: Cast
) -> None:
    known("neve@quay.example", cast)
    assert is_in(hospital("neve"))
    assert not is_in(hospital("again"))


def test_a_closed_account_stays_closed(hospital: Callable[..., Client], cast: Cast) -> None:
    user = known("neve@quay.example", cast)
    hospital("neve")
    user.is_active = False
    user.save()
    assert not is_in(hospital("neve"))


def test_no_account_is_linked_by_who_is_signed_in(hospital: Callable[..., Client], cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    hospital("neve", browser, process="connect")
    assert not SocialAccount.objects.exists()


def test_the_code_is_bound_to_the_browser_that_asked(hospital: Callable[..., Client], cast: Cast) -> None:
    known("neve@quay.example", cast)
    browser, thief = Client(), Client()
    location = browser.post(START)["Location"]
    asked = parse_qs(urlsplit(location).query)
    assert asked["code_challenge_method"] == ["S256"]
    back = back_from(location, "neve")
    thief.get(back)
    assert not is_in(thief)
    browser.get(back.replace("state=", "state=x"))
    assert not is_in(browser)


def test_a_provider_that_is_away_is_a_page_in_words(hospital: Callable[..., Client], settings: Any) -> None:
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = "http://127.0.0.1:9/o"
    response = Client().post(START)
    assert response.status_code == 403
    assert b"was not let in" in response.content


def test_the_sign_in_page_offers_it_only_where_there_is_one(
    hospital: Callable[..., Client], settings: Any
) -> None:
    page = reverse("account_login")
    assert b"Use Quay Hospital" in Client().get(page).content
    settings.OIDC_ISSUER = ""
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert b"Quay Hospital" not in Client().get(page).content
    assert Client().post(START).status_code == 404
