"""Facts that are never edited: refused in Python here, and in the database by a trigger."""

from typing import Any, Never, TypeVar

from django.db import models
from django.db.migrations.operations import RunSQL

M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class AppendOnlyError(TypeError):
    """Raised where code tries to change or delete a fact. A fact is corrected by another fact."""

    def __init__(self, model: type[models.Model]) -> None:
        super().__init__(f"{model._meta.label} is append-only: record a correction instead")


class AppendOnlyQuerySet(models.QuerySet[M_co]):
    """Reads and inserts."""

    def update(self, **kwargs: Any) -> Never:
        """Refuse."""
        raise AppendOnlyError(self.model)

    def delete(self) -> Never:
        """Refuse."""
        raise AppendOnlyError(self.model)


class AppendOnlyModel(models.Model):
    """A row that is written once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; a second save is refused."""
        if not self._state.adding:
            raise AppendOnlyError(type(self))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        """Refuse."""
        raise AppendOnlyError(type(self))


REFUSE = """
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END """
CREATE_REFUSAL = (
    f"CREATE OR REPLACE FUNCTION itb_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $${REFUSE}$$"
)


def append_only(table: str) -> RunSQL:
    """A migration's operation: `table` refuses UPDATE, DELETE and TRUNCATE from now on."""
    return RunSQL(
        f"""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION itb_refuse_change();
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION itb_refuse_change();
        """,
        f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_truncate ON {table};",
    )
