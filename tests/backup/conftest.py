"""A clinic with a history, and somebody who holds the key to its backups."""

from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from pyrage import x25519

from tests.cast import Cast
from tests.owner import owner_cursor

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


@dataclass
class Vault:
    """Where backups go, and the key that opens them."""

    folder: Path
    key: Path
    identity: x25519.Identity = field(default_factory=x25519.Identity.generate)

    def backup(self, place: Path | None = None) -> Path:
        """Make one; its path."""
        out = StringIO()
        call_command("backup", place or self.folder, stdout=out)
        return Path(out.getvalue().partition(":")[0])

    def restore(self, backup: Path, **options: Any) -> str:
        """Put one back over what is there."""
        out = StringIO()
        name = connection.settings_dict["NAME"]
        connections.close_all()
        call_command("restore", backup, stdout=out, **{"key": self.key, "replace": name, **options})
        return out.getvalue()


@pytest.fixture
def vault(settings: Any, tmp_path: Path) -> Vault:
    """A folder, a key pair, and the settings that name its public half."""
    made = Vault(tmp_path / "backups", tmp_path / "key.txt")
    made.folder.mkdir()
    made.key.write_text(f"# of a test\n{made.identity}\n")
    settings.BACKUP_RECIPIENTS = [str(made.identity.to_public())]
    return made


@pytest.fixture
def lived_in(transactional_db: None) -> Cast:
    """Two clinics, each with pumps that are filled and run."""
    cast = Cast.assemble()
    for days in (20, 40):
        cast.running_pump(filled_days_ago=days)
    cast.running_pump(by=cast.stranger)
    return cast


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as the owner sees them."""
    with owner_cursor() as cursor:
        tables = [name for (name,) in cursor.execute(TABLES).fetchall()]
        return {
            name: sorted(cursor.execute(f"SELECT t::text FROM {name} AS t").fetchall()) for name in tables
        }
