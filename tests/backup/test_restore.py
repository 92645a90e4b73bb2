"""A backup comes back whole, or the database stays as it was; either way it is known which."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError
from django.db import Error, connection
from django.test import Client
from pyrage import x25519

from itb import clock
from itb.audit.models import AuditEvent
from itb.backup import restore
from itb.backup.manifest import Manifest, beside
from itb.backup.trouble import BackupError
from itb.outbox import delivery
from itb.outbox.models import Epoch, Letter
from itb.outbox.services import resume_sending
from itb.walls import inside
from patients.models import Pump
from tests.backup.conftest import Vault, rows
from tests.cast import Cast
from tests.outbox.sink import Sink
from tests.outbox.test_delivery import owe
from tests.outbox.test_delivery import sink as sink  # the fixture
from tests.owner import owner_cursor

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

MOVES_ON = {"outbox_epoch", "outbox_heartbeat", "audit_auditevent", "audit_link", "django_session"}
"""What a restore itself writes, or leaves behind."""


def refused(vault: Vault, backup: Path, **options: Any) -> str:
    """What the command ends with; the database is as it was."""
    before = rows()
    with pytest.raises(CommandError) as error:
        vault.restore(backup, **options)
    assert rows() == before
    return str(error.value)


@pytest.fixture
def made(lived_in: Cast, vault: Vault) -> Path:
    return vault.backup()


def test_every_row_of_every_clinic_is_back(lived_in: Cast, vault: Vault) -> None:
    before = rows()
    made = vault.backup()
    lived_in.running_pump()
    with inside(lived_in.clinic.pk):
        owe(lived_in)
    said = vault.restore(made)
    after = rows()
    assert {name: found for name, found in after.items() if name not in MOVES_ON} == {
        name: found for name, found in before.items() if name not in MOVES_ON
    }
    assert set(before["audit_auditevent"]) < set(after["audit_auditevent"])
    assert "are back" in said


def test_the_walls_and_the_grants_are_back(lived_in: Cast, vault: Vault, made: Path) -> None:
    vault.restore(made)
    assert not Pump.objects.exists()
    for clinic, pumps in ((lived_in.clinic, 2), (lived_in.stranger.clinic, 1)):
        with inside(clinic.pk):
            assert Pump.objects.count() == pumps
            with pytest.raises(Error, match=r"append-only|permission denied"), connection.cursor() as cursor:
                cursor.execute("DELETE FROM refills_refill")


def test_nobody_is_signed_in_by_a_restore(lived_in: Cast, vault: Vault, client: Client) -> None:
    client.force_login(lived_in.nurse.user)
    assert client.get("/").status_code == 200
    vault.restore(vault.backup())
    assert client.get("/")["Location"].startswith("/accounts/login/")


def test_no_letter_leaves_a_restored_database_until_a_person_has_confirmed(
    lived_in: Cast, vault: Vault, sink: Sink
) -> None:
    with inside(lived_in.clinic.pk):
        owe(lived_in, critical=True)
        owe(lived_in, key="alert:2:1")
    vault.restore(vault.backup())
    for _ in range(3):
        assert delivery.drain() == 0
    assert not sink.accepted
    assert "A backup of" in Epoch.objects.get().sentence
    with inside(lived_in.clinic.pk, lived_in.administrator.user_id):
        resume_sending(by=lived_in.administrator, at=clock.now())
    assert delivery.drain() == 1
    with inside(lived_in.clinic.pk):
        assert set(Letter.objects.values_list("is_critical", "state")) == {
            (True, Letter.State.SENT),
            (False, Letter.State.SUPERSEDED),
        }


def test_a_restore_is_said_in_every_trail(lived_in: Cast, vault: Vault, made: Path) -> None:
    vault.restore(made)
    for clinic in (lived_in.clinic, lived_in.stranger.clinic):
        with inside(clinic.pk):
            assert AuditEvent.objects.filter(verb="backup.restored").count() == 1


def test_a_database_that_is_not_empty_is_only_replaced_by_its_typed_name(vault: Vault, made: Path) -> None:
    for typed in ("", "yes", "itb", "production"):
        assert f"add --replace {connection.settings_dict['NAME']}" in refused(vault, made, replace=typed)


def test_a_trail_that_was_changed_in_the_backup_is_said_and_sending_stays_paused(
    lived_in: Cast, vault: Vault
) -> None:
    with owner_cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER append_only")
        cursor.execute(
            "UPDATE audit_auditevent SET by_id = 1 WHERE id = (SELECT min(id) FROM audit_auditevent)"
        )
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER append_only")
    with pytest.raises(CommandError, match="the trail is not whole: Clinic"):
        vault.restore(vault.backup())
    assert delivery.drain() == 0
    assert Epoch.objects.get().begun_at is None


def test_an_empty_database_needs_no_such_word(lived_in: Cast, vault: Vault, made: Path) -> None:
    before = rows()
    with owner_cursor() as cursor:
        cursor.execute("DROP OWNED BY CURRENT_USER")
    vault.restore(made, replace="")
    assert rows()["refills_refill"] == before["refills_refill"]


def test_a_wrong_key_is_found_before_anything_is_dropped(vault: Vault, made: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(str(x25519.Identity.generate()))
    assert "other.txt does not open this backup" in refused(vault, made, key=other)
    other.write_text("not a key")
    assert "holds no age secret key" in refused(vault, made, key=other)
    assert "holds no age secret key" in refused(vault, made, key=tmp_path / "missing.txt")


@pytest.mark.parametrize("harm", ["flipped", "cut"])
def test_a_damaged_file_is_found_before_anything_is_dropped(vault: Vault, made: Path, harm: str) -> None:
    whole = bytearray(made.read_bytes())
    whole[len(whole) // 2] ^= 1
    made.write_bytes(whole if harm == "flipped" else whole[: len(whole) // 2])
    assert "its sum is another" in refused(vault, made)
    edit(made, sha256=restore.sum_of(made))
    assert "damaged or cut off" in refused(vault, made)


def edit(backup: Path, **facts: Any) -> None:
    """Let the manifest say something else."""
    said = json.loads(beside(backup).read_text())
    beside(backup).write_text(json.dumps(said | facts))


def test_a_manifest_that_does_not_fit_is_found_before_anything_is_dropped(vault: Vault, made: Path) -> None:
    edit(made, rows=json.loads(beside(made).read_text())["rows"] | {"refills_refill": 4})
    assert "does not hold the rows" in refused(vault, made)
    edit(made, migrations={"patients": "9999_from_the_future"})
    assert "made by a later version" in refused(vault, made)
    edit(made, format=99)
    assert "another format" in refused(vault, made)
    beside(made).write_text("{}")
    assert "is not the manifest of a backup" in refused(vault, made)
    beside(made).unlink()
    assert "It belongs beside the backup" in refused(vault, made)


def test_what_fails_at_the_very_end_leaves_the_database_as_it_was(vault: Vault, made: Path) -> None:
    before = rows()
    edit(made, rows=json.loads(beside(made).read_text())["rows"] | {"refills_refill": 4})
    with pytest.raises(BackupError, match="refills_refill has 3 rows and the backup 4"):
        restore.put_back(made, vault.key, Manifest.read(made))
    assert rows() == before


def test_what_breaks_in_the_middle_leaves_the_database_as_it_was(
    vault: Vault, made: Path, tmp_path: Path
) -> None:
    before, manifest = rows(), Manifest.read(made)
    other = tmp_path / "other.txt"
    other.write_text(str(x25519.Identity.generate()))
    with pytest.raises(BackupError):
        restore.put_back(made, other, manifest)
    assert rows() == before
    made.write_bytes(made.read_bytes()[: made.stat().st_size - 20_000])
    with pytest.raises(BackupError):
        restore.put_back(made, vault.key, manifest)
    assert rows() == before


def test_somebody_in_the_middle_of_a_form_does_not_stop_it_and_loses_only_that(
    lived_in: Cast, vault: Vault, made: Path
) -> None:
    words = connection.get_connection_params()
    words.pop("context", None)
    with psycopg.connect(
        **{name: words[name] for name in ("dbname", "user", "host") if words.get(name)}
    ) as other:
        other.execute("SET idle_in_transaction_session_timeout = '1s'")
        other.execute("SELECT set_config('itb.clinic', %s, false)", [str(lived_in.clinic.pk)])
        other.execute("SELECT * FROM patients_pump FOR UPDATE")
        vault.restore(made)
        with pytest.raises(psycopg.Error):
            other.execute("SELECT 1")
