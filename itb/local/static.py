"""Style sheets and pictures, collected beside the start of the servers, and only when one has changed."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from itb.local.process import ROOT, tethered
from itb.local.trouble import Trouble


@contextmanager
def collected(target: Path, environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """Collect into `target` while the body runs; they are there when it ends. Raises Trouble."""
    mark, fingerprint = target.with_suffix(".sum"), fingerprint_of_sources()
    if mark.exists() and mark.read_text() == fingerprint:
        yield
        return
    mark.unlink(missing_ok=True)
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear", "--verbosity=0"]
    with (
        log.open("wb") as file,
        subprocess.Popen(
            tethered(command), cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        ) as child,
    ):
        yield
    if child.returncode:
        raise Trouble(f"The static files could not be collected, see {log}")
    mark.write_text(fingerprint)


def fingerprint_of_sources() -> str:
    """Names, sizes and times of our own files, and the packages installed."""
    lines = [
        f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in sorted(ROOT.glob("static/**/*"))
    ]
    locks = [path.read_text() for path in sorted(ROOT.glob("requirements/*.txt"))]
    return hashlib.sha256("\n".join(lines + locks).encode()).hexdigest()
