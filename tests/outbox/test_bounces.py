"""A letter that is refused or comes back: its address is marked, somebody else is told, and its person sees to it."""

import io
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from itb import clock
from itb.accounts.models import Membership
from itb.accounts.permissions import Role
from itb.outbox import delivery
from itb.outbox.bounces import come_back, confirm_address, reachable
from itb.outbox.digest import owe_digest
from itb.outbox.models import Bounce, Letter
from itb.outbox.reports import read
from itb.outbox.return_address import Returned, return_address, returned_to
from itb.people.guard import RefusedError
from itb.people.parts import end_part
from itb.walls import inside
from tests.cast import Cast, join
from tests.outbox.letters import owe
from tests.outbox.sink import Sink, listening
from tests.pages import FormPage

State = Letter.State


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    settings.BOUNCE_ADDRESS = "bounces@clinic.example"
    with listening() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


def report(to: str, *, action: str = "failed", status: str = "5.1.1", kind: str = "delivery-status") -> bytes:
    """A report of delivery as a mail server writes it."""
    groups = (
        f"Reporting-MTA: dns; relay.example\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\nAction: {action}"
    )
    return (
        f"From: MAILER-DAEMON@relay.example\r\nTo: <{to}>\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nnurse@clinic.example is unknown here\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\n{groups}\r\nStatus: {status}\r\n\r\n--b--\r\n"
    ).encode()


def sent(cast: Cast, to: Membership, number: int = 1, *, tier: str = "critical") -> str:
    """A letter that has left; to where it would come back."""
    letter = owe(to, tier, number)
    delivery.drain()
    letter.refresh_from_db()
    assert letter.state == State.SENT
    return return_address(Returned(cast.clinic.pk, letter.envelope or 0))


def take(content: bytes, monkeypatch: pytest.MonkeyPatch) -> str:
    """As a mail server pipes it."""
    said = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    call_command("take_bounces", stdout=said)
    return said.getvalue()


def test_a_letter_leaves_with_a_sender_that_names_it_and_nobody_else_can_make(cast: Cast, sink: Sink) -> None:
    address = sent(cast, cast.nurse)
    letter = Letter.objects.get()
    assert returned_to(address) == Returned(cast.clinic.pk, letter.pk)
    assert returned_to(address.upper()) == Returned(cast.clinic.pk, letter.pk)
    assert len(address.partition("@")[0]) <= 64
    for forged in (address.replace(f".{letter.pk}.", f".{letter.pk + 1}."), "bounces@clinic.example", ""):
        assert returned_to(forged) is None


def test_an_older_secret_still_reads_what_it_has_signed(cast: Cast, settings: Any) -> None:
    settings.BOUNCE_ADDRESS = "bounces@clinic.example"
    address = return_address(Returned(1, 2))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert returned_to(address) == Returned(1, 2)


def test_without_an_address_for_returns_the_sender_is_the_usual_one(settings: Any) -> None:
    settings.BOUNCE_ADDRESS = ""
    assert return_address(Returned(1, 2)) == "worklist@localhost"


def test_a_letter_that_comes_back_marks_the_address_and_the_next_person_is_told(
    cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = sent(cast, cast.nurse)
    assert take(report(address), monkeypatch) == "1 letters came back\n"
    letter = Letter.objects.get(recipient=cast.nurse)
    assert (letter.state, letter.trouble) == (State.BOUNCED, "It came back (5.1.1)")
    bounce = Bounce.objects.get()
    assert (bounce.recipient, bounce.address) == (cast.nurse, cast.nurse.user.email)
    other = Letter.objects.exclude(pk=letter.pk).get()
    assert (other.recipient, other.is_critical, other.key) == (
        cast.prescriber,
        True,
        f"alert:1:event:1:{cast.prescriber.pk}",
    )
    assert delivery.drain() == 1
    assert take(report(address), monkeypatch) == "0 letters came back\n", "the same report twice is one"


def test_what_left_in_one_message_comes_back_together(
    cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(cast.nurse, "critical", 2)
    address = sent(cast, cast.nurse, 1)
    first = Letter.objects.order_by("id")[0]
    assert returned_to(address) == Returned(cast.clinic.pk, first.pk)
    assert take(report(address), monkeypatch) == "2 letters came back\n"
    assert Letter.objects.filter(recipient=cast.prescriber).count() == 2


@pytest.mark.parametrize(("where", "tier"), [("at_rcpt", "critical"), ("at_data", "urgent")])
def test_a_letter_that_is_refused_for_good_is_told_to_the_next_person_in_the_same_drain(
    cast: Cast, sink: Sink, where: str, tier: str
) -> None:
    owe(cast.nurse, tier, 1)
    setattr(sink, where, "550 no such person")
    delivery.drain()
    assert set(Letter.objects.values_list("recipient", "state")) == {
        (cast.nurse.pk, State.DEAD),
        (cast.prescriber.pk, State.DEAD),
    }
    assert Bounce.objects.count() == 2
    assert not reachable(Membership.objects.told()).exists()


@pytest.mark.parametrize("where", ["at_rcpt", "at_data"])
def test_a_digest_that_is_refused_loses_nothing_that_waited_for_it(
    cast: Cast, sink: Sink, where: str
) -> None:
    owe(cast.nurse, "due", 1)
    words = {"monitored": 1, "unmonitored": 0}
    owe_digest(clinic=cast.clinic, to=[cast.nurse], words=words, at=clock.now())
    setattr(sink, where, "550 no such person")
    delivery.drain()
    assert set(Letter.objects.values_list("recipient", "topic", "state")) == {
        (cast.nurse.pk, "alert:1", State.DEAD),
        (cast.nurse.pk, "letters/digest", State.DEAD),
        (cast.prescriber.pk, "alert:1", State.PENDING),
    }


def test_whoever_was_told_already_is_not_told_again(cast: Cast, sink: Sink) -> None:
    for person in (cast.nurse, cast.prescriber):
        address = sent(cast, person)
    come_back(envelope=returned_to(address).envelope, status="5.1.1", at=clock.now())  # type: ignore[union-attr]
    assert Letter.objects.count() == 2


def test_the_next_person_is_one_whom_letters_reach(cast: Cast, sink: Sink) -> None:
    second = join(cast.clinic, "second", Role.NURSE, cast.at)
    Bounce.objects.create(
        clinic=cast.clinic,
        recipient=cast.prescriber,
        address=cast.prescriber.user.email,
        found_at=cast.at,
        trouble="x",
    )
    address = sent(cast, cast.nurse)
    come_back(envelope=returned_to(address).envelope, status="5.1.1", at=clock.now())  # type: ignore[union-attr]
    assert {letter.recipient for letter in Letter.objects.all()} == {cast.nurse, second}


@pytest.mark.parametrize(
    "content",
    [
        report("bounces@clinic.example"),
        b"",
        b"\xff\x00 no message at all",
        EmailMessage().as_bytes(),
    ],
    ids=["to nobody", "empty", "bytes", "no report"],
)
def test_what_is_no_report_of_ours_is_passed_over(content: bytes) -> None:
    assert read(content) is None


@pytest.mark.parametrize(
    ("action", "status", "found"),
    [
        ("failed", "5.1.1", "5.1.1"),
        ("Failed", "5.2.2 (mailbox full) nurse@clinic.example", "5.2.2"),
        ("failed", "nurse@clinic.example", "5.0.0"),
        ("delayed", "4.4.1", None),
        ("delivered", "2.0.0", None),
    ],
)
def test_a_report_is_read_for_what_it_says_and_quotes_no_address(
    settings: Any, action: str, status: str, found: str | None
) -> None:
    settings.BOUNCE_ADDRESS = "bounces@clinic.example"
    address = return_address(Returned(3, 4))
    known = read(report(address, action=action, status=status))
    assert (known and known.status) == found


def test_a_maildir_is_taken_once_and_its_messages_stay(cast: Cast, sink: Sink, tmp_path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.a").write_bytes(report(sent(cast, cast.nurse)))
    (tmp_path / "new" / "2.b").write_bytes(b"Subject: Out of office\r\n\r\nBack on Monday")
    said = io.StringIO()
    for _ in range(2):
        call_command("take_bounces", "--maildir", str(tmp_path), stdout=said)
    assert said.getvalue() == "1 letters came back\n0 letters came back\n"
    assert len(list((tmp_path / "cur").iterdir())) == 2
    with pytest.raises(CommandError):
        call_command("take_bounces", "--maildir", str(tmp_path / "nowhere"))


def test_a_report_of_another_clinics_letter_touches_nothing_here(cast: Cast, sink: Sink) -> None:
    sent(cast, cast.nurse)
    with inside(cast.stranger.clinic_id):
        assert come_back(envelope=Letter.objects.count() + 1, status="5.1.1", at=cast.at) == 0
    assert not Bounce.objects.exists()


@pytest.fixture
def unreached(cast: Cast) -> Bounce:
    return Bounce.objects.create(
        clinic=cast.clinic,
        recipient=cast.nurse,
        address=cast.nurse.user.email,
        found_at=cast.at,
        trouble="It came back (5.1.1)",
    )


def test_whom_nothing_reaches_says_every_page_and_the_letters_say_who(
    client: Client, cast: Cast, unreached: Bounce
) -> None:
    client.force_login(cast.prescriber.user)
    assert "Letters to 1 person of this clinic come back." in client.get("/").content.decode()
    page = client.get(reverse("dashboard:letters")).content.decode()
    assert unreached.address in page
    assert reverse("outbox:address") not in page, "it is for the nurse to say"


def test_its_person_confirms_the_address_and_counts_as_reachable_again(
    client: Client, cast: Cast, unreached: Bounce
) -> None:
    assert cast.nurse not in reachable(Membership.objects.told())
    page = FormPage(client, cast.nurse, reverse("outbox:address"))
    assert "Look first" in page.errors({})["arrives"]
    assert page.press({"arrives": "yes"}).status_code == 302
    assert cast.nurse in reachable(Membership.objects.told())
    assert not confirm_address(by=cast.nurse, at=clock.now())


def test_another_address_ends_it_by_itself(cast: Cast, unreached: Bounce) -> None:
    cast.nurse.user.email = "new@clinic.example"
    cast.nurse.user.save()
    assert not Bounce.objects.open().exists()


def test_who_is_told_and_unreachable_does_not_count_where_two_must_stay(
    cast: Cast, unreached: Bounce
) -> None:
    join(cast.clinic, "second", Role.NURSE, cast.at)
    with pytest.raises(RefusedError, match="would reach 1 of this clinic"):
        end_part(member=cast.prescriber, successor=None, by=cast.administrator, at=cast.at)
