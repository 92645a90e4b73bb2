"""What was typed when a session ended comes back after signing in, to the same person and page only."""

import pytest
from django.test import Client
from django.urls import reverse

from patients.models import Patient, Pump
from refills.models import Refill
from tests.cast import PASSWORD, Cast


@pytest.fixture
def page(pump: Pump) -> str:
    return reverse("refills:record", args=[pump.pk])


def typed_without_a_session(client: Client, cast: Cast, page: str) -> str:
    """Open the form, lose the session, post; where the sign-in is."""
    client.force_login(cast.nurse.user)
    opened_by = client.get(page).context["form"]["opened_by"].value()
    client.logout()
    return client.post(page, {"opened_by": opened_by, "lot": "LOT-42", "withdrawn_ml": "31.5"})["Location"]


def sign_in(client: Client, email: str, sign_in_page: str) -> None:
    client.post(sign_in_page, {"login": email, "password": PASSWORD})


def test_what_was_typed_comes_back_after_signing_in(client: Client, cast: Cast, page: str) -> None:
    door = typed_without_a_session(client, cast, page)
    sign_in(client, cast.nurse.user.email, door)
    form = client.get(page).context["form"]
    assert (form["lot"].value(), form["withdrawn_ml"].value()) == ("LOT-42", "31.5")
    assert Refill.objects.count() == 1, "nothing was kept by signing in"


def test_it_comes_back_once(client: Client, cast: Cast, page: str) -> None:
    sign_in(client, cast.nurse.user.email, typed_without_a_session(client, cast, page))
    client.get(page)
    assert not client.get(page).context["form"]["lot"].value()


def test_another_person_does_not_see_it(client: Client, cast: Cast, page: str) -> None:
    sign_in(client, cast.prescriber.user.email, typed_without_a_session(client, cast, page))
    assert not client.get(page).context["form"]["lot"].value()


def test_a_post_that_cannot_say_who_opened_the_form_keeps_nothing(
    client: Client, cast: Cast, page: str
) -> None:
    client.post(page, {"opened_by": "made up", "lot": "LOT-42"})
    assert "draft" not in client.session


def test_a_registration_survives_too(client: Client, cast: Cast) -> None:
    page = reverse("patients:register")
    client.force_login(cast.nurse.user)
    opened_by = client.get(page).context["form"]["opened_by"].value()
    client.logout()
    door = client.post(page, {"opened_by": opened_by, "family_name": "Quillfeather"})["Location"]
    sign_in(client, cast.nurse.user.email, door)
    assert client.get(page).context["form"]["family_name"].value() == "Quillfeather"
    assert not Patient.objects.filter(family_name="Quillfeather").exists()


def test_a_person_of_two_clinics_comes_back_to_the_one_that_the_page_belongs_to(
    client: Client, cast: Cast
) -> None:
    cast.nurse_works_there_too()
    page = reverse("refills:record", args=[cast.running_pump(by=cast.stranger).pk])
    client.force_login(cast.nurse.user)
    client.post(reverse("accounts:switch"), {"clinic": cast.stranger.clinic_id})
    opened_by = client.get(page).context["form"]["opened_by"].value()
    client.logout()
    door = client.post(page, {"opened_by": opened_by, "lot": "LOT-42"})["Location"]
    sign_in(client, cast.nurse.user.email, door)
    assert client.get(page).context["form"]["lot"].value() == "LOT-42"
