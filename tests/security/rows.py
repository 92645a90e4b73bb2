"""Every row that the product keeps, and what a post has changed in them."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models

from itb import clock
from itb.walls import inside
from tests.house.models import own_models

Row = dict[str, Any]
Rows = dict[tuple[str, str], Row]
"""By table and key."""

AN_HOUR = timedelta(hours=1)
DERIVED: dict[str, set[str]] = {
    "refills_projection": {"pump_id", "clinic_id", "facts_version", "error"},
    "audit_link": {"clinic_id", "relation"},
    "accounts_cacheentry": set(),
}
"""Computed from other rows as of the very second: of these tables only the columns that do not move with the clock."""
LEADS_TO = {
    (model._meta.db_table, field.column): (field.related_model or model)._meta.db_table
    for model in own_models()
    for field in model._meta.concrete_fields
    if field.is_relation or field.primary_key
}
RANDOM = {"password", "nonce", "token_hash", "code_hash", "sealed"}  # a salt, a secret
NUMBERED = {"topic", "key"}  # such as alert:17, by the number of what it is about
LEADS_TO["audit_auditevent", "patient_id"] = "patients_patient"
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")


def rows(clinics: Iterable[int]) -> Rows:
    """All of them, as they stand in these clinics and outside of any."""
    found: Rows = {}
    for clinic in clinics:
        with inside(clinic):
            found |= {each: row for model in own_models() for each, row in _rows(model)}
    return found


def _rows(model: type[models.Model]) -> Iterator[tuple[tuple[str, str], Row]]:
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key}::text, to_jsonb(each)::text FROM {table} AS each")
        for pk, row in cursor.fetchall():
            yield (table, pk), json.loads(row)


def changes(before: Rows, after: Rows) -> list[tuple[str, str]]:
    """New, altered and missing rows, less what differs from one post to the next: new rows' numbers, the present."""
    fresh, at = after.keys() - before.keys(), clock.now()
    altered = [(key, row) for key, row in after.items() if row != before.get(key)]
    shown = [(table, _plain(table, row, fresh, at)) for (table, _), row in altered]
    shown += [(table, {"gone": pk}) for table, pk in before.keys() - after.keys()]
    return sorted((table, json.dumps(row, sort_keys=True)) for table, row in shown)


def _plain(table: str, row: Row, fresh: set[tuple[str, str]], at: datetime) -> Row:
    kept = DERIVED.get(table, row.keys())
    plain = {name: _settled(name, value, at) for name, value in row.items() if name in kept}
    return {
        name: "fresh" if (_target(table, name, row), str(value)) in fresh else value
        for name, value in plain.items()
    }


def _settled(name: str, value: Any, at: datetime) -> Any:
    if name in RANDOM:
        return "random"
    if name in NUMBERED and isinstance(value, str):
        return re.sub(r"(?<=:)\d+", "n", value)
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        ahead = datetime.fromisoformat(value) - at
        return f"in {round(ahead / AN_HOUR)} h" if ahead > -AN_HOUR / 2 else value
    return value


def _target(table: str, name: str, row: Row) -> str:
    """The table that a number of a row leads to: its own, another one's, or the one that stands beside it."""
    if name == "subject_id":
        return apps.get_model(row["subject"])._meta.db_table
    if name == "id" and "pgh_obj_id" in row:  # of the row that an entry of a history is a copy of
        name = "pgh_obj_id"
    return LEADS_TO.get((table, name), "")
