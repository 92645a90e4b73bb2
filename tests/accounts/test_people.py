"""Signing in by e-mail, and choosing the open clinic."""

from django.test import Client
from django.urls import reverse

from itb.accounts.models import Membership, User
from tests.cast import PASSWORD, Cast


def test_a_nurse_signs_in_by_email_whatever_its_case_and_sees_the_worklist(
    client: Client, cast: Cast
) -> None:
    response = client.post(
        reverse("account_login"), {"login": cast.nurse.user.email.upper(), "password": PASSWORD}, follow=True
    )
    assert response.redirect_chain[-1][0] == reverse("dashboard:worklist")


def test_a_wrong_password_is_refused_in_words_that_tell_no_account(client: Client, cast: Cast) -> None:
    pages = [
        client.post(
            reverse("account_login"), {"login": email, "password": "wrong-wrong-wrong"}
        ).content.decode()
        for email in (cast.nurse.user.email, "nobody@nowhere.example")
    ]
    assert all("not correct" in page for page in pages)


def test_a_person_of_two_clinics_sees_the_one_that_is_open(client: Client, cast: Cast) -> None:
    cast.nurse_works_there_too()
    here, there = cast.running_pump(), cast.running_pump(by=cast.stranger)
    client.force_login(cast.nurse.user)
    assert client.get(reverse("dashboard:chart", args=[here.patient_id])).status_code == 200
    assert client.get(reverse("dashboard:chart", args=[there.patient_id])).status_code == 404
    client.post(reverse("accounts:switch"), {"clinic": cast.stranger.clinic_id})
    assert client.get(reverse("dashboard:chart", args=[here.patient_id])).status_code == 404
    assert client.get(reverse("dashboard:chart", args=[there.patient_id])).status_code == 200


def test_a_clinic_that_is_not_ones_own_cannot_be_opened(client: Client, cast: Cast) -> None:
    client.force_login(cast.nurse.user)
    for clinic in (cast.stranger.clinic_id, 0, "x", "9" * 30, ""):
        assert client.post(reverse("accounts:switch"), {"clinic": clinic}).status_code == 404


def test_whoever_has_left_every_clinic_sees_nothing(client: Client, cast: Cast) -> None:
    client.force_login(cast.nurse.user)
    cast.nurse.ended_at = cast.at
    cast.nurse.save()
    assert client.get(reverse("dashboard:worklist")).status_code == 403


def test_a_person_whose_account_is_off_is_neither_in_nor_told(cast: Cast) -> None:
    User.objects.filter(pk=cast.nurse.user_id).update(is_active=False)
    assert cast.nurse not in Membership.objects.active()
    assert cast.nurse not in Membership.objects.told()
    assert cast.prescriber in Membership.objects.told()
