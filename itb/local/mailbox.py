"""The folder where the local sink keeps what arrived: one file a message, in the order of arrival."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

STAMP = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True)
class Arrived:
    """A message as it came: when, from and to whom by the envelope, and what it says."""

    at: datetime
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    path: Path


def keep(folder: Path, content: bytes, sender: str, recipients: Sequence[str], at: datetime) -> Path:
    """Write a message so that a reader sees all of it or nothing; the envelope stands in front of its headers."""
    envelope = f"X-MailFrom: {sender}\r\nX-RcptTo: {', '.join(recipients)}\r\n".encode()
    path = folder / f"{at.astimezone(UTC):{STAMP}}-{secrets.token_hex(4)}.eml"
    hidden = path.with_name(f".{path.name}")
    hidden.write_bytes(envelope + content)
    return hidden.rename(path)


def arrived(folder: Path) -> Iterator[Arrived]:
    """What arrived, the newest first; empty when the folder is absent."""
    for path in sorted(folder.glob("[!.]*.eml"), reverse=True):
        yield read(path)


def read(path: Path) -> Arrived:
    """One message from its file."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    recipients = tuple(
        address.strip() for address in str(message["X-RcptTo"] or "").split(",") if address.strip()
    )
    at = datetime.strptime(path.name.partition("-")[0], STAMP).replace(tzinfo=UTC)
    return Arrived(at, str(message["X-MailFrom"] or ""), recipients, message, path)
