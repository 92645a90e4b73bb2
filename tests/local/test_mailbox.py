"""The sink: what an SMTP client hands over is what a reader finds."""

import smtplib
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from itb.local.mailbox import arrived, keep
from itb.local.process import ROOT
from itb.local.stack import listen

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with listen(0) as listening:
        command = [sys.executable, "-m", "itb.local.sink", str(listening.fileno()), str(tmp_path)]
        sink = subprocess.Popen(command, cwd=ROOT, pass_fds=(listening.fileno(),))
        yield listening.getsockname()[1]
        sink.terminate()
        assert sink.wait(10) == 0


def letter(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "itb@clinic.example", "nurse@clinic.example"
    message["Message-ID"] = "<one@clinic.example>"
    message.set_content("Please look.\n.\nA line with one dot stands above.\n")
    return message


def test_a_letter_over_smtp_is_in_the_folder_whole(tmp_path: Path, port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(letter("One – first"), to_addrs=["nurse@clinic.example", "second@clinic.example"])
    (one,) = arrived(tmp_path)
    assert one.sender == "itb@clinic.example"
    assert one.recipients == ("nurse@clinic.example", "second@clinic.example")
    assert one.message["Subject"] == "One – first"
    assert one.message["Message-ID"] == "<one@clinic.example>"
    assert "\n.\nA line with one dot" in one.message.get_content().replace("\r\n", "\n")
    assert abs(datetime.now(UTC) - one.at) < timedelta(minutes=1)


def test_the_newest_letter_comes_first(tmp_path: Path) -> None:
    for minutes in (0, 2, 1):
        content = letter(f"after {minutes}").as_bytes()
        keep(tmp_path, content, "a@clinic.example", ["b@clinic.example"], NOON + timedelta(minutes=minutes))
    assert [one.message["Subject"] for one in arrived(tmp_path)] == ["after 2", "after 1", "after 0"]
    assert [one.at for one in arrived(tmp_path)][-1] == NOON


def test_a_half_written_letter_is_not_read(tmp_path: Path) -> None:
    (tmp_path / ".20260301T120000.000000Z-00000000.eml").write_bytes(b"X-MailFrom: a@clin")
    assert list(arrived(tmp_path)) == []


def test_a_folder_that_is_absent_is_an_empty_mailbox(tmp_path: Path) -> None:
    assert list(arrived(tmp_path / "none")) == []
