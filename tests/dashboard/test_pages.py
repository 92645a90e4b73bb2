"""Letters, mailbox, clinic, and what stands on every page."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from itb.local.mailbox import keep
from itb.local.views import mailbox
from itb.outbox.models import Letter
from itb.outbox.services import Owed, enqueue
from itb.walls import inside
from tests.cast import Cast


def write(cast: Cast, number: int, state: str = "sent") -> None:
    """Letters to the nurse, so many."""
    Letter.objects.bulk_create(
        Letter(
            key=f"{state}:{uuid4()}",
            clinic=cast.clinic,
            recipient=cast.nurse,
            topic="alert:1",
            template="alerts/critical",
            state=state,
            created_at=cast.at,
            due_at=cast.at,
        )
        for _ in range(number)
    )


def test_letters_are_paged_by_number_and_each_shows_once(client: Client, cast: Cast) -> None:
    write(cast, 120)
    client.force_login(cast.nurse.user)
    seen, before = [], ""
    while True:
        context = client.get("/letters/", {"before": before} if before else {}).context
        seen += [letter.pk for letter in context["letters"]]
        if not context["next"]:
            break
        before = str(context["next"])
        write(cast, 1)
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 120


def test_undelivered_letters_have_a_list_of_their_own(client: Client, cast: Cast) -> None:
    write(cast, 2)
    write(cast, 1, "dead")
    write(cast, 1, "uncertain")
    client.force_login(cast.nurse.user)
    states = {letter.state for letter in client.get("/letters/?show=undelivered").context["letters"]}
    assert states == {"dead", "uncertain"}
    assert "Your worklist: same-day work" in client.get("/letters/").content.decode()


def test_a_letter_of_another_clinic_is_not_listed(client: Client, cast: Cast) -> None:
    with inside(cast.stranger.clinic_id):
        enqueue(
            Owed(
                key="x",
                recipients=[cast.stranger],
                topic="alert:1",
                template="alerts/due",
                is_critical=False,
                at=cast.at,
            )
        )
    client.force_login(cast.nurse.user)
    assert client.get("/letters/").context["letters"] == []


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "\0", "²"])
def test_a_page_that_cannot_be_read_is_the_first(client: Client, cast: Cast, before: str) -> None:
    write(cast, 1)
    client.force_login(cast.nurse.user)
    assert client.get("/letters/", {"before": before}).status_code == 200


def test_what_must_be_seen_to_stands_first_and_each_says_what_happens_next(
    client: Client, cast: Cast
) -> None:
    write(cast, 3)
    write(cast, 1, "dead")
    write(cast, 1, "uncertain")
    write(cast, 1, "pending")
    client.force_login(cast.nurse.user)
    answer = client.get("/letters/")
    assert {line.letter.state for line in answer.context["first"]} == {"dead", "uncertain"}
    said = {line.letter.state: line.next for line in answer.context["lines"]}
    assert said["dead"].startswith("Somebody else was told")
    assert said["uncertain"] == "Nobody can know whether it arrived."
    assert said["pending"] == "Leaves within a minute."
    assert said["sent"] == ""
    assert (answer.context["counts"].to_see_to, answer.context["counts"].waiting) == (2, 1)


def test_letters_take_nine_queries_whatever_their_number(
    client: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    write(cast, 60)
    client.force_login(cast.nurse.user)
    with django_assert_max_num_queries(9):
        client.get("/letters/")


def test_the_mailbox_shows_what_arrived_for_the_open_clinic(
    cast: Cast, rf: Any, settings: Any, tmp_path: Path
) -> None:
    at = datetime(2026, 11, 24, 7, 2, tzinfo=UTC)
    for person, subject in ((cast.nurse, "Ours"), (cast.stranger, "Theirs")):
        body = f"To: {person.user.email}\r\nSubject: {subject}\r\n\r\nLook at the worklist.\r\n"
        keep(tmp_path, body.encode(), "itb@example", [person.user.email], at)
    settings.MAILBOX_DIR = str(tmp_path)
    request = rf.get("/mailbox/")
    request.user, request.member, request.memberships, request.session = (
        cast.nurse.user,
        cast.nurse,
        [cast.nurse],
        {},
    )
    request.resolver_match = request.presence = None
    found = mailbox(request).content.decode()
    assert "Ours" in found
    assert "Look at the worklist." in found
    assert "Theirs" not in found


def test_the_clinics_page_leads_to_people_and_to_the_policy_with_its_sources(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.nurse.user)
    found = client.get("/clinic/").content.decode()
    for said in (
        "5 people belong",
        'href="/clinic/people/"',
        'href="/clinic/roles/"',
        'href="/clinic/policy/"',
    ):
        assert said in found
    assert cast.stranger.user.email not in found
    policy = client.get("/clinic/policy/").content.decode()
    assert "PMID 38043050" in policy
    assert "Change margins" not in policy


def test_only_who_may_change_the_policy_is_led_to_it(client: Client, cast: Cast) -> None:
    client.force_login(cast.administrator.user)
    assert "Change margins" in client.get("/clinic/policy/").content.decode()


def test_a_person_of_two_clinics_can_switch_between_them(client: Client, cast: Cast) -> None:
    client.force_login(cast.nurse.user)
    assert "Mill Lane" not in client.get("/").content.decode()
    cast.nurse_works_there_too()
    assert "Mill Lane" in client.get("/").content.decode()


def test_a_person_without_a_clinic_is_refused_in_words(client: Client, cast: Cast) -> None:
    cast.nurse.ended_at = cast.at
    cast.nurse.save()
    client.force_login(cast.nurse.user)
    assert client.get("/").status_code == 403


@pytest.mark.parametrize("address", ["accounts:locks", "dashboard:trail", "people:list", "people:roles"])
def test_the_clinics_page_leads_an_administrator_to_what_only_they_do(
    client: Client, cast: Cast, address: str
) -> None:
    client.force_login(cast.administrator.user)
    assert f'href="{reverse(address)}"' in client.get("/clinic/").content.decode()
