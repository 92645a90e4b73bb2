"""S4: second factors, limits on tries, and what an answer must not tell."""

import os
import re
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any, ClassVar

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from itb.accounts import services
from itb.accounts.models import Attempt, Clinic, Notice
from itb.accounts.permissions import Role
from itb.audit.models import AuditEvent
from itb.outbox.models import Letter
from itb.outbox.notices import owe_notices
from itb.pool import forget
from itb.walls import inside
from tests.cast import PASSWORD, Cast, join
from tests.security.signing_in import (
    LOGIN,
    WORKLIST,
    a_new_half_minute,
    code,
    is_in,
    open_sign_ins,
    said,
    set_up_app,
    sign_in,
)

CODE, RECOVERY = reverse("mfa_authenticate"), reverse("mfa_view_recovery_codes")
MEASURED = bool(os.environ.get("ITB_TIMING"))


# -- a code, a recovery code, and how they are kept


def test_a_password_alone_is_half_the_way_and_a_code_the_rest(cast: Cast) -> None:
    secret = set_up_app(sign_in(cast.nurse))
    a_new_half_minute()
    browser = sign_in(cast.nurse)
    assert not is_in(browser)
    browser.post(CODE, {"code": "000000"})
    assert not is_in(browser)
    browser.post(CODE, {"code": code(secret)})
    assert is_in(browser)


def test_a_code_works_once(cast: Cast) -> None:
    secret = set_up_app(sign_in(cast.nurse))
    a_new_half_minute()
    first, second = sign_in(cast.nurse), sign_in(cast.nurse)
    now = code(secret)
    for browser in (first, second):
        browser.post(CODE, {"code": now})
    assert (is_in(first), is_in(second)) == (True, False)


def test_the_code_that_set_the_app_up_signs_nobody_in(cast: Cast) -> None:
    secret = set_up_app(sign_in(cast.nurse))
    browser = sign_in(cast.nurse)
    browser.post(CODE, {"code": code(secret)})
    assert not is_in(browser)


@pytest.mark.parametrize("steps", [-1, 1])
def test_a_code_of_another_half_minute_does_not_work(cast: Cast, steps: int) -> None:
    secret = set_up_app(sign_in(cast.nurse))
    a_new_half_minute()
    browser = sign_in(cast.nurse)
    browser.post(CODE, {"code": code(secret, steps=2 * steps)})
    assert not is_in(browser)


def test_recovery_codes_are_shown_once_and_each_works_once(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    set_up_app(browser)
    codes = browser.get(RECOVERY).context["unused_codes"]
    assert len(set(codes)) == 10
    page = browser.get(RECOVERY).content.decode()
    assert not [each for each in codes if each in page]
    found = []
    for _ in range(2):
        other = sign_in(cast.nurse)
        other.post(CODE, {"code": codes[0]})
        found.append(is_in(other))
    assert found == [True, False]


def test_seeds_lie_sealed_and_a_new_key_still_opens_them(cast: Cast, settings: Any) -> None:
    secret = set_up_app(sign_in(cast.nurse))
    kept = {row.type: row.data for row in Authenticator.objects.all()}
    assert secret not in str(kept)
    settings.FACTOR_KEYS = ["a-key-of-its-own"]
    assert get_adapter().decrypt(kept["totp"]["secret"]) == secret
    sealed = get_adapter().encrypt(secret)
    settings.SECRET_KEY = "another"
    assert get_adapter().decrypt(sealed) == secret


def test_with_a_factor_one_is_only_shown_back_with_what_one_has(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    set_up_app(browser)
    page = browser.get(reverse("account_reauthenticate")).content.decode()
    assert "Use a code" in page


# -- a clinic that demands it


def demanding(cast: Cast) -> None:
    Clinic.objects.update(demands_second_factor=True)


def test_a_new_clinic_demands_a_second_factor(cast: Cast) -> None:
    made = services.set_up_clinic(name="New", zone="Europe/London", phone="1", at=cast.at)
    assert made.demands_second_factor


def test_who_has_none_is_led_to_set_one_up_and_reaches_nothing_else(cast: Cast) -> None:
    demanding(cast)
    browser = sign_in(cast.nurse)
    for page in (WORKLIST, reverse("patients:register"), reverse("dashboard:letters")):
        for ask in (browser.get, browser.post):
            assert ask(page)["Location"].startswith(reverse("mfa_index"))
    page = said(browser, WORKLIST)
    assert "demands a second factor" in page
    assert "monitored" not in page
    set_up_app(browser)
    assert is_in(browser)


def test_recovery_codes_alone_are_no_second_factor(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    set_up_app(browser)
    Authenticator.objects.filter(type="totp").delete()
    demanding(cast)
    assert not is_in(browser)


def test_the_administrator_says_so_and_the_trail_keeps_it(cast: Cast) -> None:
    browser = sign_in(cast.administrator)
    page = reverse("accounts:demand")
    assert b"Demand it of everyone" in browser.get(page).content
    browser.post(page, {"demands": "yes"})
    cast.clinic.refresh_from_db()
    assert cast.clinic.demands_second_factor
    event = AuditEvent.objects.get(verb="clinic.second_factor_demanded")
    assert (event.by_id, event.clinic_id) == (cast.administrator.user_id, cast.clinic.pk)
    assert sign_in(cast.prescriber).post(page, {"demands": "no"}).status_code in (302, 403)
    cast.clinic.refresh_from_db()
    assert cast.clinic.demands_second_factor


def test_a_lost_factor_is_taken_away_by_an_administrator_and_its_person_hears_of_it(cast: Cast) -> None:
    theirs = sign_in(cast.nurse)
    set_up_app(theirs)
    boss = sign_in(cast.administrator)
    assert b"yes" in boss.get(reverse("accounts:locks")).content
    boss.post(reverse("accounts:revoke", args=[cast.nurse.pk]))
    assert not Authenticator.objects.filter(user=cast.nurse.user).exists()
    assert not is_in(theirs)
    assert is_in(sign_in(cast.nurse))
    assert Notice.objects.filter(user=cast.nurse.user, kind=Notice.Kind.FACTOR_REMOVED).exists()
    assert AuditEvent.objects.get(verb="person.factors_revoked").by_id == cast.administrator.user_id


def test_the_factor_of_one_who_works_elsewhere_too_is_not_one_clinics_to_take(cast: Cast) -> None:
    theirs = sign_in(cast.nurse)
    set_up_app(theirs)
    with inside(cast.stranger.clinic_id):
        cast.nurse_works_there_too()
    boss = sign_in(cast.administrator)
    answer = boss.post(reverse("accounts:revoke", args=[cast.nurse.pk]), follow=True)
    assert "belongs to another clinic too" in answer.content.decode()
    assert Authenticator.objects.filter(user=cast.nurse.user).exists()
    assert is_in(theirs)
    assert not AuditEvent.objects.filter(verb="person.factors_revoked").exists()


def test_whoever_runs_the_server_takes_it_and_every_clinic_of_theirs_reads_so(cast: Cast) -> None:
    theirs = sign_in(cast.nurse)
    set_up_app(theirs)
    there = cast.nurse_works_there_too()
    forget(connection.connection)  # a command begins with no clinic open
    call_command("revoke_factors", cast.nurse.user.email.upper(), stdout=StringIO())
    assert not Authenticator.objects.filter(user=cast.nurse.user).exists()
    assert not is_in(theirs)
    for clinic_id in (cast.clinic.pk, there.clinic_id):
        with inside(clinic_id):
            acts = AuditEvent.objects.filter(verb="credential.factor_removed", clinic_id=clinic_id)
            assert acts.get().by_id is None
    with pytest.raises(CommandError, match="no active account"):
        call_command("revoke_factors", "nobody@quay.example")


def test_ones_own_factor_is_taken_away_by_oneself(cast: Cast) -> None:
    browser, other = sign_in(cast.nurse), sign_in(cast.nurse)
    set_up_app(browser)
    assert not is_in(other), "what was open elsewhere ends when a factor is added"
    browser.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=cast.nurse.user).exists()
    assert is_in(browser)


# -- letters


def test_a_change_is_told_by_a_letter_of_fixed_words(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    set_up_app(browser)
    browser.post(reverse("mfa_deactivate_totp"))
    new = {"oldpassword": PASSWORD, "password1": "another-long-one-1", "password2": "another-long-one-1"}
    browser.post(reverse("account_change_password"), new)
    owe_notices(at=cast.at)
    owe_notices(at=cast.at)
    letters = Letter.objects.filter(recipient=cast.nurse).order_by("id")
    kinds = ["factor_added", "factor_removed", "password"]
    assert [letter.template for letter in letters] == [f"accounts/{kind}" for kind in kinds]
    verbs = AuditEvent.objects.filter(subject="accounts.user").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == [f"credential.{kind}" for kind in kinds]


def test_a_browser_that_is_new_to_the_person_is_told_of_and_a_known_one_is_not(cast: Cast) -> None:
    known = sign_in(cast.nurse)
    assert not Notice.objects.exists(), "the first one ever is no news"
    known.post(reverse("account_logout"))
    sign_in(cast.nurse, client=known)
    assert not Notice.objects.exists()
    sign_in(cast.nurse)
    assert Notice.objects.get().kind == Notice.Kind.NEW_BROWSER


def test_a_browser_that_shows_no_cookie_of_its_own_is_told_of_too(cast: Cast) -> None:
    sign_in(cast.nurse)
    quiet = Client()
    quiet.post(LOGIN, {"login": cast.nurse.user.email, "password": PASSWORD})
    assert is_in(quiet)
    assert Notice.objects.get().kind == Notice.Kind.NEW_BROWSER


def test_nobody_can_choose_anothers_password(cast: Cast) -> None:
    page = said(sign_in(cast.administrator), reverse("accounts:locks"))
    assert 'type="password"' not in page


# -- limits


def wrong(
    cast: Cast, times: int, *, email: str = "", client: Client | None = None, network: str = "10.0.0.1"
) -> str:
    """So many wrong passwords; the last page."""
    client = client or Client()
    page = ""
    for number in range(times):
        typed = {"login": email or cast.nurse.user.email, "password": f"wrong-{number}"}
        page = client.post(LOGIN, typed, REMOTE_ADDR=network).content.decode()
    return page


def wrong_and_gone(email: str) -> None:
    """One wrong password, in a thread with a connection of its own."""
    Client().post(LOGIN, {"login": email, "password": "wrong"})
    connection.close()


def test_tries_at_the_same_moment_do_not_slip_past_one_another(transactional_db: None, cast: Cast) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(wrong_and_gone, [cast.nurse.user.email] * 24))
    assert Attempt.objects.count() == 7


def the_window_passes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_attempt SET at = at - interval '15 minutes'")


def test_ten_wrong_in_a_quarter_of_an_hour_are_the_most_whatever_the_networks(cast: Cast) -> None:
    known = sign_in(cast.nurse)
    known.post(reverse("account_logout"))
    for number in range(4):
        wrong(cast, 4, network=f"10.0.{number}.1")
        wrong(cast, 4, client=known, network=f"10.1.{number}.1")
    assert Attempt.objects.count() == 10
    assert "too many wrong tries" in wrong(cast, 1, client=known, network="10.9.9.9")
    assert not is_in(sign_in(cast.nurse, client=known)), "the right one is not looked at any more"


def test_after_a_quarter_of_an_hour_one_may_try_again(cast: Cast) -> None:
    wrong(cast, 12)
    assert not is_in(sign_in(cast.nurse))
    the_window_passes()
    assert is_in(sign_in(cast.nurse))
    assert not Attempt.objects.exists(), "a right one forgets the wrong ones before"


def test_strangers_cannot_use_up_the_tries_of_a_browser_that_is_known(cast: Cast) -> None:
    known = sign_in(cast.nurse)
    known.post(reverse("account_logout"))
    for number in range(20):
        wrong(cast, 1, network=f"10.0.{number}.1")
    assert not is_in(sign_in(cast.nurse))
    assert is_in(sign_in(cast.nurse, client=known))


def test_a_hundred_wrong_of_a_known_browser_need_a_new_password_too(cast: Cast) -> None:
    known = sign_in(cast.nurse)
    known.post(reverse("account_logout"))
    for number in range(10):
        wrong(cast, 10, client=known, network=f"10.0.{number}.1")
        the_window_passes()
    assert Attempt.objects.count() == 100
    assert "Set a new password by letter" in wrong(cast, 1, client=known)
    assert not is_in(sign_in(cast.nurse, client=known)), "the right one is not looked at any more"
    assert Attempt.objects.count() == 100


def test_a_hundred_wrong_ever_need_a_new_password(cast: Cast) -> None:
    for number in range(12):
        wrong(cast, 7, network=f"10.0.{number}.1")
        the_window_passes()
    assert Attempt.objects.count() <= 100
    assert "Set a new password by letter" in wrong(cast, 1)
    assert not is_in(sign_in(cast.nurse))
    link = services.reset_link(user=cast.nurse.user).partition("/accounts/")[2]
    browser = Client()
    form = browser.get(f"/accounts/{link}", follow=True)
    new = {"password1": "another-long-one-1", "password2": "another-long-one-1"}
    browser.post(form.redirect_chain[-1][0], new)
    assert is_in(sign_in(cast.nurse, "another-long-one-1"))


def test_codes_are_counted_too_and_a_right_password_gives_them_no_new_tries(cast: Cast) -> None:
    secret = set_up_app(sign_in(cast.nurse))
    a_new_half_minute()
    for _ in range(4):
        browser = sign_in(cast.nurse)
        for number in range(4):
            browser.post(CODE, {"code": f"00000{number}"})
    browser.post(CODE, {"code": code(secret)})
    assert not is_in(browser)
    assert Attempt.objects.count() == 10 - 3, "all from browsers that were never signed in to the end"


def test_one_persons_wrong_passwords_shut_out_nobody_else_on_the_network(cast: Cast) -> None:
    wrong(cast, 30, network="127.0.0.1")
    assert is_in(sign_in(cast.prescriber))


def test_a_network_that_tries_many_accounts_is_stopped_after_ten(cast: Cast) -> None:
    for number in range(20):
        wrong(cast, 1, email=f"someone{number}@somewhere.example", network="10.0.0.1")
    assert Attempt.objects.count() == 10


def test_a_known_browser_passes_on_a_network_that_is_stopped(cast: Cast) -> None:
    known = sign_in(cast.nurse)
    known.post(reverse("account_logout"))
    for number in range(20):
        wrong(cast, 1, email=f"someone{number}@somewhere.example", network="127.0.0.1")
    assert not is_in(sign_in(cast.prescriber))
    assert is_in(sign_in(cast.nurse, client=known))


def test_an_administrator_gives_the_tries_back(cast: Cast) -> None:
    boss = sign_in(cast.administrator)
    wrong(cast, 12)
    assert not is_in(sign_in(cast.nurse))
    boss.post(reverse("accounts:unlock", args=[cast.nurse.pk]))
    assert is_in(sign_in(cast.nurse))
    assert AuditEvent.objects.get(verb="person.unlocked").by_id == cast.administrator.user_id


def test_showing_oneself_again_is_counted_like_signing_in(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    for number in range(12):
        browser.post(reverse("account_reauthenticate"), {"password": f"wrong-{number}"})
    assert Attempt.objects.count() == 10


def test_the_old_password_is_counted_where_it_is_changed(cast: Cast) -> None:
    browser, page = sign_in(cast.nurse), reverse("account_change_password")
    new = {"password1": "another-long-one-1", "password2": "another-long-one-1"}
    for number in range(3):
        browser.post(page, {"oldpassword": f"wrong-{number}", **new})
    assert Attempt.objects.count() == 3
    for number in range(8):
        browser.post(reverse("account_reauthenticate"), {"password": f"wrong-{number}"})
    assert "too many wrong tries" in browser.post(page, {"oldpassword": PASSWORD, **new}).content.decode()
    cast.nurse.user.refresh_from_db()
    assert cast.nurse.user.check_password(PASSWORD)


def test_nobody_can_be_read_from_what_is_counted(cast: Cast) -> None:
    wrong(cast, 2)
    cache.set(f"key-with-{cast.nurse.user.email}", 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT account, network FROM accounts_attempt")
        kept = str(cursor.fetchall())
        cursor.execute("SELECT cache_key FROM accounts_cacheentry")
        kept += str(cursor.fetchall())
    assert cast.nurse.user.email not in kept
    assert "10.0.0.1" not in kept
    assert not re.search(r"@", kept)


# -- which accounts exist


def page_of(cast: Cast, email: str) -> str:
    page = Client().post(LOGIN, {"login": email, "password": "wrong-wrong"}).content.decode()
    return re.sub(r"\b[A-Za-z0-9]{64}\b", "", page).replace(email, "")


def test_a_wrong_password_gets_the_same_page_whoever_it_was_for(cast: Cast) -> None:
    gone = join(cast.clinic, "gone", Role.NURSE, cast.at).user
    gone.is_active = False
    gone.save()
    bare = join(cast.clinic, "bare", Role.NURSE, cast.at).user
    bare.set_unusable_password()
    bare.save()
    emails = [cast.nurse.user.email, gone.email, bare.email, "nobody@nowhere.example"]
    assert len({page_of(cast, email) for email in emails}) == 1


def test_too_many_tries_get_the_same_page_whoever_they_were_for(cast: Cast) -> None:
    pages = []
    for number, email in enumerate((cast.nurse.user.email, "nobody@nowhere.example")):
        page = wrong(cast, 12, email=email, network=f"10.0.{number}.1")
        pages.append(re.sub(r"\b[A-Za-z0-9]{64}\b", "", page).replace(email, ""))
    assert pages[0] == pages[1]
    assert "too many wrong tries" in pages[0]


def ratio(known: str, page: str, field: str, **more: str) -> float:
    """Median time for one who is known over that for one who is not, tries taken in turn."""
    times: dict[str, list[float]] = {known: [], "nobody@nowhere.example": []}
    client = Client()
    client.get(LOGIN)
    for _ in range(200):
        for email, mine in times.items():
            Attempt.objects.all().delete()
            cache.clear()
            began = time.perf_counter()
            client.post(page, {field: email, **more})
            mine.append(time.perf_counter() - began)
    here, nowhere = (statistics.median(mine) for mine in times.values())
    sys.stderr.write(
        f"{page}: {1000 * here:.1f} ms known, {1000 * nowhere:.1f} ms unknown, ratio {here / nowhere:.4f}\n"
    )
    return here / nowhere


class Counted(PBKDF2PasswordHasher):
    """The one that production has, counting: hashing is nine tenths of an answer's time."""

    times: ClassVar[int] = 0

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        Counted.times += 1
        return super().encode(password, salt, iterations)


@pytest.mark.parametrize("name", ["account_login", "account_reset_password"])
def test_an_answer_takes_the_same_work_whoever_it_is_for(cast: Cast, settings: Any, name: str) -> None:
    """With ITB_TIMING=1 the same time too, within a tenth over 200 tries of each: a clock proves nothing in a suite."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Counted"]
    cast.nurse.user.set_password(PASSWORD)
    cast.nurse.user.save()
    typed = {"account_login": ("login", {"password": "wrong-wrong"}), "account_reset_password": ("email", {})}
    field, more = typed[name]
    client, hashed = Client(), []
    for email in (cast.nurse.user.email, "nobody@nowhere.example"):
        before = Counted.times
        client.post(reverse(name), {field: email, **more})
        hashed.append(Counted.times - before)
    assert hashed[0] == hashed[1]
    if MEASURED:
        assert abs(1 - ratio(cast.nurse.user.email, reverse(name), field, **more)) < 0.10


def test_a_sign_in_that_was_ended_stays_ended_when_its_browser_signs_in_again(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    browser.post(reverse("account_logout"))
    sign_in(cast.nurse, client=browser)
    assert open_sign_ins(cast.nurse).count() == 1
