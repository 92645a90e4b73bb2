"""Each migration can be taken back, and then nothing is left of it; and none waits long for a lock."""

from collections.abc import Iterator

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from tests.house.schema import schema
from tests.house.test_migrations import OWN
from tests.long import IS_LONG
from tests.owner import owner_cursor

NEWEST = 12
"""So many are taken back in short; CI takes back all of them."""

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def empty() -> Iterator[BaseDatabaseWrapper]:
    """An empty database of the owner's."""
    owner, name = connections["owner"], f"{connection.settings_dict['NAME']}_reversal"
    kept = owner.settings_dict["NAME"]
    with owner_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        owner.close()
        owner.settings_dict["NAME"] = name
        try:
            yield owner
        finally:
            owner.close()
            owner.settings_dict["NAME"] = kept
            cursor.execute(f"DROP DATABASE {name}")


def test_a_migration_taken_back_leaves_the_schema_as_it_was(empty: BaseDatabaseWrapper) -> None:
    executor = MigrationExecutor(empty)
    executor.recorder.ensure_schema()
    plan = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    before_them = 0 if IS_LONG else len(plan) - NEWEST
    state, states, brings = executor._create_project_state(), {}, {}
    for migration in plan[:before_them]:
        state = executor.apply_migration(state, migration)
    now = schema(empty)
    for migration in plan[before_them:]:
        states[migration], before = state.clone(), now
        state, now = executor.apply_migration(state, migration), schema(empty)
        brings[migration] = (now - before, before - now)
    whole, left = now, {}
    for migration in reversed(states):
        before = now
        executor.unapply_migration(states[migration], migration)
        now = schema(empty)
        if migration.app_label in OWN and (before - now, now - before) != brings[migration]:
            left[str(migration)] = (brings[migration], (before - now, now - before))
    assert not left
    for migration, state in states.items():
        executor.apply_migration(state, migration)
    assert schema(empty) == whole


def test_the_owner_waits_two_seconds_for_a_lock_and_as_long_as_it_takes_for_work() -> None:
    with connections["owner"].cursor() as cursor:
        for name, value in (("lock_timeout", "2s"), ("statement_timeout", "0")):
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == (value,)
