"""One supervisor a folder."""

from pathlib import Path

from itb.local.lock import Lock


def test_the_second_is_turned_away_and_told_where_the_first_is(tmp_path: Path) -> None:
    first, second = Lock(tmp_path), Lock(tmp_path)
    assert first.take()
    first.write({"SITE_URL": "http://127.0.0.1:8000"})
    assert not second.take()
    assert second.read() == {"SITE_URL": "http://127.0.0.1:8000"}
    first.release()


def test_a_lock_that_was_let_go_can_be_taken(tmp_path: Path) -> None:
    first, second = Lock(tmp_path), Lock(tmp_path)
    first.take()
    first.release()
    assert second.take()
    second.release()


def test_a_note_is_for_its_owner_alone_and_goes_with_the_lock(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    lock.take()
    lock.write({"SECRET_KEY": "not for others"})
    assert lock.note.stat().st_mode & 0o077 == 0
    lock.release()
    assert not lock.note.exists()


def test_a_command_beside_takes_the_lock_or_reads_the_note(tmp_path: Path) -> None:
    first, second = Lock(tmp_path), Lock(tmp_path)
    assert first.take_or_read() == {}
    first.write({"SITE_URL": "http://127.0.0.1:8000"})
    assert second.take_or_read() == {"SITE_URL": "http://127.0.0.1:8000"}
    first.release()
    assert second.take_or_read() == {}
    second.release()
