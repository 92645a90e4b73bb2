"""What tests of signing in do again and again: sign in through the front door, let time pass, read a code."""

import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import connection
from django.test import Client, TestCase
from django.urls import reverse

from itb.accounts.models import Membership, SignIn
from tests.cast import PASSWORD

LOGIN, AGAIN, WORKLIST = (
    reverse("account_login"),
    reverse("account_reauthenticate"),
    reverse("dashboard:worklist"),
)


def sign_in(member: Membership, password: str = PASSWORD, client: Client | None = None) -> Client:
    """A browser in which this person has tried to sign in."""
    client = client or Client()
    client.get(LOGIN)
    client.post(LOGIN, {"login": member.user.email, "password": password})
    return client


def is_in(client: Client) -> bool:
    """Whether the worklist opens."""
    return client.get(WORKLIST).status_code == 200


def passes(interval: str, *columns: str) -> None:
    """Time passes: what was written down lies so much further back."""
    for column in columns or ("began_at", "seen_at", "proved_at"):
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE accounts_signin SET {column} = {column} - %s::interval", [interval])


def said(client: Client, page: str) -> str:
    """The page that one ends on."""
    return client.get(page, follow=True).content.decode()


def code(secret: str, *, steps: int = 0) -> str:
    """What an app shows now, or so many half minutes from now."""
    left = 30 - time.time() % 30
    if left < 3:  # too little to type it in
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def set_up_app(client: Client) -> str:
    """Set up an app with a code; the seed that it keeps."""
    page = reverse("mfa_activate_totp")
    secret = client.get(page).context["form"].secret
    with TestCase.captureOnCommitCallbacks(execute=True):  # allauth tells of it when it is kept
        response = client.post(page, {"code": code(secret)})
    assert response.status_code == 302, response.content.decode()
    return str(secret)


def a_new_half_minute() -> None:
    """The code that was used before is over: what the server remembers of it and the moment it stood for."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_cacheentry")


def open_sign_ins(member: Membership) -> Any:
    """The person's sign-ins that have not been ended."""
    return SignIn.objects.filter(user=member.user, ended_at=None)
