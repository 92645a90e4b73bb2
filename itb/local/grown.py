"""A database that has every migration already: tests and measurements begin with a copy of it.

Django draws every model anew for each of a hundred migrations, a quarter of a minute of work that each test process and
each stack would do again. It is done once for a state of the migrations, and kept in `.local/grown/`.
"""

import fcntl
import hashlib
import shutil
from pathlib import Path, PurePath

from itb.local.postgres import throw_away
from itb.local.process import ROOT
from itb.local.stack import Stack

HOME = ROOT / ".local" / "grown"
GROWN_FROM = (
    "*/migrations/*.py",
    "itb/*/migrations/*.py",
    "itb/walls.py",
    "itb/audit/*.py",
    "itb/local/*.py",
)
"""What decides how the database looks: the migrations, what they import, and how a cluster is made."""
LOCKED = ("production", "local")
TEMPLATE = "ITB_TEST_TEMPLATE"  # in the environment: the database that test databases are copies of


def grown() -> Path:
    """The folder of a stopped cluster with the present schema and no row of anyone's. Raises Trouble."""
    HOME.mkdir(parents=True, exist_ok=True)
    folder = HOME / fingerprint()
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            for old in HOME.glob("[0-9a-f]*"):
                throw_away(old / "postgres")
                shutil.rmtree(old)
            grow(folder)
    return folder / "postgres"


def grow(folder: Path) -> None:
    """Make it beside its place, and move it there when it is whole."""
    new = HOME / "new"
    throw_away(new / "postgres")
    shutil.rmtree(new, ignore_errors=True)
    with Stack(new, parts=("postgres",), durable=False) as stack:
        stack.prepare()
    new.rename(folder)


def is_grown_from(file: str) -> bool:
    """Whether a change of this file, named from the project's folder, may make another schema."""
    return any(PurePath(file).match(pattern) for pattern in GROWN_FROM)


def fingerprint() -> str:
    """Of everything that it is grown from."""
    sources = sorted({path for pattern in GROWN_FROM for path in ROOT.glob(pattern)})
    locks = [ROOT / "requirements" / f"{name}.txt" for name in LOCKED]
    whole = hashlib.sha256()
    for path in (*sources, *locks):
        whole.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return whole.hexdigest()[:16]
