"""Signing in and being refused leave lines in the log: who, how, right or wrong; never what was typed."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from structlog.testing import capture_logs

from tests.cast import PASSWORD, Cast
from tests.security.signing_in import AGAIN, LOGIN, a_new_half_minute, code, passes, set_up_app, sign_in


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    """The events that are written."""
    with capture_logs() as found:
        yield found


def told(lines: list[Any]) -> list[tuple[Any, ...]]:
    """Those about signing in: the event, who, and how."""
    return [
        (line["event"], line["person"], line.get("how", ""))
        for line in lines
        if line["event"].startswith("sign_in.")
    ]


def test_every_sign_in_right_or_wrong_is_a_line_with_how_it_was_done(cast: Cast, lines: list[Any]) -> None:
    person = cast.nurse.user.pk
    browser = sign_in(cast.nurse, "wrong-wrong-wrong")
    sign_in(cast.nurse, client=browser)
    assert told(lines) == [("sign_in.wrong", person, "password"), ("sign_in.right", person, "password")]


def test_one_whom_nobody_knows_is_a_line_without_a_name(lines: list[Any], db: None) -> None:
    Client().post(LOGIN, {"login": "nobody@elsewhere.example", "password": "wrong-wrong-wrong"})
    assert told(lines) == [("sign_in.wrong", 0, "password")]
    assert "elsewhere" not in str(lines)


def test_a_second_step_is_a_line_of_its_own(cast: Cast, lines: list[Any]) -> None:
    person = cast.nurse.user.pk
    seed = set_up_app(sign_in(cast.nurse))
    a_new_half_minute()
    browser = sign_in(cast.nurse)
    lines.clear()
    browser.post(reverse("mfa_authenticate"), {"code": "000000"})
    browser.post(reverse("mfa_authenticate"), {"code": code(seed)})
    assert told(lines) == [("sign_in.wrong", person, "code"), ("sign_in.right", person, "totp")]


def test_showing_oneself_again_is_a_line_too(cast: Cast, lines: list[Any]) -> None:
    person = cast.nurse.user.pk
    browser = sign_in(cast.nurse)
    passes("15 minutes")
    lines.clear()
    browser.post(AGAIN, {"password": "wrong-wrong-wrong"})
    browser.post(AGAIN, {"password": PASSWORD})
    assert told(lines) == [("sign_in.wrong", person, "password"), ("sign_in.right", person, "password")]


NO_PASSKEYS = [
    "{}",
    "[]",
    "1",
    "null",
    '"text"',
    '{"id": "none"}',
    '{"id": 1, "rawId": [], "response": null, "type": "public-key"}',
]
UNHOLDABLE = {"a long number": "9" * 100_000, "depth": "[" * 100_000}


@pytest.mark.parametrize("credential", NO_PASSKEYS)
def test_a_passkey_that_is_none_is_a_line(credential: str, lines: list[Any], db: None) -> None:
    answer = Client().post(reverse("mfa_login_webauthn"), {"credential": credential})
    assert answer.status_code == 302
    if credential in ("{}", "[]", "null"):  # nothing was shown
        return
    assert told(lines) == [("sign_in.wrong", 0, "webauthn")]


@pytest.mark.parametrize("credential", NO_PASSKEYS)
def test_what_is_no_passkey_is_not_added(credential: str, cast: Cast) -> None:
    answer = sign_in(cast.nurse).post(reverse("mfa_add_webauthn"), {"name": "Key", "credential": credential})
    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("credential", UNHOLDABLE.values(), ids=list(UNHOLDABLE))
def test_what_python_cannot_hold_is_no_passkey(credential: str, cast: Cast) -> None:
    assert Client().post(reverse("mfa_login_webauthn"), {"credential": credential}).status_code == 302
    answer = sign_in(cast.nurse).post(reverse("mfa_add_webauthn"), {"name": "Key", "credential": credential})
    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


def test_tries_beyond_the_limit_are_lines(cast: Cast, lines: list[Any]) -> None:
    for _ in range(12):
        Client().post(LOGIN, {"login": cast.nurse.user.email, "password": "wrong-wrong-wrong"})
    assert ("sign_in.too_many", cast.nurse.user.pk, "") in told(lines)


def test_a_refusal_is_a_line_that_says_who_and_which_page(cast: Cast, lines: list[Any]) -> None:
    browser = sign_in(cast.auditor)
    assert browser.get(reverse("patients:register")).status_code == 403
    (line,) = [line for line in lines if line["event"] == "door.refused"]
    assert line["person"] == cast.auditor.user.pk
    assert (line["route"], line["kind"]) == ("patients:register", "patient.register")
