"""The mail server of a run: a process that keeps what it accepted before it says so, and that can be told to misbehave.

`python -m tests.chaos.sink PORT FOLDER`. The file `mode` says how it behaves; `record` holds a line for each message.
"""

import asyncio
import json
import random
import ssl
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

MODES = ("accept", "slow", "later", "refuse", "tls", "drop")
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Mode:
    """How it behaves: `word` of MODES; within `seconds` it answers to a message, which it keeps somewhere between;
    `share` of messages that `later` puts off.
    """

    word: str = "accept"
    seconds: float = 0.0
    share: float = 0.5


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that was accepted: when, under which Message-ID, and for whom by the envelope."""

    at: float
    identity: str
    to: str


class Keeper:
    """aiosmtpd's handler."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Refuse, put off or take the recipient."""
        mode = mode_of(self.folder)
        if mode.word == "refuse":
            return "550 No such person"
        if mode.word == "later" and random.random() < mode.share / 2:
            return "451 Later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep what came, then say so, or not."""
        mode = mode_of(self.folder)
        seconds = mode.seconds if mode.word == "slow" else random.uniform(0, mode.seconds)
        before = seconds * random.random()
        await asyncio.sleep(before)
        if mode.word == "later" and random.random() < mode.share / 2:
            return "451 Later"
        keep(self.folder, envelope)
        await asyncio.sleep(seconds - before)
        if mode.word == "drop":
            server.transport.abort()
        return "250 Kept"


def keep(folder: Path, envelope: Envelope) -> None:
    """One line, in one write: a kill leaves it whole or not at all."""
    identity = message_from_bytes(envelope.original_content or b"")["Message-ID"]
    lines = [json.dumps(asdict(Arrival(time.time(), identity, to))) for to in envelope.rcpt_tos]
    with (folder / "record").open("a") as record:
        record.write("".join(f"{line}\n" for line in lines))


def arrivals(folder: Path) -> Iterator[Arrival]:
    """What was accepted, in order."""
    record = folder / "record"
    for line in record.read_text().splitlines() if record.exists() else ():
        yield Arrival(**json.loads(line))


def mode_of(folder: Path) -> Mode:
    """How it behaves now."""
    try:
        return Mode(**json.loads((folder / "mode").read_text()))
    except FileNotFoundError:
        return Mode()


def tell(folder: Path, mode: Mode) -> None:
    """Let it behave so from the next command on."""
    half = folder / "mode.half"
    half.write_text(json.dumps(asdict(mode)))
    half.replace(folder / "mode")


async def serve(port: int, folder: Path) -> None:
    """Take messages until killed. With certificates in the folder letters come over TLS alone."""
    secure = {name: context(folder / f"{name}.pem") for name in ("good", "bad")}

    def speak() -> SMTP:
        tls = secure["bad" if mode_of(folder).word == "tls" else "good"]
        return SMTP(Keeper(folder), hostname="localhost", tls_context=tls, require_starttls=tls is not None)

    server = await asyncio.get_running_loop().create_server(speak, HOST, port, reuse_address=True)
    await server.serve_forever()


def context(certificate: Path) -> ssl.SSLContext | None:
    """For one side of TLS; None where there is no certificate."""
    if not certificate.exists():
        return None
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(certificate)
    return found


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
