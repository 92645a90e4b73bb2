"""`manage.py begin_trail`: histories and links for what was written before there were any. Run by the owner, once."""

from typing import Any, Final

from django.core.management.base import BaseCommand
from django.db import connections, models

from itb.audit.guards import KEEPER, trail_models
from itb.audit.history import HISTORIES, History
from itb.audit.verify import columns_of, key_of

BATCH: Final = 1000
BEGUN: Final = "begun"


class Command(BaseCommand):
    """Goes through old rows in batches, each its own transaction, and finds nothing to do when run again."""

    help = "Begin the trail of a database that was there before it: once, after the migration, as the owner."

    def handle(self, *args: Any, **options: Any) -> None:
        """Link what has no link, then begin the histories; say how many of each."""
        linked = sum(_until_done(_link(model)) for model in trail_models())
        self.stdout.write(f"{linked} rows linked")
        begun = sum(_until_done(_begin(model, history)) for model, history in HISTORIES.items())
        self.stdout.write(f"{begun} histories begun")


def _link(model: type[models.Model]) -> str:
    """Links for rows that have none, in the order of their numbers."""
    table, key = model._meta.db_table, key_of(model)
    return f"""
    SELECT itb_append_link('{table}', to_jsonb(item)) FROM (
        SELECT * FROM "{table}" AS item
        WHERE NOT EXISTS (SELECT FROM audit_link WHERE relation = '{table}' AND row_id = item."{key}")
        ORDER BY "{key}" LIMIT {BATCH}
    ) AS item
    """  # noqa: S608  only names of our own tables


def _begin(model: type[models.Model], history: type[History]) -> str:
    """A first entry for rows that have none: what they are now, since what they were is not known."""
    table, kept, key = model._meta.db_table, history._meta.db_table, key_of(model)
    columns = ", ".join(f'"{column}"' for column in columns_of(history) if not column.startswith("pgh_"))
    return f"""
    INSERT INTO "{kept}" ({columns}, pgh_created_at, pgh_label, pgh_obj_id)
    SELECT {columns}, now(), '{BEGUN}', "{key}" FROM "{table}" AS item
    WHERE NOT EXISTS (SELECT FROM "{kept}" WHERE pgh_obj_id = item."{key}") ORDER BY "{key}" LIMIT {BATCH}
    """  # noqa: S608  only names of our own tables


def _until_done(statement: str) -> int:
    done: int = 0
    with connections[KEEPER].cursor() as cursor:
        while True:
            cursor.execute(statement)
            done += cursor.rowcount
            if cursor.rowcount < BATCH:
                return done
