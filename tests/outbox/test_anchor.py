"""An older database is found out before it sends a letter, says so, and goes on when a person has confirmed."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from itb import clock
from itb.audit.models import AuditEvent
from itb.outbox import claims, delivery
from itb.outbox.anchor import Anchor
from itb.outbox.models import Epoch, Heartbeat, Letter
from itb.outbox.policy import Pacing
from itb.outbox.services import beat, change_pacing, resume_sending
from itb.walls import inside
from patients.models import Pump
from tests.cast import Cast
from tests.outbox.sink import Sink
from tests.outbox.test_delivery import owe, state
from tests.outbox.test_delivery import sink as sink  # the fixture
from tests.pages import FormPage


@pytest.fixture
def noted(settings: Any, tmp_path: Path) -> Path:
    """Where it is noted how far the database had come."""
    settings.ANCHOR_FILE = str(tmp_path / "anchor.json")
    return tmp_path / "anchor.json"


@pytest.fixture
def in_use(cast: Cast, sink: Sink, noted: Path) -> Anchor:
    """A database that has sent one letter, and what is noted of it. No day's letters are used up, at night either."""
    change_pacing(pacing=Pacing(letters_a_day=10), by=cast.administrator, at=cast.at)
    owe(cast, key="alert:1:1")
    assert delivery.drain() == 1
    found = Anchor.read(noted)
    assert found is not None
    return found


def forget(noted: Path, known: Anchor, *names: str, hours: float = 1) -> None:
    """Make the database an older one: what is noted is a row that it does not know."""
    later = known.noted_at + timedelta(hours=hours)
    marks = {name: (getattr(known, name)[0] + 7, later) for name in names}
    replace(known, noted_at=later, acts=known.acts + 5, letters=known.letters + 3, **marks).write(noted)


def confirm(cast: Cast) -> None:
    resume_sending(by=cast.administrator, at=clock.now())


def test_what_is_noted_is_how_far_the_database_has_come(cast: Cast, in_use: Anchor) -> None:
    letter, act = Letter.objects.get(), AuditEvent.objects.latest("pk")
    assert in_use.letter == (letter.pk, letter.created_at)
    assert in_use.sent == (letter.pk, letter.sent_at)
    assert in_use.letters == 1
    assert in_use.act[0] is not None
    assert in_use.act[0] >= act.pk


def test_each_cycle_notes_anew_and_goes_on(cast: Cast, sink: Sink, in_use: Anchor, noted: Path) -> None:
    owe(cast, key="alert:2:1")
    assert delivery.drain() == 1
    now = Anchor.read(noted)
    assert now is not None
    assert (now.letters, now.acts) == (2, in_use.acts)
    assert len(sink.accepted) == 2


@pytest.mark.parametrize("mark", ["act", "letter", "sent"])
def test_a_database_that_does_not_know_what_was_noted_sends_nothing(
    cast: Cast, sink: Sink, in_use: Anchor, noted: Path, mark: str
) -> None:
    forget(noted, in_use, mark)
    owe(cast, key="alert:2:1", critical=True)
    before = noted.read_text()
    for _ in range(3):
        assert delivery.drain() == 0
    assert len(sink.accepted) == 1
    assert Epoch.objects.count() == 1
    assert noted.read_text() == before, "an older database overwrites no note"


def test_the_same_numbers_given_out_anew_are_still_another_history(
    cast: Cast, sink: Sink, in_use: Anchor, noted: Path
) -> None:
    replace(in_use, letter=(in_use.letter[0], in_use.noted_at - timedelta(days=7))).write(noted)
    owe(cast, key="alert:2:1")
    assert delivery.drain() == 0


def test_a_sender_that_had_claimed_before_the_break_hands_nothing_over(cast: Cast, sink: Sink) -> None:
    letter = owe(cast, critical=True)
    (claim,) = claims.claim()
    Epoch.objects.create(number=1, found_at=clock.now(), sentence="An older one.")
    delivery._send_batch([claim], until=float("inf"))
    assert not sink.accepted
    assert state(letter) == Letter.State.CLAIMED
    assert not claims.claim()


def test_the_gap_stands_on_every_page_and_the_engine_is_unwell_while_the_list_goes_on(
    client: Client, cast: Cast, pump: Pump, in_use: Anchor, noted: Path
) -> None:
    beat(name="sweep")
    beat(name="sink")
    forget(noted, in_use, "act", hours=24 * 7)
    Heartbeat.objects.filter(name="anchor").update(finished_at=in_use.noted_at - timedelta(hours=1))
    delivery.drain()
    answer = client.get("/healthz/engine")
    assert answer.status_code == 503
    (problem,) = answer.json()["problems"]
    assert "At least 5 acts and 3 letters" in problem
    for part in (in_use.noted_at + timedelta(days=7), clock.now()):
        assert f"{part:%a} {part.day} {part:%b %Y}" in problem
    client.force_login(cast.nurse.user)
    for path in ("/", "/alerts/", "/letters/"):
        body = client.get(path).content.decode()
        assert problem in body
        assert reverse("outbox:resume") not in body
    assert pump.patient.family_name.upper() in client.get("/").content.decode()
    client.force_login(cast.administrator.user)
    assert reverse("outbox:resume") in client.get("/").content.decode()


def test_what_may_have_left_is_not_sent_again_and_what_is_critical_is_not_lost(
    cast: Cast, sink: Sink, in_use: Anchor, noted: Path
) -> None:
    quiet, grave = owe(cast, key="alert:2:1"), owe(cast, key="alert:3:1", critical=True)
    forget(noted, in_use, "sent")
    delivery.drain()
    confirm(cast)
    assert delivery.drain() == 1
    assert (state(quiet), state(grave)) == (Letter.State.SUPERSEDED, Letter.State.SENT)
    assert "may have left" in quiet.trouble


def test_what_has_come_up_since_says_the_same_words_to_one_person_once(
    cast: Cast, sink: Sink, in_use: Anchor, noted: Path
) -> None:
    forget(noted, in_use, "sent", hours=-1)
    delivery.drain()
    for number in range(4):
        owe(cast, key=f"alert:{number}:9")
    confirm(cast)
    assert delivery.drain() == 1
    assert Letter.objects.filter(state=Letter.State.SUPERSEDED).count() == 3


def test_once_confirmed_letters_leave_and_the_new_epoch_is_noted(
    cast: Cast, sink: Sink, in_use: Anchor, noted: Path
) -> None:
    forget(noted, in_use, "act", "letter", "sent")
    delivery.drain()
    confirm(cast)
    delivery.drain()
    now = Anchor.read(noted)
    assert now is not None
    assert (now.epoch, now.letters) == (1, 1)
    owe(cast, key="alert:5:1")
    assert delivery.drain() == 1
    assert delivery.drain() == 0


def test_the_same_backup_a_second_time_is_found_out_again(
    cast: Cast, sink: Sink, in_use: Anchor, noted: Path
) -> None:
    replace(in_use, epoch=4).write(noted)
    delivery.drain()
    assert Epoch.objects.get().number == 5


def test_a_note_that_cannot_be_read_pauses_once_and_a_new_one_begins(
    cast: Cast, sink: Sink, in_use: Anchor, noted: Path
) -> None:
    noted.write_text("{")
    owe(cast, key="alert:2:1", critical=True)
    assert delivery.drain() == 0
    assert delivery.drain() == 0
    assert "cannot be read" in Epoch.objects.get().sentence
    confirm(cast)
    assert delivery.drain() == 1
    assert json.loads(noted.read_text())["epoch"] == 1


def test_a_note_that_cannot_be_written_stops_no_letter_and_is_said(
    client: Client, cast: Cast, sink: Sink, settings: Any, tmp_path: Path
) -> None:
    settings.ANCHOR_FILE = str(tmp_path / "no such folder" / "anchor.json")
    owe(cast)
    assert delivery.drain() == 1
    beat(name="sweep")
    beat(name="sink")
    assert client.get("/healthz/engine").json()["problems"] == [
        "How far the database is has not been noted outside it yet."
    ]


def test_the_numbers_that_the_forgotten_time_gave_out_are_given_to_nothing_else(
    cast: Cast, sink: Sink, in_use: Anchor, noted: Path
) -> None:
    before = cast.bare_pump()
    forget(noted, in_use, "act")
    delivery.drain()
    after = cast.bare_pump()
    assert after.pk >= before.pk + 1_000_000
    assert after.patient_id >= before.patient_id + 1_000_000
    assert owe(cast, key="alert:2:1").pk > 1_000_000


def test_every_clinic_hears_in_its_trail_who_let_letters_leave(
    cast: Cast, sink: Sink, in_use: Anchor, noted: Path
) -> None:
    forget(noted, in_use, "act")
    delivery.drain()
    confirm(cast)
    for _ in range(2):
        delivery.drain()
    for clinic in (cast.clinic, cast.stranger.clinic):
        with inside(clinic.pk):
            (event,) = AuditEvent.objects.filter(verb="sending.resumed")
            assert event.by_id == cast.administrator.user_id


@pytest.fixture
def page(client: Client, cast: Cast, in_use: Anchor, noted: Path) -> FormPage:
    forget(noted, in_use, "act")
    delivery.drain()
    return FormPage(client, cast.administrator, reverse("outbox:resume"))


def test_each_consequence_is_said_before_letters_leave(page: FormPage) -> None:
    assert "At least 5 acts" in page.answer.content.decode()
    assert page.errors({}).keys() == {"told", "entering", "people"}
    assert "Tell them first" in page.errors({})["told"]
    assert page.errors({"told": "on", "people": "on"}).keys() == {"entering"}
    assert Epoch.objects.get().confirmed_at is None


def test_who_has_said_them_lets_letters_leave_and_twice_is_once(page: FormPage, cast: Cast) -> None:
    said = {"told": "on", "entering": "on", "people": "on"}
    for _ in range(2):
        assert page.press(said)["Location"] == reverse("dashboard:worklist")
    epoch = Epoch.objects.get()
    assert epoch.confirmed_by == cast.administrator.user
    assert AuditEvent.objects.filter(verb="sending.resumed").count() == 1
    delivery.drain()
    assert "There is nothing to confirm" in page.open().content.decode()


def test_only_the_administrator_lets_letters_leave(client: Client, cast: Cast, page: FormPage) -> None:
    for member in (cast.nurse, cast.prescriber, cast.coordinator, cast.auditor):
        client.force_login(member.user)
        assert client.post(page.address, {"told": "on", "entering": "on"}).status_code == 403
    assert Epoch.objects.get().confirmed_at is None
