"""A backup holds every clinic's rows, can be read by the holder of the key alone, and overwrites nothing."""

import json
import resource
import stat
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pyrage import x25519

from itb import clock
from itb.audit.models import AuditEvent
from itb.backup import dump
from itb.backup.models import Backup
from itb.backup.restore import check
from itb.outbox.services import beat
from itb.walls import inside
from tests.backup.conftest import Vault, rows
from tests.cast import Cast
from tests.owner import owner_cursor

pytestmark = pytest.mark.django_db(transaction=True)


def said(*words: Any) -> str:
    """What the command ends with."""
    with pytest.raises(CommandError) as error:
        call_command("backup", *words, stdout=StringIO())
    return str(error.value)


def test_it_holds_every_row_of_every_clinic(lived_in: Cast, vault: Vault) -> None:
    there = rows()
    made = vault.backup()
    manifest = check(made, vault.key)
    assert manifest.rows == {name: len(found) for name, found in there.items() if name != "django_session"}
    assert manifest.rows["refills_refill"] == 3
    assert manifest.rows["accounts_clinic"] == 2


def test_without_the_key_nothing_of_a_person_is_in_it(lived_in: Cast, vault: Vault) -> None:
    made = vault.backup()
    for path in vault.folder.iterdir():
        assert b"Testcase" not in path.read_bytes()
        assert b"NGV100" not in path.read_bytes()
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert {path.name for path in vault.folder.iterdir()} == {made.name, f"{made.name}.json"}


def test_the_manifest_says_when_how_much_and_from_which_schema(lived_in: Cast, vault: Vault) -> None:
    manifest = json.loads(vault.backup().with_suffix(".age.json").read_text())
    assert manifest["migrations"]["outbox"] >= "0030_epochs"
    assert manifest["heads"]["act"][0] == max(row.pk for row in every_act(lived_in))
    assert len(manifest["sha256"]) == 64


def every_act(cast: Cast) -> list[AuditEvent]:
    """Of both clinics, before the backup's own."""
    found = []
    for clinic in (cast.clinic, cast.stranger.clinic):
        with inside(clinic.pk):
            found += AuditEvent.objects.exclude(verb="backup.made")
    return found


def test_it_is_said_in_every_trail_and_its_age_is_known(lived_in: Cast, vault: Vault) -> None:
    made = vault.backup()
    kept = Backup.objects.get()
    assert (kept.name, kept.size) == (made.name, made.stat().st_size)
    for clinic in (lived_in.clinic, lived_in.stranger.clinic):
        with inside(clinic.pk):
            assert AuditEvent.objects.get(verb="backup.made").subject_id == kept.pk


@pytest.mark.parametrize("there", ["mine.age", "mine.age.json", "mine.age.part"])
def test_nothing_is_overwritten(lived_in: Cast, vault: Vault, there: str) -> None:
    (vault.folder / there).write_text("older")
    assert "is left as it is" in said(vault.folder / "mine.age")
    assert [path.read_text() for path in vault.folder.iterdir()] == ["older"]
    assert not Backup.objects.exists()


def test_a_row_that_a_policy_hides_from_the_owner_stops_it(lived_in: Cast, vault: Vault) -> None:
    with owner_cursor() as cursor:
        cursor.execute("CREATE POLICY narrow ON patients_patient AS RESTRICTIVE USING (id < 0)")
        try:
            assert "hides rows of patients_patient" in said(vault.folder)
        finally:
            cursor.execute("DROP POLICY narrow ON patients_patient")
    assert not list(vault.folder.iterdir())


def test_a_dump_with_fewer_rows_than_the_snapshot_is_thrown_away(
    lived_in: Cast, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dump, "LEFT_OUT", LeftOutUnseen({"django_session", "refills_refill"}))
    assert "does not hold every row of refills_refill" in said(vault.folder)
    assert not list(vault.folder.iterdir())


class LeftOutUnseen(set[str]):
    """Left out of the dump, and expected in it all the same."""

    def __contains__(self, name: object) -> bool:
        return False


def test_a_disk_that_takes_no_more_leaves_nothing_that_looks_like_a_backup(
    lived_in: Cast, vault: Vault
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        assert "could not be written" in said(vault.folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(vault.folder.iterdir())
    assert not Backup.objects.exists()


@pytest.mark.parametrize(
    ("recipients", "words"),
    [
        ([], "BACKUP_RECIPIENTS is empty"),
        (["age1nobody"], "no age public key"),
        ([str(x25519.Identity.generate())], "take it off this host"),
    ],
)
def test_a_key_that_cannot_serve_is_said_in_words(
    lived_in: Cast, vault: Vault, settings: Any, recipients: list[str], words: str
) -> None:
    settings.BACKUP_RECIPIENTS = recipients
    assert words in said(vault.folder)
    assert not list(vault.folder.iterdir())


def test_a_missing_tool_a_missing_folder_and_a_missing_owner_are_said_in_words(
    lived_in: Cast, vault: Vault, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "There is no folder" in said(vault.folder / "nowhere" / "mine.age")
    settings.POSTGRES_BINARIES = str(vault.folder)
    assert "pg_restore is not there" in said(vault.folder)
    monkeypatch.delitem(settings.DATABASES, "owner")
    assert "OWNER_DATABASE_URL is not set" in said(vault.folder)


def test_a_late_backup_is_said_on_every_page_and_stops_nothing(
    client: Client, lived_in: Cast, vault: Vault
) -> None:
    for name in ("sweep", "drain", "sink"):
        beat(name=name)
    client.force_login(lived_in.nurse.user)
    assert "No backup has been made yet" in client.get("/").content.decode()
    old = clock.now() - timedelta(hours=26)
    Backup.objects.create(at=old, name="old", sha256="", size=1)
    page = client.get("/alerts/").content.decode()
    assert f"The last backup is of {old:%a} {old.day} {old:%b %H:%M} UTC" in page
    assert "Go through the list by hand" not in page
    assert client.get("/healthz/engine").status_code == 200
    vault.backup()
    assert "Backup is late" not in client.get("/").content.decode()


def test_where_no_key_is_configured_no_backup_is_missed(client: Client, lived_in: Cast) -> None:
    client.force_login(lived_in.nurse.user)
    assert "Backup is late" not in client.get("/").content.decode()
