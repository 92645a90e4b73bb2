"""The open pages of signing in: what works, what is not there, and what tells nothing."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.cast import PASSWORD, Cast


@pytest.mark.parametrize(
    "address", ["signup/", "email/", "confirm-email/", "password/set/", "login/code/confirm/"]
)
def test_what_nobody_needs_is_not_there(client: Client, cast: Cast, address: str) -> None:
    client.force_login(cast.nurse.user)
    for method in (client.get, client.post):
        assert method(f"/accounts/{address}").status_code == 404


def test_a_password_is_changed_by_who_knows_it(client: Client, cast: Cast) -> None:
    client.post(reverse("account_login"), {"login": cast.nurse.user.email, "password": PASSWORD})
    new = "another-long-password-1"
    page = reverse("account_change_password")
    assert client.get(page).status_code == 200
    client.post(page, {"oldpassword": "wrong-wrong-1", "password1": new, "password2": new})
    cast.nurse.user.refresh_from_db()
    assert not cast.nurse.user.check_password(new)
    response = client.post(page, {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert response.status_code == 302
    cast.nurse.user.refresh_from_db()
    assert cast.nurse.user.check_password(new)


def test_a_forgotten_password_is_reset_by_a_link(client: Client, cast: Cast) -> None:
    page = reverse("account_reset_password")
    client.post(page, {"email": cast.nurse.user.email})
    (letter,) = mail.outbox
    (link,) = [word for word in letter.body.split() if "/password/reset/key/" in word]
    form = client.get(link, follow=True)
    new = "another-long-password-1"
    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    cast.nurse.user.refresh_from_db()
    assert cast.nurse.user.check_password(new)


def test_an_unknown_address_gets_the_same_page_and_no_letter(client: Client, cast: Cast) -> None:
    page = reverse("account_reset_password")
    known = client.post(page, {"email": cast.nurse.user.email}, follow=True)
    unknown = client.post(page, {"email": "nobody@nowhere.example"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_away_is_not_a_failed_page(client: Client, cast: Cast, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    response = client.post(reverse("account_reset_password"), {"email": cast.nurse.user.email})
    assert response.status_code == 302
