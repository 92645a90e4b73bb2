"""The head of the trail leaves by letter, once a clinic day, to two people: the anchor that verify_audit takes."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from itb.accounts.models import Clinic, Membership
from itb.accounts.permissions import Role
from itb.audit.chain import Head
from itb.audit.management.commands.verify_audit import anchor_of
from itb.outbox import delivery
from itb.outbox.heads import owe_heads, two_of
from itb.outbox.models import Letter
from itb.outbox.services import Owed, enqueue
from itb.outbox.tasks import drain
from itb.walls import inside
from patients.models import Pump
from tests.cast import Cast, join
from tests.outbox.sink import Sink, listening
from tests.security.trail import BOTH, linked, verified

HEADS = Letter.objects.filter(template="trail/head")


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with listening() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_two_people_receive_a_head_that_verify_audit_takes(cast: Cast, pump: Pump, sink: Sink) -> None:
    owe_heads(at=cast.at)
    delivery.drain()
    mine = [mail for to, mail in sink.accepted if to.endswith(f"@{cast.clinic.pk}.example")]
    assert {to for to, _ in sink.accepted} >= {cast.auditor.user.email, cast.administrator.user.email}
    assert len(mine) == 2
    (text,) = [str(part.get_payload()) for part in mine[0].walk() if part.get_content_type() == "text/plain"]
    (line,) = set(re.findall(rf"\b{cast.clinic.pk}:\d+:[0-9a-f]{{64}}", text))
    said = verified(anchor_of(line))
    assert "Nothing is wrong" in said
    assert f"No anchor was given for clinic {cast.clinic.pk}" not in said


def test_it_is_owed_once_a_day_of_the_clinics_own_calendar(cast: Cast, pump: Pump) -> None:
    linked()
    evening = datetime(
        2026, 6, 30, 23, 30, tzinfo=UTC
    )  # half past midnight in London, half past seven in New York
    here, there = HEADS.filter(clinic=cast.clinic), HEADS.filter(clinic=cast.stranger.clinic)
    for hours in (0, 1, 2):
        owe_heads(at=evening + timedelta(hours=hours))
    assert set(here.values_list("topic", flat=True)) == {"trail:2026-07-01"}
    with inside(cast.stranger.clinic_id):
        assert set(there.values_list("topic", flat=True)) == {"trail:2026-06-30"}
    assert here.count() == 2
    owe_heads(at=evening + timedelta(hours=24))
    assert here.count() == 4


def test_a_clinic_without_auditor_or_administrator_tells_two_who_are_told(cast: Cast) -> None:
    assert {each.role for each in two_of(cast.clinic)} == {"auditor", "administrator"}
    Membership.objects.filter(pk=cast.auditor.pk).update(ended_at=cast.at)
    assert {each.role for each in two_of(cast.clinic)} == {"administrator", "nurse"}
    Membership.objects.filter(pk=cast.administrator.pk).update(ended_at=cast.at)
    assert {each.role for each in two_of(cast.clinic)} == {"nurse", "prescriber"}
    with inside(cast.stranger.clinic_id):
        assert two_of(cast.stranger.clinic) == [cast.stranger]
        join(cast.stranger.clinic, "second", Role.COORDINATOR, cast.at)
        assert len(two_of(cast.stranger.clinic)) == 2


def test_a_clinic_in_which_nothing_has_happened_owes_nothing(db: None) -> None:
    assert owe_heads(at=datetime(2026, 6, 30, tzinfo=UTC)) == 0


@pytest.mark.parametrize(
    "way", [drain, lambda: call_command("tick", "--only", "drain")], ids=["worker", "tick"]
)
def test_the_worker_and_the_tick_owe_it(cast: Cast, pump: Pump, sink: Sink, way: Callable[[], None]) -> None:
    linked()
    way()
    assert HEADS.filter(clinic=cast.clinic).count() == 2


@pytest.mark.parametrize(
    "way", [drain, lambda: call_command("tick", "--only", "drain")], ids=["worker", "tick"]
)
def test_a_clinic_in_which_it_cannot_be_owed_stops_no_letter_and_no_other_clinic(
    cast: Cast, pump: Pump, sink: Sink, way: Callable[[], None]
) -> None:
    linked()
    Clinic.objects.filter(pk=cast.clinic.pk).update(zone="Atlantis/Nowhere")
    owed = {"key": "k", "recipients": [cast.nurse], "topic": "t", "is_critical": True, "at": cast.at}
    enqueue(Owed(**owed, template="alerts/due"))  # type: ignore[arg-type]
    way()
    assert [to for to, _ in sink.accepted] == [cast.nurse.user.email]
    with inside(cast.stranger.clinic_id):
        assert HEADS.filter(clinic=cast.stranger.clinic).exists()


def test_a_letter_takes_no_words_but_those_of_its_template(cast: Cast) -> None:
    owed: dict[str, Any] = {
        "key": "k",
        "recipients": [cast.nurse],
        "topic": "t",
        "is_critical": False,
        "at": cast.at,
    }
    with pytest.raises(AssertionError, match="allowed"):
        enqueue(Owed(**owed, template="alerts/due", words={"name": "Okafor"}))
    with pytest.raises(AssertionError, match="allowed"):
        enqueue(Owed(**owed, template="trail/head", words={"head": "1:1:a"}))


def test_the_page_of_letters_shows_it_by_its_subject(client: Client, cast: Cast, pump: Pump) -> None:
    linked()
    owe_heads(at=cast.at)
    client.force_login(cast.auditor.user)
    assert (
        "The head of your clinic&#x27;s trail: keep this letter" in client.get("/letters/").content.decode()
    )


def test_an_anchor_reads_as_it_is_written() -> None:
    assert anchor_of("3:17:AB") == Head(3, 17, "ab")
