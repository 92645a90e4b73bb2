"""What must stand in the database for the trail to be whole: triggers that are switched on, and their functions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pgtrigger
from django.apps import apps
from django.db import connections, models

from itb.audit.append_only import REFUSE, AppendOnlyModel
from itb.audit.chain import APPEND, LINK
from itb.audit.history import HISTORIES
from itb.audit.models import AuditEvent
from itb.walls import APPLICATION

KEEPER: Final = "owner"
"""The connection that sees over the walls: of the role that owns the tables."""

# Bits of pg_trigger.tgtype.
ROW, BEFORE, INSERT, DELETE, UPDATE, TRUNCATE = 1, 2, 4, 8, 16, 32
KINDS: Final = {"INSERT": ROW | INSERT, "UPDATE": ROW | UPDATE, "DELETE": ROW | DELETE}

STANDING: Final = """
SELECT relation.relname, held.tgname, held.tgtype, held.tgenabled = 'O' AND held.tgqual IS NULL, called.prosrc
FROM pg_trigger AS held
JOIN pg_class AS relation ON relation.oid = held.tgrelid
JOIN pg_proc AS called ON called.oid = held.tgfoid
WHERE NOT held.tgisinternal AND relation.relnamespace = current_schema()::regnamespace
"""
APPENDING: Final = "SELECT prosrc FROM pg_proc WHERE proname = 'itb_append_link'"
WRITABLE: Final = f"""
SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relnamespace = current_schema()::regnamespace
    AND has_table_privilege('{APPLICATION}', oid, 'INSERT, UPDATE, DELETE, TRUNCATE') ORDER BY relname
"""  # noqa: S608  a name that is written in itb.walls
RULES: Final = "SELECT rulename, tablename FROM pg_rules WHERE tablename = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger that must stand on a table, for which operations, and what its function says."""

    table: str
    name: str
    kind: int
    body: str


def trail_models() -> list[type[models.Model]]:
    """Every model whose rows are linked into a chain."""
    return [AuditEvent, *HISTORIES.values()]


def guards() -> Iterator[Guard]:
    """Every trigger that must stand."""
    for model in apps.get_models():
        if issubclass(model, AppendOnlyModel):
            table = model._meta.db_table
            yield Guard(table, "append_only", ROW | BEFORE | UPDATE | DELETE, REFUSE)
            yield Guard(table, "append_only_truncate", BEFORE | TRUNCATE, REFUSE)
    for model in trail_models():
        yield Guard(model._meta.db_table, "linked", ROW | INSERT, LINK)
    for model, trigger in pgtrigger.registered():
        body = f"BEGIN {trigger.render_func(model)} END"
        yield Guard(model._meta.db_table, trigger.get_pgid(model), KINDS[str(trigger.operation)], body)


def unguarded() -> Iterator[str]:
    """What is missing, switched off, changed, or does not belong, in words."""
    with connections[KEEPER].cursor() as cursor:
        cursor.execute(STANDING)
        standing = {(table, name): rest for table, name, *rest in cursor.fetchall()}
        cursor.execute(APPENDING)
        appending = cursor.fetchall()
    expected = list(guards())
    for guard in expected:
        yield from _wrong_with(guard, standing.get((guard.table, guard.name)))
    if appending != [(APPEND,)]:
        yield "The function that makes the links, itb_append_link, is not the one that was installed."
    known = {(guard.table, guard.name) for guard in expected}
    trail = {model._meta.db_table for model in trail_models()} | {"audit_link"}
    for table, name in sorted(standing.keys() - known):
        if table in trail:
            yield f"The trigger {name} on {table} does not belong there."
    yield from _rules(sorted(trail))
    yield from _writable(sorted(trail - {AuditEvent._meta.db_table}))


def _wrong_with(guard: Guard, found: list[object] | None) -> Iterator[str]:
    if found is None:
        yield f"The trigger {guard.name} on {guard.table} is gone."
        return
    kind, is_on, body = found
    if not is_on:
        yield f"The trigger {guard.name} on {guard.table} is switched off."
    if (kind, body) != (guard.kind, guard.body):
        yield f"The trigger {guard.name} on {guard.table} does something else than it was made for."


def _writable(tables: list[str]) -> Iterator[str]:
    with connections[KEEPER].cursor() as cursor:
        cursor.execute(WRITABLE, [tables])
        found = cursor.fetchall()
    for (table,) in found:
        yield f"The role {APPLICATION} may write {table}, which triggers alone should."


def _rules(tables: list[str]) -> Iterator[str]:
    with connections[KEEPER].cursor() as cursor:
        cursor.execute(RULES, [tables])
        found = cursor.fetchall()
    for name, table in found:
        yield f"The rule {name} on {table} does not belong there."
