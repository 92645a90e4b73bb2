"""An old backup in the database's place, ten times of ten: no letter leaves before a person has confirmed, and the gap
is named. Five come back by the product's own command, five past it, as somebody would with PostgreSQL's tools alone.
"""

from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from psycopg.sql import SQL

from alerts.sweep import sweep
from itb import clock
from itb.backup import restore
from itb.backup.manifest import Manifest
from itb.health import engine
from itb.outbox import delivery
from itb.outbox.models import Epoch, Letter
from itb.outbox.services import resume_sending
from itb.walls import inside
from refills.models import Projection
from tests.backup.conftest import Vault
from tests.backup.conftest import lived_in as lived_in  # the fixture
from tests.backup.conftest import vault as vault  # the fixture
from tests.cast import Cast
from tests.outbox.sink import Sink
from tests.outbox.test_delivery import owe
from tests.outbox.test_delivery import sink as sink  # the fixture

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

ROUNDS = 10


@pytest.fixture
def noted(settings: Any, tmp_path: Path) -> Path:
    """Where it is noted how far the database had come."""
    settings.ANCHOR_FILE = str(tmp_path / "anchor.json")
    return tmp_path / "anchor.json"


def put_back_by_hand(vault: Vault, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows alone, with nothing of the product's own precautions."""
    without = restore.AFTER.as_string(None).replace("SELECT outbox_pause", "SELECT 1; --")
    with monkeypatch.context() as patch:
        patch.setattr(restore, "AFTER", SQL(without))  # type: ignore[arg-type]
        connections.close_all()
        restore.put_back(backup, vault.key, Manifest.read(backup))


def work_on(cast: Cast, number: int, sink: Sink) -> None:
    """What is done after the backup: facts, letters that wait in the backup and leave, letters that are new."""
    with inside(cast.clinic.pk):
        owe(cast, key=f"alert:{number}:later", critical=True)
        owe(cast, key=f"alert:{number}:later still")
    cast.running_pump(serial=f"NGR{number}")
    assert delivery.drain() == 4


def test_ten_of_ten_are_found_out_before_a_letter_leaves(
    lived_in: Cast, vault: Vault, sink: Sink, noted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery.drain()
    for number in range(ROUNDS):
        with inside(lived_in.clinic.pk):
            owe(lived_in, key=f"alert:{number}:early", critical=True)
            owe(lived_in, key=f"alert:{number}:early too")
        backup = vault.backup(vault.folder / f"{number}.age")
        work_on(lived_in, number, sink)
        before = len(sink.accepted)
        if number % 2:
            put_back_by_hand(vault, backup, monkeypatch)
        else:
            vault.restore(backup)
        for _ in range(3):
            sweep()
            assert delivery.drain() == 0
        assert len(sink.accepted) == before, f"round {number}"
        named(vault, backup)
        with inside(lived_in.clinic.pk):
            assert Projection.objects.count() == 2, "the list goes on showing what the database knows"
        let_go(lived_in, sink, number, before)


def named(vault: Vault, backup: Path) -> None:
    """The gap stands first among what is wrong, from when to when."""
    epoch, made_at = Epoch.objects.latest("number"), Manifest.read(backup).at
    assert epoch.gap_from is not None
    assert epoch.gap_until is not None
    assert epoch.gap_from <= made_at < epoch.gap_until
    first = engine().problems[0]
    for at in (epoch.gap_from, epoch.gap_until):
        assert f"{at:%a} {at.day} {at:%b %Y %H:%M} UTC" in first
    assert "acts and 2 letters" in first


def let_go(cast: Cast, sink: Sink, number: int, before: int) -> None:
    """Once confirmed, what is critical goes again as the same message, and nothing else does."""
    with inside(cast.clinic.pk, cast.administrator.user_id):
        resume_sending(by=cast.administrator, at=clock.now())
    assert delivery.drain() == 1
    assert sink.identities[before] in sink.identities[:before]
    with inside(cast.clinic.pk):
        states = dict(
            Letter.objects.filter(key__startswith=f"alert:{number}:").values_list("is_critical", "state")
        )
    assert states == {True: Letter.State.SENT, False: Letter.State.SUPERSEDED}
