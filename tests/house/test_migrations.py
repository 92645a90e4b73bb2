"""Migrations say what they do, are complete, and stop nobody."""

import re
from io import StringIO
from operator import itemgetter
from pathlib import Path

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.core.management import call_command
from django.db import migrations
from django.db.migrations.loader import MigrationLoader

OWN = {"audit", "accounts", "outbox", "backup", "patients", "refills", "alerts", "morning"}
MIGRATIONS = {
    key: migration
    for key, migration in sorted(MigrationLoader(None).disk_migrations.items(), key=itemgetter(0))
    if key[0] in OWN
}


def test_the_models_and_the_migrations_agree(db: None) -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert "No changes" in out.getvalue()


@pytest.mark.parametrize("key", MIGRATIONS, ids="_".join)
def test_a_migrations_name_says_what_it_does(key: tuple[str, str]) -> None:
    assert "auto" not in key[1]
    assert re.fullmatch(r"\d{4}_[a-z_]+", key[1])


@pytest.mark.parametrize("key", [key for key in MIGRATIONS if key[1] != "0001_initial"], ids="_".join)
def test_a_later_migration_locks_no_table_for_long(key: tuple[str, str]) -> None:
    for operation in MIGRATIONS[key].operations:
        is_quick = isinstance(operation, AddIndexConcurrently)
        assert is_quick or not isinstance(operation, migrations.AddIndex), "use AddIndexConcurrently"
        is_checked_later = isinstance(operation, AddConstraintNotValid)
        is_constraint = isinstance(operation, migrations.AddConstraint)
        assert is_checked_later or not is_constraint, "add it NOT VALID, then validate"
        assert not isinstance(operation, migrations.RunPython), "backfill in batches, by a command"
        if isinstance(operation, migrations.RunSQL):
            assert not re.search(r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)", str(operation.sql))


@pytest.mark.parametrize("key", MIGRATIONS, ids="_".join)
def test_a_history_loses_no_column_and_no_row(key: tuple[str, str]) -> None:
    """The chain would not agree: see docs/decisions/0012."""
    gone = (migrations.RemoveField, migrations.RenameField, migrations.DeleteModel, migrations.RenameModel)
    for operation in MIGRATIONS[key].operations:
        if isinstance(operation, gone):
            model = getattr(operation, "model_name", None) or getattr(operation, "name", operation)
            assert not str(model).lower().endswith("history")


def test_every_app_keeps_its_migrations_beside_its_models() -> None:
    assert {
        path.parent.parent.name
        for path in Path().glob("**/migrations/0001_initial.py")
        if ".venv" not in path.parts
    } == OWN
