"""A page that failed loses nothing that was typed: it is on the page, or waits in the form."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from itb.accounts import drafts
from tests.cast import Cast
from tests.security.canaries import WORDS


@pytest.fixture
def browser(cast: Cast, settings: Any) -> Client:
    """A nurse's, on a product in which some pages break."""
    settings.ROOT_URLCONF = "tests.security.broken"
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.nurse.user)
    return browser


def fields(page: str) -> list[tuple[str, str]]:
    """What the page sends again when its button is pressed."""
    return re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)">', page, re.DOTALL)


@pytest.mark.parametrize(("how", "status"), [("away", 503), ("failed", 500)])
def test_what_was_typed_is_on_the_page_and_is_sent_again(how: str, status: int, browser: Client) -> None:
    typed = {
        "opened_by": "signed",
        "csrfmiddlewaretoken": "t",
        "lot": WORDS,
        "note": "two\nlines",
        "step": ["1", "2"],
    }
    response = browser.post(f"/broken/{how}/", typed)
    assert response.status_code == status
    page = response.content.decode()
    assert "Send it again" in page
    wanted = [("opened_by", "signed"), ("csrfmiddlewaretoken", "t"), ("lot", WORDS), ("note", "two\nlines")]
    assert fields(page) == [*wanted, ("step", "1"), ("step", "2")]


@pytest.mark.parametrize("how", ["away", "failed"])
def test_it_is_text_on_that_page_and_never_markup(how: str, browser: Client) -> None:
    page = browser.post(
        f"/broken/{how}/", {"opened_by": "x", "lot": '"><script>alert(1)</script>'}
    ).content.decode()
    assert "<script>" not in page


@pytest.mark.parametrize("how", ["away", "failed"])
def test_what_is_not_one_of_our_forms_comes_back_with_nothing(how: str, browser: Client) -> None:
    for response in (
        browser.get(f"/broken/{how}/?opened_by=x"),
        browser.post(f"/broken/{how}/", {"password": WORDS}),
    ):
        page = response.content.decode()
        assert "Send it again" not in page
        assert WORDS not in page


def test_a_form_whose_token_is_old_waits_to_be_opened_again(cast: Cast) -> None:
    browser, page = Client(enforce_csrf_checks=True), reverse("patients:register")
    browser.force_login(cast.nurse.user)
    opened_by = browser.get(page).context["form"]["opened_by"].value()
    response = browser.post(page, {"opened_by": opened_by, "family_name": WORDS})
    assert response.status_code == 403
    assert "What you typed waits in the form" in response.content.decode()
    assert browser.get(page).context["form"]["family_name"].value() == WORDS


@pytest.mark.parametrize("note", ["made up", "another's"])
def test_a_strangers_form_leaves_nothing_behind(cast: Cast, note: str) -> None:
    browser, page = Client(enforce_csrf_checks=True), reverse("patients:register")
    if note == "another's":
        browser.force_login(cast.prescriber.user)
        note = browser.get(page).context["form"]["opened_by"].value()
    browser.force_login(cast.nurse.user)
    response = browser.post(page, {"opened_by": note, "family_name": WORDS})
    assert "What you typed waits" not in response.content.decode()
    assert browser.get(page).context["form"]["family_name"].value() != WORDS


def test_a_form_from_elsewhere_without_a_session_makes_none(cast: Cast) -> None:
    mine = Client()
    mine.force_login(cast.nurse.user)
    note = mine.get(reverse("patients:register")).context["form"]["opened_by"].value()
    elsewhere = Client(enforce_csrf_checks=True)
    response = elsewhere.post(reverse("patients:register"), {drafts.FIELD: note, "family_name": WORDS})
    assert response.status_code == 403
    assert "sessionid" not in "".join(response.cookies)
