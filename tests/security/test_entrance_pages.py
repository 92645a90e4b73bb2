"""What the pages of signing in let a browser, a password manager and a proxy do."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client
from django.urls import reverse

from itb.accounts.models import Attempt, SignIn
from itb.accounts.services import reset_link
from tests.cast import PASSWORD, Cast
from tests.security.signing_in import AGAIN, LOGIN, is_in, passes, set_up_app, sign_in

ANEW = "blue kettle in a far tree"
PAGES = {
    LOGIN: ["current-password"],
    reverse("account_change_password"): ["current-password", "new-password"],
}


@pytest.mark.parametrize(("page", "purposes"), PAGES.items())
def test_a_password_is_masked_and_a_manager_may_fill_it_in(
    page: str, purposes: list[str], cast: Cast
) -> None:
    browser = Client() if page == LOGIN else sign_in(cast.nurse)
    fields = re.findall(r"<input[^>]*password[^>]*>", browser.get(page).content.decode())
    fields = [field for field in fields if 'type="hidden"' not in field]
    assert fields
    for field in fields:
        assert 'type="password"' in field
        assert "onpaste" not in field
    assert [re.search(r'autocomplete="([^"]+)"', field)[1] for field in fields][: len(purposes)] == purposes  # type: ignore[index]


def test_a_new_password_by_letter_passes_no_second_factor_by(cast: Cast) -> None:
    set_up_app(sign_in(cast.nurse))
    cast.nurse.user.refresh_from_db()
    browser = Client()
    form = browser.get(reset_link(user=cast.nurse.user), follow=True)
    done = browser.post(form.redirect_chain[-1][0], {"password1": ANEW, "password2": ANEW})
    assert done.status_code == 302, done.content.decode()
    assert not is_in(browser)
    cast.nurse.user.refresh_from_db()
    assert cast.nurse.user.check_password(ANEW)
    assert not is_in(sign_in(cast.nurse, ANEW)), "the code is still asked for"


def test_seeds_and_codes_are_long_and_never_twice_the_same(cast: Cast) -> None:
    seeds = {set_up_app(sign_in(member)) for member in (cast.nurse, cast.prescriber)}
    assert len(seeds) == 2
    assert all(re.fullmatch(r"[A-Z2-7]{32}", seed) for seed in seeds)  # 160 bits
    codes = RecoveryCodes.activate(cast.nurse.user).generate_codes()
    assert len(set(codes)) == len(codes) >= 8
    assert all(re.fullmatch(r"[0-9]{10}", each) for each in codes)  # 33 bits


def test_signing_out_stands_on_every_page(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    for name in (
        "dashboard:worklist",
        "dashboard:clinic",
        "accounts:sessions",
        "account_change_password",
        "mfa_index",
    ):
        assert reverse("account_logout") in browser.get(reverse(name)).content.decode(), name


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"])
def test_factors_change_only_after_a_fresh_proof(name: str, cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    passes("6 minutes", "proved_at")
    for answer in (browser.get(reverse(name)), browser.post(reverse(name), {"code": "000000"})):
        assert "/reauthenticate/" in answer.headers.get("Location", ""), answer.content.decode()[:400]
    assert not Authenticator.objects.exists()


def test_a_sign_in_elsewhere_is_ended_only_after_a_fresh_proof(cast: Cast) -> None:
    browser, elsewhere = sign_in(cast.nurse), sign_in(cast.nurse)
    SignIn.objects.update(proved_at=cast.at - timedelta(minutes=6))
    answer = browser.post(reverse("accounts:end"), {"sign_in": "others"})
    assert answer["Location"].startswith(AGAIN)
    assert is_in(elsewhere)


def test_a_password_is_changed_only_with_the_old_one(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    page = reverse("account_change_password")
    browser.post(page, {"oldpassword": "wrong-wrong-wrong", "password1": ANEW, "password2": ANEW})
    cast.nurse.user.refresh_from_db()
    assert cast.nurse.user.check_password(PASSWORD)


def test_behind_the_proxy_the_callers_own_word_about_their_address_counts_for_nothing(
    cast: Cast, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for forged in ("203.0.113.1", "203.0.113.2"):
        said_and_seen = f"{forged}, 198.51.100.7"  # the caller's word, then what the proxy saw
        form = {"login": cast.nurse.user.email, "password": "wrong-wrong-wrong"}
        Client().post(LOGIN, form, headers={"X-Forwarded-For": said_and_seen})
    assert Attempt.objects.count() == 2
    assert Attempt.objects.values("network").distinct().count() == 1
