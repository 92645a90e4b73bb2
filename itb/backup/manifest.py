"""What stands beside a backup, readable without the key: when, from which schema, how many rows, and its sum."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from itb.backup.trouble import BackupError

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """Facts about one backup. Counts and numbers, nothing of a person."""

    at: datetime
    """The instant whose rows it holds."""
    database: str
    server: str
    """PostgreSQL's version."""
    system: str
    """PostgreSQL's own identifier of the server."""
    migrations: dict[str, str]
    """The last one of each app."""
    rows: dict[str, int]
    heads: dict[str, Any]
    """The last act, letter and sending, each with its number and instant."""
    chains: list[str]
    """The head of each clinic's trail."""
    size: int
    sha256: str

    @classmethod
    def read(cls, backup: Path) -> Self:
        """The manifest beside `backup`. Raises BackupError."""
        path = beside(backup)
        try:
            said = json.loads(path.read_text())
            if said.pop("format") != FORMAT:
                raise BackupError(
                    f"{path.name} is of another format than {FORMAT}: restore it with the version that made it."
                )
            return cls(**said | {"at": datetime.fromisoformat(said["at"])})
        except OSError as error:
            raise BackupError(
                f"{path} cannot be read: {error.strerror}. It belongs beside the backup."
            ) from error
        except (KeyError, TypeError, ValueError) as error:
            raise BackupError(f"{path.name} is not the manifest of a backup.") from error

    def as_text(self) -> str:
        """As it stands in the file."""
        return json.dumps({"format": FORMAT} | asdict(self), default=datetime.isoformat, indent=1) + "\n"


def beside(backup: Path) -> Path:
    """Where the manifest of a backup is."""
    return backup.with_name(f"{backup.name}.json")
