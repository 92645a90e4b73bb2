"""A small disk of its own for PostgreSQL, which can be filled to the last byte. Only where this user may mount one."""

import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SIZE_MB = 400
BLOCK = bytes(1 << 16)


@dataclass(frozen=True, slots=True)
class Disk:
    """Mounted at `path`."""

    path: Path

    @property
    def _ballast(self) -> Path:
        return self.path / "ballast"

    def fill(self) -> None:
        """Until the last block is taken."""
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while file.write(BLOCK):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def relieve(self) -> None:
        """Give it back."""
        self._ballast.unlink()


@contextmanager
def small_disk() -> Iterator[Disk | None]:
    """None where it cannot be mounted."""
    path = Path(tempfile.mkdtemp(prefix="itb-chaos-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(path)]
    is_mounted = os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0
    try:
        yield Disk(path) if is_mounted else None
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(path)], check=False)
        path.rmdir()
