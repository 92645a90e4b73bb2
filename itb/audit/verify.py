"""Whether the trail is whole: every link computed anew, every row asked for, every tracked row beside its history.

The hashes are computed here and not by the database's own function, which whoever owns the database could have changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.db import connections, models

from itb.audit.chain import Head, hash_of
from itb.audit.guards import KEEPER, trail_models, unguarded
from itb.audit.history import HISTORIES, History
from itb.audit.models import Link

BATCH: Final = 2000
NAMED: Final = 20
"""Of rows that are wrong in the same way, so many are named."""

Content = dict[tuple[str, int], str]
"""Rows by table and number, each as the JSON that its link was made from."""


def faults(anchors: Sequence[Head] = ()) -> Iterator[str]:
    """What is wrong, in words; nothing where the trail is whole. `anchors` are heads that were kept outside."""
    yield from unguarded()
    for clinic_id in chains():
        yield from _chain(clinic_id)
    for anchor in anchors:
        yield from _anchor(anchor)
    for model in trail_models():
        yield from _unlinked(model)
    for tracked, history in HISTORIES.items():
        yield from _beside(tracked, history)


def chains() -> list[int]:
    """The clinics that have a chain; 0 is the one for what happened where no clinic was open."""
    return list(
        Link.objects.using(KEEPER).order_by("clinic_id").values_list("clinic_id", flat=True).distinct()
    )


def _chain(clinic_id: int) -> Iterator[str]:
    before, due = "", 1
    for link, content in _links(clinic_id):
        place = f"Clinic {clinic_id}, link {link.sequence}: row {link.row_id} of {link.relation}"
        if link.sequence != due:
            yield f"Clinic {clinic_id}: links {due} to {link.sequence - 1} are missing."
        elif content is None:
            yield f"{place} is gone."
        elif hash_of(link, before, content) != link.hash:
            yield f"{place} is not what was linked here: it, its link or its place was changed."
        before, due = link.hash, link.sequence + 1


def _links(clinic_id: int) -> Iterator[tuple[Link, str | None]]:
    """The links in order, each with its row as it reads now."""
    found = Link.objects.using(KEEPER).filter(clinic_id=clinic_id).order_by("sequence")
    last = 0
    while batch := list(found.filter(sequence__gt=last)[:BATCH]):
        contents = _contents(batch)
        yield from ((link, contents.get((link.relation, link.row_id))) for link in batch)
        last = batch[-1].sequence


def _contents(links: Iterable[Link]) -> Content:
    wanted: dict[tuple[str, int], list[int]] = defaultdict(list)
    for link in links:
        wanted[link.relation, link.width].append(link.row_id)
    keys = {model._meta.db_table: key_of(model) for model in trail_models()}
    found: Content = {}
    for (table, width), numbers in wanted.items():
        if table in keys:
            found |= _rows(table, keys[table], width, numbers)
    return found


def _rows(table: str, key: str, width: int, numbers: list[int]) -> Content:
    """These rows as JSON of the table's first `width` columns: what was added later was not linked."""
    with connections[KEEPER].cursor() as cursor:
        later = [
            column.name for column in connections[KEEPER].introspection.get_table_description(cursor, table)
        ][width:]
        cursor.execute(
            f'SELECT "{key}", (to_jsonb(item) - %s::text[])::text FROM "{table}" AS item WHERE "{key}" = ANY(%s)',  # noqa: S608  names of our own tables
            [later, numbers],
        )
        return {(table, number): content for number, content in cursor.fetchall()}


def _anchor(anchor: Head) -> Iterator[str]:
    link = Link.objects.using(KEEPER).filter(clinic_id=anchor.clinic_id, sequence=anchor.sequence).first()
    if link is None:
        yield (
            f"Clinic {anchor.clinic_id}: the anchor is of link {anchor.sequence}, and there is no such link: "
            "the end of the trail was cut off."
        )
    elif link.hash != anchor.hash:
        yield (
            f"Clinic {anchor.clinic_id}: link {anchor.sequence} is not the one of the anchor: "
            "what lies at or before it was written anew."
        )


def _unlinked(model: type[models.Model]) -> Iterator[str]:
    table, key = model._meta.db_table, key_of(model)
    yield from _each(
        f"""
        SELECT "{key}" FROM "{table}" AS item WHERE NOT EXISTS
            (SELECT FROM audit_link WHERE relation = %s AND row_id = item."{key}")
        ORDER BY 1
        """,  # noqa: S608  names of our own tables
        [table],
        f"of {table} has no link: it was put in past the trigger, or its link was removed.",
    )


def _beside(tracked: type[models.Model], history: type[History]) -> Iterator[str]:
    """Rows that are not what the newest entry of their history says."""
    table, kept, key = tracked._meta.db_table, history._meta.db_table, key_of(tracked)
    columns = set(columns_of(history))
    unkept = [column for column in columns_of(tracked) if column not in columns]
    own = [column for column in columns if column.startswith("pgh_")]
    newest = f'SELECT DISTINCT ON (pgh_obj_id) * FROM "{kept}" ORDER BY pgh_obj_id, pgh_id DESC'  # noqa: S608  names of our own tables
    yield from _each(
        f"""
        SELECT item."{key}" FROM "{table}" AS item LEFT JOIN ({newest}) AS latest ON latest.pgh_obj_id = item."{key}"
        WHERE to_jsonb(item) - %s::text[] IS DISTINCT FROM to_jsonb(latest) - %s::text[] ORDER BY 1
        """,  # noqa: S608  names of our own tables
        [unkept, own],
        f"of {table} is not what its history says: it was written past the trigger.",
    )
    yield from _each(
        f"""
        SELECT latest.pgh_obj_id FROM ({newest}) AS latest WHERE latest.pgh_label <> 'delete'
            AND NOT EXISTS (SELECT FROM "{table}" AS item WHERE item."{key}" = latest.pgh_obj_id) ORDER BY 1
        """,  # noqa: S608  names of our own tables
        [],
        f"of {table} is gone, and its history knows of no deletion.",
    )


def key_of(model: type[models.Model]) -> str:
    """The column of the primary key."""
    return str(model._meta.pk.column)


def columns_of(model: type[models.Model]) -> list[str]:
    """Every column of the model's table."""
    return [str(field.column) for field in model._meta.concrete_fields]


def _each(query: str, values: list[Any], words: str) -> Iterator[str]:
    with connections[KEEPER].cursor() as cursor:
        cursor.execute(query, values)
        numbers = [number for (number,) in cursor.fetchall()]
    yield from (f"Row {number} {words}" for number in numbers[:NAMED])
    if len(numbers) > NAMED:
        yield f"And {len(numbers) - NAMED} more rows {words}"
