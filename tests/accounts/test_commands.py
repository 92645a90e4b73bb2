"""Setting up a clinic and its first people from the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from itb.accounts.models import Clinic, Membership, User
from itb.audit.models import AuditEvent
from itb.outbox.services import beat
from itb.walls import inside
from tests.cast import Cast


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.fixture
def clinic(db: None) -> Clinic:
    said("set_up_clinic", "Quay Side", "--zone", "Europe/Dublin", "--phone", "+00 1")
    return Clinic.objects.get()


def add(clinic: Clinic, email: str, role: str = "nurse") -> str:
    return said("add_person", email, "--name", "Neve", "--role", role, "--clinic", str(clinic.pk))


def test_a_clinic_and_its_first_nurse_who_sets_a_password_by_the_printed_link(
    clinic: Clinic, client: Client
) -> None:
    link = add(clinic, "Neve@Quay.example").rpartition(": ")[2].strip()
    assert not User.objects.get().has_usable_password(), "whoever typed the command knows no password"
    form = client.get(link, follow=True)
    new = "blue kettle in a far tree"
    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    response = client.post(reverse("account_login"), {"login": "neve@quay.example", "password": new})
    assert response["Location"] == reverse("dashboard:worklist")
    with inside(clinic.pk):
        verbs = AuditEvent.objects.filter(clinic_id=clinic.pk).values_list("verb", flat=True)
        assert set(verbs) == {"clinic.set_up", "membership.started", "credential.password"}


def test_one_who_is_known_gets_another_part_and_keeps_the_password(clinic: Clinic) -> None:
    add(clinic, "neve@quay.example")
    before = User.objects.get().password
    said("set_up_clinic", "Hill Side", "--zone", "Europe/Dublin", "--phone", "+00 2")
    assert "stays" in add(Clinic.objects.exclude(pk=clinic.pk).get(), "neve@quay.example", "auditor")
    assert User.objects.get().password == before
    assert Membership.objects.count() == 2


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["set_up_clinic", "X", "--zone", "Europe/Atlantis", "--phone", "1"], "no time zone"),
        (["add_person", "a@b.example", "--name", "A", "--role", "nurse", "--clinic", "999999"], "no clinic"),
    ],
)
def test_what_cannot_be_is_a_sentence(db: None, words: list[str], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        said(*words)


@pytest.mark.parametrize("email", ["nobody", "n@kr\u00e4nkenhaus.example", ""])
def test_an_address_that_no_letter_reaches_is_refused(clinic: Clinic, email: str) -> None:
    with pytest.raises(CommandError):
        add(clinic, email)
    assert not User.objects.exists()


def test_the_same_part_twice_is_refused(clinic: Clinic) -> None:
    add(clinic, "neve@quay.example")
    with pytest.raises(CommandError, match="already"):
        add(clinic, "NEVE@quay.example")


def test_a_clinic_in_which_nobody_or_one_alone_is_told_says_so_on_every_page(
    client: Client, cast: Cast
) -> None:
    for name in ("sweep", "drain", "sink"):
        beat(name=name)
    client.force_login(cast.auditor.user)
    assert "receives letters" not in client.get("/").content.decode()
    Membership.objects.filter(role="nurse").update(ended_at=cast.at)
    assert "Only one person of this clinic receives letters" in client.get("/").content.decode()
    Membership.objects.filter(role__in=["nurse", "prescriber"]).update(ended_at=cast.at)
    assert "Nobody of this clinic receives letters" in client.get("/").content.decode()
