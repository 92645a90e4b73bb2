"""The open pages of signing in: what works, what is not there, and what tells nothing."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from itb.accounts import services
from itb.accounts.models import Notice
from itb.outbox import delivery
from itb.outbox.models import Letter
from itb.outbox.notices import owe_notices
from tests.cast import PASSWORD, Cast
from tests.outbox.sink import Sink, listening


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


def test_who_comes_with_a_hospitals_account_is_told_where_its_password_is_changed(
    client: Client, cast: Cast
) -> None:
    cast.nurse.user.set_unusable_password()
    cast.nurse.user.save()
    client.force_login(cast.nurse.user)
    page = reverse("account_change_password")
    for method in (client.get, client.post):
        assert "hospital" in method(page, follow=True).content.decode()
    assert page not in client.get("/").content.decode()


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with listening() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


def link_in(sink: Sink) -> str:
    """The link of the one letter that arrived, as a path."""
    ((_, message),) = sink.accepted
    text = next(part for part in message.walk() if part.get_content_type() == "text/plain").get_payload(
        decode=True
    )
    (link,) = re.findall(r"(/accounts/password/reset/key/\S+)", text.decode())
    return link


def test_a_forgotten_password_is_reset_by_a_link(client: Client, cast: Cast, sink: Sink) -> None:
    client.post(reverse("account_reset_password"), {"email": cast.nurse.user.email})
    assert delivery.drain() == 1
    link = link_in(sink)
    form = client.get(link, follow=True)
    new = "another-long-password-1"
    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    cast.nurse.user.refresh_from_db()
    assert cast.nurse.user.check_password(new)
    assert b"no longer works" in client.get(link, follow=True).content, "it works once"


def test_an_unknown_address_gets_the_same_page_and_no_letter(client: Client, cast: Cast) -> None:
    page = reverse("account_reset_password")
    known = client.post(page, {"email": cast.nurse.user.email}, follow=True)
    unknown = client.post(page, {"email": "nobody@nowhere.example"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert [notice.user for notice in Notice.objects.all()] == [cast.nurse.user]


def test_the_way_to_a_new_password_lies_nowhere_but_in_the_letter(client: Client, cast: Cast) -> None:
    client.post(reverse("account_reset_password"), {"email": cast.nurse.user.email})
    owe_notices(at=cast.at)
    letter = Letter.objects.values().get()
    key = services.reset_link(user=cast.nurse.user).rpartition("-")[2]
    assert key not in str(letter)
