"""The embedded PostgreSQL: what it promises, and what it refuses."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from itb.local import postgres as local
from itb.local.postgres import Postgres
from itb.local.trouble import Trouble
from tests.local.conftest import eventually


@pytest.fixture
def sockets() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="itb-", dir="/tmp"))
    yield path
    shutil.rmtree(path)


def asked(server: Postgres, question: str) -> str:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return str(row[0])


def test_a_new_data_folder_is_checked_terse_and_without_a_port(folder: Path, sockets: Path) -> None:
    server = Postgres(folder / "postgres", sockets)
    process = server.process(folder / "log")
    process.start()
    try:
        assert eventually(lambda: server.is_ready)
        assert asked(server, "SHOW data_checksums") == "on"
        assert asked(server, "SHOW fsync") == "on"
        assert asked(server, "SHOW listen_addresses") == ""
        assert asked(server, "SHOW log_error_verbosity") == "terse"
        assert asked(server, "SHOW log_parameter_max_length_on_error") == "0"
        assert asked(server, "SELECT datlocale FROM pg_database WHERE datname = 'itb'") == "C.UTF-8"
        assert asked(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "False"
        with pytest.raises(psycopg.Error), psycopg.connect(server.url) as connection:
            connection.execute("SELECT 'a secret dose'::int")
    finally:
        process.stop()
    assert "invalid input syntax" in (folder / "log").read_text()
    assert "SELECT" not in (folder / "log").read_text()


def test_a_data_folder_of_another_version_is_refused_and_left_alone(folder: Path, sockets: Path) -> None:
    data = folder / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(Trouble, match="made by PostgreSQL 16 and this is PostgreSQL 18"):
        Postgres(data, sockets).process(folder / "log")
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_a_half_made_data_folder_is_never_used(folder: Path, sockets: Path) -> None:
    half = folder / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    Postgres(folder / "postgres", sockets).process(folder / "log")
    assert (folder / "postgres" / "global" / "pg_control").exists()
    assert not half.exists()


def test_a_failing_initialisation_is_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "AT_BIRTH", "CREATE NOTHING;\n")
    with pytest.raises(Trouble, match=r"could not make its data folder: .*NOTHING"):
        local.initialise(folder / "postgres", local.find_footing(folder / "postgres"))
    assert not (folder / "postgres").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_root_without_user_namespaces_lends_the_server_to_nobody(
    folder: Path, sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "UNSHARE", ("false",))
    server = Postgres(folder / "postgres", sockets, durable=False)
    process = server.process(folder / "log")
    process.start()
    try:
        assert eventually(lambda: server.is_ready)
        assert Path(f"/proc/{process.pid}").stat().st_uid == local.NOBODY
        assert asked(server, "SELECT 1") == "1"
    finally:
        process.stop()
    lent = (folder / "postgres").readlink().parent
    assert lent.is_relative_to("/var/tmp")
    local.throw_away(folder / "postgres")
    assert not lent.exists()
