"""A real SMTP server in this process that can be told to refuse, to ask for later, or to hang up."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller


class Sink:
    """Keeps what it accepted. `at_rcpt` and `at_data` are what it answers; None accepts."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, Message]] = []
        self.at_rcpt: str | None = None
        self.at_data: str | None = None
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.at_rcpt:
            return self.at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.at_data == "hang up":
            server.transport.abort()
            return "250 never heard"
        if self.at_data:
            return self.at_data
        self.accepted.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content)))
        return "250 OK"

    @property
    def identities(self) -> list[str]:
        """Message-IDs in order of arrival."""
        return [message["Message-ID"] for _, message in self.accepted]


@contextmanager
def listening(**options: Any) -> Iterator[Sink]:
    """A sink on a free loopback port; `options` are aiosmtpd's, such as its certificate."""
    sink = Sink()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        sink.port = probe.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, **options)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
