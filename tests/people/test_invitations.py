"""A person comes in by a letter: its link works once, and tells nobody else anything."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from itb.accounts.models import Invitation, Membership, Notice, User
from itb.accounts.permissions import Role
from itb.accounts.services import deactivate_person, end_membership
from itb.audit.models import AuditEvent
from itb.outbox import delivery
from itb.outbox.models import Letter
from itb.people import invitations
from itb.walls import inside
from tests.cast import PASSWORD, Cast
from tests.outbox.sink import Sink, listening
from tests.pages import FormPage
from tests.security.signing_in import set_up_app, sign_in

NEW = "new.person@quay.example"
GOOD = {"name": "Neve Newcomer", "password": "amber-ladder-forgets-tea"}


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with listening() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


@pytest.fixture
def invite(client: Client, cast: Cast) -> FormPage:
    """The administrator's page, open."""
    return FormPage(client, cast.administrator, reverse("people:invite"))


def link_in(sink: Sink) -> str:
    """The path that the letter's link leads to."""
    delivery.drain()
    _, message = sink.accepted[-1]
    text = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    (path,) = re.findall(rb"(/invitation/\w+/)", text.get_payload(decode=True))
    return bytes(path).decode()


def shown(path: str, browser: Client | None = None) -> Any:
    """What the link leads to, in a browser of its own."""
    return (browser or Client()).get(path, follow=True)


def test_an_invited_person_sets_name_and_password_and_signs_in(
    invite: FormPage, cast: Cast, sink: Sink
) -> None:
    invite.press({"email": NEW, "role": "nurse"})
    browser = Client()
    page = shown(link_in(sink), browser)
    assert cast.clinic.name in page.content.decode()
    answer = browser.post(reverse("people:invited"), GOOD)
    assert answer["Location"] == reverse("account_login")
    browser.post(answer["Location"], {"login": NEW, "password": GOOD["password"]})
    assert browser.get("/").status_code == 200
    member = Membership.objects.get(user__email=NEW)
    assert (member.clinic, member.role, member.user.name) == (cast.clinic, Role.NURSE, "Neve Newcomer")
    verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert {"person.invited", "invitation.accepted", "membership.started"} <= verbs


def test_a_link_works_once(invite: FormPage, sink: Sink) -> None:
    invite.press({"email": NEW, "role": "nurse"})
    path = link_in(sink)
    browser = Client()
    shown(path, browser)
    browser.post(reverse("people:invited"), GOOD)
    assert shown(path).status_code == 410
    assert browser.post(reverse("people:invited"), GOOD).status_code == 410
    assert User.objects.filter(email=NEW).count() == 1


def test_the_letter_names_neither_clinic_nor_person(invite: FormPage, cast: Cast, sink: Sink) -> None:
    invite.press({"email": NEW, "role": "nurse"})
    delivery.drain()
    ((to, message),) = sink.accepted
    assert to == NEW
    for word in (cast.clinic.name, cast.administrator.user.name, "nurse"):
        assert word not in message.as_string()


def test_the_database_holds_nothing_that_opens_the_link(invite: FormPage, sink: Sink) -> None:
    invite.press({"email": NEW, "role": "nurse"})
    token = link_in(sink).split("/")[2]
    rows = [
        *Invitation.objects.values_list(),
        *Letter.objects.values_list(),
        *AuditEvent.objects.values_list(),
    ]
    assert len(rows) >= 3
    assert token not in str(rows)
    kept = Invitation.objects.get()
    for text in (kept.nonce, kept.token_hash, str(kept.pk)):
        assert shown(f"/invitation/{text}/").status_code == 410


def test_no_page_after_the_first_carries_the_token(invite: FormPage, sink: Sink) -> None:
    invite.press({"email": NEW, "role": "nurse"})
    path = link_in(sink)
    page = shown(path)
    assert page.redirect_chain == [(reverse("people:invited"), 302)]
    assert path.split("/")[2] not in page.content.decode()


@pytest.mark.parametrize("end", ["expire", "revoke", "again", "never"])
def test_a_link_that_does_not_work_says_nothing_about_why(
    invite: FormPage, cast: Cast, sink: Sink, end: str
) -> None:
    invite.press({"email": NEW, "role": "nurse"})
    path = link_in(sink)
    invitation = Invitation.objects.get()
    if end == "expire":
        Invitation.objects.update(expires_at=cast.at - timedelta(seconds=1))
    elif end == "revoke":
        invitations.revoke(invitation=invitation, by=cast.administrator, at=cast.at)
    elif end == "again":
        invite.press({"email": NEW.upper(), "role": "auditor"})
    else:
        path = f"/invitation/{'0' * 64}/"
    missing, ended = shown("/invitation/nothing/"), shown(path)
    assert missing.status_code == ended.status_code == 410
    assert missing.content == ended.content
    assert cast.clinic.name not in ended.content.decode()


def test_for_the_inviter_an_address_with_an_account_is_like_one_without(invite: FormPage, cast: Cast) -> None:
    known = invite.press({"email": cast.stranger.user.email, "role": "nurse"})
    with_account = invite.client.get(known["Location"]).content.decode()
    unknown = invite.press({"email": NEW, "role": "nurse"})
    without = invite.client.get(unknown["Location"]).content.decode()
    assert known["Location"] == unknown["Location"]
    said = [re.findall(r"A letter goes to [^<]*", page) for page in (with_account, without)]
    assert said[0][0].replace(cast.stranger.user.email, NEW) == said[1][0]
    assert Letter.objects.filter(template="people/invitation", state="pending").count() == 2


def test_one_who_has_an_account_signs_in_and_accepts(invite: FormPage, cast: Cast, sink: Sink) -> None:
    user = cast.stranger.user
    invite.press({"email": user.email.upper(), "role": "coordinator"})
    browser, path = Client(), link_in(sink)
    page = shown(path, browser)
    assert "password" not in [field.name for field in page.context.get("form", [])]
    assert browser.post(reverse("people:invited"), GOOD).status_code == 200
    assert not Membership.objects.filter(user=user, clinic=cast.clinic).exists(), (
        "a link alone opens no account"
    )
    login = f"{reverse('account_login')}?next={reverse('people:invited')}"
    answer = browser.post(login, {"login": user.email, "password": PASSWORD}, follow=True)
    assert "Accept" in answer.content.decode()
    browser.post(reverse("people:invited"))
    here = Membership.objects.get(user=user, clinic=cast.clinic)
    assert here.role == Role.COORDINATOR
    assert cast.clinic.name in browser.get("/").content.decode(), "and the clinic is open"
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_somebody_else_who_is_signed_in_accepts_nothing(invite: FormPage, cast: Cast, sink: Sink) -> None:
    invite.press({"email": NEW, "role": "nurse"})
    browser, path = Client(), link_in(sink)
    browser.force_login(cast.stranger.user)
    assert "another address" in shown(path, browser).content.decode()
    browser.post(reverse("people:invited"), GOOD)
    assert not Membership.objects.filter(clinic=cast.clinic, user=cast.stranger.user).exists()
    assert not User.objects.filter(email=NEW).exists()


def test_an_account_that_was_switched_off_begins_anew(invite: FormPage, cast: Cast, sink: Sink) -> None:
    user = cast.stranger.user
    with inside(cast.stranger.clinic_id):
        deactivate_person(user=user, clinic_id=cast.stranger.clinic_id, by=None, at=cast.at)
        end_membership(member=cast.stranger, by=None, at=cast.at)
    invite.press({"email": user.email, "role": "auditor"})
    browser = Client()
    shown(link_in(sink), browser)
    browser.post(reverse("people:invited"), GOOD)
    user.refresh_from_db()
    assert user.is_active
    assert user.check_password(GOOD["password"])
    assert not user.check_password(PASSWORD)


def test_what_opened_an_account_before_it_was_switched_off_opens_it_no_more(
    invite: FormPage, cast: Cast, sink: Sink
) -> None:
    user = cast.stranger.user
    before = sign_in(cast.stranger)
    set_up_app(before)
    SocialAccount.objects.create(user=user, provider="hospital", uid="of-the-one-before")
    with inside(cast.stranger.clinic_id):
        deactivate_person(user=user, clinic_id=cast.stranger.clinic_id, by=None, at=cast.at)
        end_membership(member=cast.stranger, by=None, at=cast.at)
    invite.press({"email": user.email, "role": "auditor"})
    browser = Client()
    shown(link_in(sink), browser)
    browser.post(reverse("people:invited"), GOOD)
    assert not Authenticator.objects.filter(user=user).exists()
    assert not SocialAccount.objects.filter(user=user).exists()
    Notice.objects.all().delete()
    sign_in(cast.stranger, GOOD["password"], before)
    assert Notice.objects.get().kind == Notice.Kind.NEW_BROWSER


def test_one_that_is_off_and_has_a_part_elsewhere_is_not_switched_on_by_a_link(
    invite: FormPage, cast: Cast, sink: Sink
) -> None:
    User.objects.filter(pk=cast.stranger.user_id).update(is_active=False)
    invite.press({"email": cast.stranger.user.email, "role": "auditor"})
    browser = Client()
    shown(link_in(sink), browser)
    assert browser.post(reverse("people:invited"), GOOD).status_code == 410
    assert not User.objects.get(pk=cast.stranger.user_id).is_active


def test_nobody_is_invited_as_administrator(invite: FormPage, cast: Cast) -> None:
    assert "role" in invite.errors({"email": NEW, "role": "administrator"})
    with pytest.raises(IntegrityError, match="one_person_may_grant"):
        invitations.invite(email=NEW, role=Role.ADMINISTRATOR, by=cast.administrator, at=cast.at)


@pytest.mark.parametrize(
    "email", ["nobody", "n@kr\u00e4nkenhaus.example", "", "a@b.example\nBcc: x@y.example"]
)
def test_an_address_that_no_letter_reaches_is_refused_in_words(invite: FormPage, email: str) -> None:
    assert invite.errors({"email": email, "role": "nurse"})["email"]
    assert not Invitation.objects.exists()


def test_one_who_belongs_to_the_clinic_is_not_invited(invite: FormPage, cast: Cast) -> None:
    page = invite.press({"email": cast.nurse.user.email, "role": "nurse"})
    assert "belongs to this clinic already" in page.content.decode()


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "", "password": GOOD["password"]}, "name"),
        ({"name": "Neve", "password": "short"}, "password"),
        ({"name": "Neve", "password": "new.person@quay.example"}, "password"),
        ({"name": "Neve", "password": ""}, "password"),
    ],
)
def test_a_first_password_is_as_good_as_any_other(
    invite: FormPage, sink: Sink, typed: dict[str, str], field: str
) -> None:
    invite.press({"email": NEW, "role": "nurse"})
    browser = Client()
    shown(link_in(sink), browser)
    assert field in browser.post(reverse("people:invited"), typed).context["form"].errors
    assert not User.objects.filter(email=NEW).exists()


def test_a_letter_whose_invitation_has_ended_stays(invite: FormPage, cast: Cast, sink: Sink) -> None:
    invite.press({"email": NEW, "role": "nurse"})
    Invitation.objects.update(expires_at=cast.at - timedelta(seconds=1))
    delivery.drain()
    assert not sink.accepted
    assert Letter.objects.get().state == Letter.State.SUPERSEDED


def test_an_invitation_is_taken_back_on_the_page_of_people(invite: FormPage, client: Client) -> None:
    invite.press({"email": NEW, "role": "nurse"})
    invitation = Invitation.objects.get()
    assert NEW in client.get(reverse("people:list")).content.decode()
    for _ in range(2):
        client.post(reverse("people:revoke", args=[invitation.pk]))
    invitation.refresh_from_db()
    assert invitation.revoked_at is not None
    assert Letter.objects.get().state == Letter.State.SUPERSEDED
    assert AuditEvent.objects.filter(verb="invitation.revoked").count() == 1


def test_the_letter_to_an_invited_address_stands_among_the_letters(invite: FormPage, client: Client) -> None:
    invite.press({"email": NEW, "role": "nurse"})
    assert NEW in client.get(reverse("dashboard:letters")).content.decode()
