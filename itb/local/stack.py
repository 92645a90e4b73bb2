"""Everything the product is made of, on this machine: started in order, watched, and stopped in order.

The same code serves `./run.py up`, the commands beside it, and the tests that want real parts.
"""

import errno
import http.client
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

from itb.local.postgres import Postgres, binaries
from itb.local.process import ROOT, Process, tethered
from itb.local.static import collected
from itb.local.trouble import Trouble, last_line
from itb.local.valkey import Valkey

HOST = "127.0.0.1"
SERVERS = ("postgres", "valkey", "mail")
PRODUCT = ("web", "worker", "beat")
REPLACED_BY = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL", "mail": "EMAIL_URL"}
OWNER = "OWNER_DATABASE_URL"  # for migrations and backups; what serves people never has it
NOT_INHERITED = {
    *REPLACED_BY.values(),
    OWNER,
    "ITB_MAILBOX_DIR",
    "ITB_ANCHOR_FILE",
    "POSTGRES_BINARIES",
    "DEBUG",
}
READY_PAGE = "/accounts/login/"
READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.2


class Stack:
    """A context manager. `folder` keeps the database, the mailbox and the logs; sockets live in a private short one.

    `urls` replaces embedded parts (DATABASE_URL, REDIS_URL, EMAIL_URL); `extra` is added to the environment;
    `demo` builds the invented clinics; `durable=False` gives up fsync for speed; `seed` is a stopped cluster that a new
    database begins as a copy of (itb.local.grown); `say` hears about restarts.
    Raises Trouble when something does not come up, after stopping what did.
    """

    def __init__(  # noqa: PLR0913  each is named by the caller
        self,
        folder: Path,
        *,
        demo: bool = False,
        port: int | socket.socket = 0,
        urls: Mapping[str, str] | None = None,
        parts: Iterable[str] = SERVERS + PRODUCT,
        extra: Mapping[str, str] | None = None,
        durable: bool = True,
        seed: Path | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder, self.demo, self.durable, self.seed, self.say = folder, demo, durable, seed, say
        self.mailbox, self.logs = folder / "mailbox", folder / "log"
        self.parts = {part for part in parts if REPLACED_BY.get(part) not in (urls or {})}
        self.processes: dict[str, Process] = {}
        self.environment: dict[str, str] = {}
        self.people = ""  # what `manage.py demo` printed
        self._port, self._urls, self._extra = port, dict(urls or {}), dict(extra or {})
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._exit.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    @property
    def url(self) -> str:
        """The address of the web pages."""
        return f"http://{HOST}:{self._web.getsockname()[1]}"

    @property
    def owner_url(self) -> str:
        """Where PostgreSQL is, for the role that sees over every wall."""
        return self.environment[OWNER]

    @property
    def email_url(self) -> str:
        """Where letters go."""
        return self.environment["EMAIL_URL"]

    def manage(self, *arguments: str) -> str:
        """Run manage.py against this stack and return what it printed. Raises CalledProcessError."""
        command = tethered([sys.executable, "manage.py", *arguments])
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def _start(self) -> None:
        """In order; the exit stack undoes each step in the opposite one."""
        for folder in (self.logs, self.mailbox):
            folder.mkdir(parents=True, exist_ok=True)
        if "web" in self.parts:
            self._web = self._exit.enter_context(
                self._port if isinstance(self._port, socket.socket) else listen(self._port)
            )
        if "mail" in self.parts:
            self._mail = self._exit.enter_context(listen(0))
        sockets = self._private_folder()
        postgres = Postgres(self.folder / "postgres", sockets, self.durable, self.seed)
        valkey = Valkey(sockets)
        self.environment = self._surroundings(postgres, valkey)
        with self._static():
            self._start_servers(postgres, valkey)
            if self.parts.intersection(PRODUCT):
                self.people = self.prepare()
        self._start_product()
        self._start_watch()

    def _surroundings(self, postgres: Postgres, valkey: Valkey) -> dict[str, str]:
        """The environment of every child: the caller's, and what leads to these servers."""
        ours = {
            "DJANGO_SETTINGS_MODULE": "itb.settings",
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": postgres.url,
            OWNER: postgres.owner_url,
            "REDIS_URL": valkey.url,
            "ITB_DEMO": "1",
            "ITB_ANCHOR_FILE": str(self.folder / "anchor.json"),
            "POSTGRES_BINARIES": str(binaries()) if "postgres" in self.parts else "",
            "ALLOWED_HOSTS": f"{HOST},localhost",
            "STATIC_ROOT": str(self.folder / "static"),
            "SECRET_KEY": secret(self.folder / "secret_key"),
        }
        if "web" in self.parts:
            ours |= {
                "SITE_URL": self.url,
                "CSRF_TRUSTED_ORIGINS": f"{self.url},{self.url.replace(HOST, 'localhost')}",
            }
        if "mail" in self.parts:
            port = self._mail.getsockname()[1]
            ours |= {"EMAIL_URL": f"smtp://{HOST}:{port}", "ITB_MAILBOX_DIR": str(self.mailbox)}
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        return inherited | ours | self._urls | self._extra

    def _private_folder(self) -> Path:
        """A new short folder for the sockets; the one that a killed supervisor left is removed."""
        link = self.folder / "sockets"
        if link.is_symlink():
            shutil.rmtree(link.readlink(), ignore_errors=True)
            link.unlink()
        sockets = Path(tempfile.mkdtemp(prefix="itb-", dir="/tmp"))  # a socket's path ends at 107 bytes
        link.symlink_to(sockets)
        self._exit.callback(link.unlink, missing_ok=True)
        self._exit.callback(shutil.rmtree, sockets, ignore_errors=True)
        return sockets

    def _start_servers(self, postgres: Postgres, valkey: Valkey) -> None:
        """PostgreSQL, Valkey and the sink, side by side; back when they answer."""
        if "valkey" in self.parts:
            self._launch(valkey.process(self._log("valkey")))
        if "mail" in self.parts:
            arguments = (str(self._mail.fileno()), str(self.mailbox))
            self._launch(self._module("mail", "itb.local.sink", *arguments, keep=self._mail))
        if "postgres" in self.parts:
            self._launch(postgres.process(self._log("postgres")))
            self._await("postgres", lambda: postgres.is_ready)
        if "valkey" in self.parts:
            self._await("valkey", lambda: valkey.is_ready)

    def _start_product(self) -> None:
        """The web server, the worker and beat; back when the first page answers."""
        celery = ("celery", "-A", "itb.celery")
        if "web" in self.parts:
            server = (
                "gunicorn",
                "-c",
                "python:itb.server",
                "itb.wsgi:application",
                "--bind",
                f"fd://{self._web.fileno()}",
                "--no-control-socket",
            )
            self._launch(self._module("web", *server, "--workers", "1", "--threads", "4", keep=self._web))
        if "worker" in self.parts:
            quick = ("--loglevel", "INFO", "--concurrency", "2", "--without-mingle", "--without-gossip")
            self._launch(self._module("worker", *celery, "worker", *quick))
        if "beat" in self.parts:
            self._launch(self._module("beat", *celery, "beat", "--loglevel", "INFO", "--pidfile="))
        if "web" in self.parts:
            self._await("web", lambda: answers(self._web))

    def _start_watch(self) -> None:
        """A thread that lives as long as the stack: what it starts again dies with it."""
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(ended,), name="watch", daemon=True)
        thread.start()
        self._exit.callback(thread.join)
        self._exit.callback(ended.set)

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(LOOK_EVERY_S):
            for process in self.processes.values():
                with suppress(OSError):  # a full disk or a terminal that has gone must not end the watch
                    if news := process.watch(time.monotonic()):
                        self.say(news)

    def _launch(self, process: Process) -> None:
        if process.log.exists():
            process.log.replace(process.log.with_suffix(".log.1"))
        self.processes[process.name] = process
        self._exit.callback(process.stop)
        process.start()

    def _await(self, name: str, is_ready: Callable[[], bool]) -> None:
        process, until = self.processes[name], time.monotonic() + READY_WITHIN_S
        while not is_ready():
            if not process.alive or time.monotonic() > until:
                raise process.trouble("did not start")
            time.sleep(0.05)

    def _static(self) -> AbstractContextManager[None]:
        if "web" not in self.parts:
            return nullcontext()
        return collected(self.folder / "static", self.environment, self._log("static"))

    def prepare(self) -> str:
        """Migrations, and the demo; returns what the demo printed. Raises Trouble."""
        command = [sys.executable, "-m", "itb.local.prepare", *(["--demo"] if self.demo else [])]
        with self._log("prepare").open("wb") as log:
            done = subprocess.run(
                tethered(command),
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                check=False,
            )
        if done.returncode:
            raise Trouble(f"The database could not be prepared: {last_line(self._log('prepare'))}")
        return done.stdout

    def _module(self, name: str, *words: str, keep: socket.socket | None = None) -> Process:
        """A child that is a Python module."""
        descriptors = (keep.fileno(),) if keep else ()
        command = [sys.executable, "-m", *words]
        environment = {key: value for key, value in self.environment.items() if key != OWNER}
        return Process(name, command, self._log(name), environment=environment, keep=descriptors)

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def listen(port: int) -> socket.socket:
    """A listening socket on the loopback; 0 picks a free port. Raises Trouble when the port is taken."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise Trouble(f"Port {port} {reason}: choose another with --port.") from error


def answers(listening: socket.socket) -> bool:
    """Whether the first page answers 200."""
    page = http.client.HTTPConnection(HOST, listening.getsockname()[1], timeout=2)
    try:
        page.request("GET", READY_PAGE)
        return page.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        page.close()


def secret(path: Path) -> str:
    """This folder's SECRET_KEY, made once, so that a restart signs nobody out."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
