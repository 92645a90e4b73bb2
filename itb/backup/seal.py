"""The seal: age encryption to public keys, so that the host that makes a backup cannot read one."""

from collections.abc import Sequence
from hashlib import file_digest, sha256
from pathlib import Path
from typing import IO, Protocol

import pyrage
from pyrage import x25519

from itb.backup.trouble import BackupError


class Reader(Protocol):
    """What is read in pieces."""

    def read(self, size: int = -1, /) -> bytes: ...


class Writer(Protocol):
    """What takes pieces."""

    def write(self, chunk: bytes, /) -> int: ...
    def flush(self) -> None: ...


class Summed:
    """A file that knows the sum and the size of what was written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._sum, self.size = file, sha256(), 0

    def write(self, chunk: bytes) -> int:
        """Write on."""
        self._sum.update(chunk)
        self.size += len(chunk)
        return self._file.write(chunk)

    def flush(self) -> None:
        """Hand over to the system."""
        self._file.flush()

    @property
    def sha256(self) -> str:
        """Of everything so far."""
        return self._sum.hexdigest()


class Overheard:
    """A source whose every piece is also given to a listener."""

    def __init__(self, source: Reader, listener: Writer) -> None:
        self._source, self._listener = source, listener

    def read(self, size: int = -1) -> bytes:
        """The next piece."""
        chunk = self._source.read(size)
        self._listener.write(chunk)
        return chunk


def seal(source: Reader, target: Writer, recipients: Sequence[str]) -> None:
    """Encrypt all of `source` for the holders of any of the keys. Raises BackupError."""
    keys = _public(recipients)
    try:
        pyrage.encrypt_io(source, target, keys)
    except (pyrage.EncryptError, OSError) as error:
        raise BackupError(f"The backup could not be written: {error}") from error


def unseal(sealed: Path, target: Writer, key: Path) -> None:
    """Decrypt a file into `target`. Raises BackupError for a key that does not fit and for a file that was changed."""
    try:
        with sealed.open("rb") as file:
            pyrage.decrypt_io(file, target, _secret(key))
    except pyrage.DecryptError as error:
        raise BackupError(f"{key.name} does not open this backup.") from error
    except OSError as error:
        raise BackupError(
            f"{sealed.name} cannot be read to its end: it is damaged or cut off ({error})."
        ) from error


def sum_of(path: Path) -> str:
    """The sum of a file on the disk. Raises BackupError."""
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}.") from error


def _public(recipients: Sequence[str]) -> list[x25519.Recipient]:
    if not recipients:
        raise BackupError(
            "BACKUP_RECIPIENTS is empty: give the age public keys (age1…) of who may open a backup."
        )
    if any(word.upper().startswith("AGE-SECRET-KEY") for word in recipients):
        raise BackupError(
            "BACKUP_RECIPIENTS holds a secret key: take it off this host, and give its public key."
        )
    try:
        return [x25519.Recipient.from_str(word.strip()) for word in recipients]
    except pyrage.RecipientError as error:
        raise BackupError("BACKUP_RECIPIENTS holds something that is no age public key (age1…).") from error


def _secret(key: Path) -> list[x25519.Identity]:
    try:
        lines = [line.strip() for line in key.read_text().splitlines()]
        found = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, ValueError, pyrage.IdentityError) as error:
        raise BackupError(f"{key} holds no age secret key (AGE-SECRET-KEY-1…).") from error
    if not found:
        raise BackupError(f"{key} holds no age secret key (AGE-SECRET-KEY-1…).")
    return found
