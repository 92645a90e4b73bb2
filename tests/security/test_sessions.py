"""S4: how long a sign-in lasts, what ends it, and what is asked again before what counts. H23."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from itb.accounts.models import SignIn
from itb.accounts.permissions import Permission
from patients.models import Pump
from tests.cast import PASSWORD, Cast
from tests.house.urls import Address, addresses
from tests.security.signing_in import AGAIN, LOGIN, WORKLIST, is_in, open_sign_ins, passes, said, sign_in

ROOT = Path(__file__).parent.parent.parent


# -- 15 minutes idle


def test_fifteen_minutes_without_a_deed_lock_it_and_a_second_less_does_not(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    passes("14 minutes 55 seconds", "seen_at")
    assert is_in(browser)
    passes("15 minutes", "seen_at")
    assert not is_in(browser)


def test_a_deed_begins_the_fifteen_minutes_anew(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    for _ in range(4):
        passes("10 minutes")
        assert is_in(browser)


def test_the_page_says_why_and_asks_only_for_the_password(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    passes("15 minutes")
    page = said(browser, WORKLIST)
    assert "You were away for 15 minutes" in page
    assert cast.nurse.user.email in page
    assert 'name="login"' not in page
    assert 'name="password"' in page


def test_what_is_locked_shows_nothing(cast: Cast, pump: Pump) -> None:
    browser = sign_in(cast.nurse)
    passes("15 minutes")
    for name in ("accounts:sessions", "account_change_password", "mfa_index", "dashboard:clinic"):
        assert browser.get(reverse(name))["Location"].startswith(LOGIN)
    for page in (AGAIN, "/nowhere/"):
        found = browser.get(page).content.decode()
        assert cast.clinic.name not in found
        assert "monitored" not in found


def test_a_wrong_password_opens_nothing(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    passes("15 minutes")
    assert "not correct" not in said(browser, WORKLIST)
    browser.post(AGAIN, {"password": "wrong-wrong-wrong"})
    assert not is_in(browser)


def test_the_password_brings_one_back_to_the_page_with_what_was_typed(cast: Cast, pump: Pump) -> None:
    browser = sign_in(cast.nurse)
    page = reverse("refills:record", args=[pump.pk])
    opened_by = browser.get(page).context["form"]["opened_by"].value()
    passes("15 minutes")
    browser.post(page, {"opened_by": opened_by, "lot": "LOT-42"})
    back = browser.post(AGAIN, {"password": PASSWORD, "next": page}, follow=True)
    assert back.redirect_chain[-1][0] == page
    assert back.context["form"]["lot"].value() == "LOT-42"


def test_another_person_at_the_locked_screen_finds_nothing_of_it(cast: Cast, pump: Pump) -> None:
    browser = sign_in(cast.nurse)
    elsewhere = sign_in(cast.nurse)
    page = reverse("refills:record", args=[pump.pk])
    opened_by = browser.get(page).context["form"]["opened_by"].value()
    passes("15 minutes", "seen_at")
    browser.post(page, {"opened_by": opened_by, "lot": "LOT-42"})
    browser.post(reverse("accounts:leave"))
    sign_in(cast.prescriber, client=browser)
    assert not browser.get(page).context["form"]["lot"].value()
    elsewhere.post(AGAIN, {"password": PASSWORD})
    assert is_in(elsewhere), "the nurse's other sign-ins stay"


def test_no_page_asks_by_itself_and_so_keeps_a_sign_in_alive() -> None:
    for path in [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static" / "js").glob("*.js")]:
        text = path.read_text()
        assert not re.search(r'hx-trigger="[^"]*\b(every|load)\b|setInterval|http-equiv="refresh"', text), (
            path
        )


# -- 12 hours in all


def test_twelve_hours_after_signing_in_it_ends_whatever_the_activity(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    passes("11 hours 59 minutes", "began_at")
    assert is_in(browser)
    passes("1 minute", "began_at")
    assert "twelve hours ago" in said(browser, WORKLIST)
    assert not is_in(browser)


def test_showing_oneself_again_does_not_make_it_longer(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    passes("11 hours 59 minutes")
    browser.post(AGAIN, {"password": PASSWORD})
    assert is_in(browser)
    passes("1 minute", "began_at")
    assert not is_in(browser)


def test_what_was_typed_survives_the_twelve_hours_too(cast: Cast, pump: Pump) -> None:
    browser = sign_in(cast.nurse)
    page = reverse("refills:record", args=[pump.pk])
    opened_by = browser.get(page).context["form"]["opened_by"].value()
    passes("12 hours", "began_at")
    browser.post(page, {"opened_by": opened_by, "lot": "LOT-42"})
    sign_in(cast.nurse, client=browser)
    assert browser.get(page).context["form"]["lot"].value() == "LOT-42"


# -- the session's name changes


def test_the_session_gets_a_new_name_at_signing_in_and_at_showing_oneself_again(cast: Cast) -> None:
    browser = Client()
    browser.get(LOGIN)
    browser.post(reverse("refills:policy"), {})  # a stranger's session, as one could be foisted on somebody
    session = browser.session
    session["foisted"] = "yes"
    session.save()
    names = [session.session_key]
    sign_in(cast.nurse, client=browser)
    names.append(browser.session.session_key)
    browser.post(AGAIN, {"password": PASSWORD})
    names.append(browser.session.session_key)
    assert len(set(names)) == 3


# -- what ends all of them, by the next request


def two(cast: Cast) -> tuple[Client, Client]:
    here, there = sign_in(cast.nurse), sign_in(cast.nurse)
    assert is_in(here)
    assert is_in(there)
    return here, there


def test_signing_out_ends_all(cast: Cast) -> None:
    here, there = two(cast)
    here.post(reverse("account_logout"))
    assert not is_in(here)
    assert not is_in(there)
    assert "You signed out." in said(sign_out_and_look(cast), WORKLIST)


def sign_out_and_look(cast: Cast) -> Client:
    here, there = two(cast)
    here.post(reverse("account_logout"))
    return there


def test_a_new_password_ends_all(cast: Cast) -> None:
    here, there = two(cast)
    new = {"oldpassword": PASSWORD, "password1": "another-long-one-1", "password2": "another-long-one-1"}
    here.post(reverse("account_change_password"), new)
    assert not is_in(there)
    assert not is_in(here)
    assert is_in(sign_in(cast.nurse, "another-long-one-1"))


def test_a_closed_account_ends_all(cast: Cast) -> None:
    here, there = two(cast)
    cast.nurse.user.is_active = False
    cast.nurse.user.save()
    assert not is_in(here)
    assert not is_in(there)
    assert not is_in(sign_in(cast.nurse))


def test_a_changed_password_ends_all_even_where_nobody_ended_them(cast: Cast) -> None:
    here, there = two(cast)
    cast.nurse.user.set_password("set-past-every-service")
    cast.nurse.user.save()
    assert not is_in(here)
    assert not is_in(there)


# -- the list


def test_the_list_shows_ones_own_sign_ins_and_no_others(cast: Cast) -> None:
    here, _ = two(cast)
    sign_in(cast.prescriber)
    assert len(here.get(reverse("accounts:sessions")).context["sign_ins"]) == 2


def test_one_is_ended_from_another_and_says_so(cast: Cast) -> None:
    here, there = two(cast)
    theirs = open_sign_ins(cast.nurse).latest("pk")
    here.post(reverse("accounts:end"), {"sign_in": theirs.pk})
    assert "from another browser" in said(there, WORKLIST)
    assert is_in(here)


def test_all_others_are_ended_at_once(cast: Cast) -> None:
    here, there = two(cast)
    third = sign_in(cast.nurse)
    here.post(reverse("accounts:end"), {"sign_in": "others"})
    assert (is_in(here), is_in(there), is_in(third)) == (True, False, False)


@pytest.mark.parametrize("chosen", ["0", "x", "", "9" * 30])
def test_what_is_not_ones_own_cannot_be_ended(cast: Cast, chosen: str) -> None:
    here, _ = two(cast)
    sign_in(cast.prescriber)
    theirs = open_sign_ins(cast.prescriber).get()
    for number in (chosen, theirs.pk):
        assert here.post(reverse("accounts:end"), {"sign_in": number}).status_code == 404
    assert SignIn.objects.filter(ended_at=None).count() == 3


# -- what counts is asked for again


@pytest.mark.urls("tests.security.urls")
def test_within_five_minutes_of_a_proof_nothing_is_asked(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    passes("4 minutes 55 seconds", "proved_at")
    assert browser.post("/sign/", {"note": "mine"}).content == b"signed mine"


@pytest.mark.urls("tests.security.urls")
def test_after_five_minutes_nothing_is_done_before_one_shows_oneself_and_the_draft_waits(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    passes("5 minutes", "proved_at")
    asked = browser.post("/sign/", {"note": "mine"})
    assert asked["Location"].startswith(AGAIN)
    back = browser.post(AGAIN, {"password": PASSWORD, "next": "/sign/"}, follow=True)
    assert b"signed" not in back.content, "what was posted is shown again, not done"
    assert b'value="mine"' in back.content
    assert browser.post("/sign/", {"note": "mine"}).content == b"signed mine"


@pytest.mark.urls("tests.security.urls")
def test_a_fragment_asked_for_by_htmx_gets_no_page_to_swap_in(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    passes("5 minutes", "proved_at")
    assert browser.post("/sign/", {"note": "mine"}, headers={"HX-Request": "true"}).status_code == 401


COUNTS = {Permission.EXPORT, Permission.CONFIRM}


@pytest.mark.parametrize(
    "address",
    [address for address in addresses() if getattr(address.view, "permission", None) in COUNTS],
    ids=lambda address: address.name,
)
def test_no_view_exports_or_makes_an_administrator_without_a_proof(address: Address) -> None:
    assert address.view.step_up


@pytest.mark.parametrize("name", ["accounts:unlock", "accounts:revoke"])
def test_what_is_done_about_a_colleagues_account_is_asked_for_again(cast: Cast, name: str) -> None:
    browser = sign_in(cast.administrator)
    page = reverse(name, args=[cast.nurse.pk])
    passes("5 minutes", "proved_at")
    for ask in (browser.get, browser.post):
        assert ask(page)["Location"].startswith(AGAIN)


@pytest.mark.urls("tests.security.urls")
def test_who_has_nothing_to_show_signs_in_afresh_and_the_draft_waits(cast: Cast) -> None:
    """Someone who comes by a hospital's account alone: no password, no factor."""
    cast.nurse.user.set_unusable_password()
    cast.nurse.user.save()
    browser = Client()
    browser.force_login(cast.nurse.user)
    passes("5 minutes", "proved_at")
    door = browser.post("/sign/", {"note": "mine"}, follow=True)
    assert door.redirect_chain[-1][0].startswith(LOGIN)
    browser.force_login(cast.nurse.user)
    assert b'value="mine"' in browser.get("/sign/").content
