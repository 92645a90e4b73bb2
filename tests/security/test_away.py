"""What a screen asks before it clears itself, and where it hands over what was typed. H23."""

from django.test import Client
from django.urls import reverse

from itb.accounts.models import SignIn
from patients.models import Pump
from refills.models import Refill
from tests.cast import PASSWORD, Cast
from tests.security.signing_in import AGAIN, is_in, passes, sign_in

REMAINING, AWAY = reverse("accounts:remaining"), reverse("accounts:away")


def seconds(browser: Client) -> int:
    return int(browser.get(REMAINING).json()["seconds"])


def test_it_is_told_how_long_it_has(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    assert 890 <= seconds(browser) <= 900
    passes("14 minutes", "seen_at")
    assert 50 <= seconds(browser) <= 60
    passes("1 minute", "seen_at")
    assert seconds(browser) == 0
    assert seconds(Client()) == 0


def test_the_twelve_hours_count_as_well(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    passes("11 hours 59 minutes", "began_at")
    assert 50 <= seconds(browser) <= 60


def test_asking_is_no_deed(cast: Cast) -> None:
    browser = sign_in(cast.nurse)
    passes("10 minutes", "seen_at")
    before = SignIn.objects.get().seen_at
    assert seconds(browser) > 0
    assert SignIn.objects.get().seen_at == before
    passes("5 minutes", "seen_at")
    assert not is_in(browser)


def test_what_is_handed_over_waits_for_its_person_and_nothing_is_done_with_it(cast: Cast, pump: Pump) -> None:
    browser = sign_in(cast.nurse)
    page = reverse("refills:record", args=[pump.pk])
    opened_by = browser.get(page).context["form"]["opened_by"].value()
    passes("15 minutes", "seen_at")
    assert browser.post(AWAY, {"opened_by": opened_by, "page": page, "lot": "LOT-42"}).status_code == 204
    back = browser.post(AGAIN, {"password": PASSWORD, "next": page}, follow=True)
    assert back.context["form"]["lot"].value() == "LOT-42"
    assert Refill.objects.filter(pump=pump).count() == 1


def test_what_does_not_say_who_opened_it_is_not_kept(cast: Cast) -> None:
    browser = Client()
    assert browser.post(AWAY, {"opened_by": "forged", "page": "/", "lot": "LOT-42"}).status_code == 204
    assert not browser.session.keys()
