"""The SMTP sink: a process that takes every message on an inherited socket and keeps it in a folder.

`python -m itb.local.sink FD FOLDER`
"""

import asyncio
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from itb.local.mailbox import keep


class Keeper:
    """Says 250 once the message is on the disk, and never before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        """Keep what the envelope carries."""
        content = envelope.original_content or b""
        try:
            keep(self.folder, content, envelope.mail_from or "", envelope.rcpt_tos, datetime.now(UTC))
        except OSError:
            return "452 The folder cannot be written"
        return "250 Kept"


async def serve(listening: socket.socket, folder: Path) -> None:
    """Take messages until asked to end."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    server = await loop.create_server(lambda: SMTP(Keeper(folder), hostname="localhost"), sock=listening)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])))
