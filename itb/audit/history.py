"""Old and new of every tracked row, kept by triggers of django-pghistory, whatever wrote it: save, update(), raw SQL.

The triggers run as the owner of the tables: the application can make no row of a history, nor change one. And they
lack pgtrigger's switch, by which any session could have turned them off.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Func
from pghistory.models import Event
from pghistory.trigger import Event as EventTrigger
from pgtrigger.compiler import Trigger, UpsertTriggerSql

from itb.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet

M = TypeVar("M", bound=models.Model)


class OpenPerson(Func):
    """Who is at work on this connection, as itb.walls has set it; NULL where nobody is named."""

    template = "NULLIF(current_setting('itb.person', true), '')::bigint"
    arity = 0
    output_field = models.BigIntegerField()


class OpenClinic(Func):
    """Which clinic is open on this connection; 0 where none is."""

    template = "COALESCE(NULLIF(current_setting('itb.clinic', true), ''), '0')::bigint"
    arity = 0
    output_field = models.BigIntegerField()


class SignedIn(Func):
    """As which role of PostgreSQL the session signed in: a change by hand shows itself."""

    template = "session_user::text"
    arity = 0
    output_field = models.TextField()


class History(AppendOnlyModel, Event):  # type: ignore[misc]  # see pyproject.toml: pghistory has no usable types
    """What a tracked row was from one moment on: a whole copy, with who, in which clinic, and as which role."""

    pgh_id = models.BigAutoField(primary_key=True)
    pgh_by_id = models.BigIntegerField(null=True, db_default=OpenPerson())
    pgh_clinic_id = models.BigIntegerField(db_default=OpenClinic())
    pgh_role = models.TextField(db_default=SignedIn())

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True


class HistorySql(UpsertTriggerSql):  # type: ignore[misc]
    """A trigger that runs as the owner and that no session can turn off."""

    def get_template(self) -> str:
        """The statements, for pgtrigger to fill."""
        return """
            CREATE OR REPLACE FUNCTION {pgid}() RETURNS trigger LANGUAGE plpgsql
                SECURITY DEFINER SET search_path = public, pg_temp AS $$BEGIN {func} END$$;
            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE TRIGGER {pgid} {when} {operation} ON {table} FOR EACH {level} EXECUTE FUNCTION {execute};
            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class HistoryTrigger(EventTrigger):  # type: ignore[misc]
    """pghistory's trigger in our words. Its condition stands in its function, whose text verify_audit compares."""

    def render_func(self, model: type[models.Model]) -> str:
        """What the function does, and when."""
        insert = super().render_func(model).removesuffix("RETURN NULL;")
        condition = self.render_condition(model).removeprefix("WHEN ")
        return f"IF {condition} THEN {insert}END IF; RETURN NULL;" if condition else f"{insert}RETURN NULL;"

    def compile(self, model: type[models.Model]) -> Trigger:
        """What a migration installs."""
        sql = HistorySql(
            pgid=self.get_pgid(model),
            func=self.render_func(model),
            table=model._meta.db_table,
            when=self.when,
            operation=self.operation,
            level=self.level,
        )
        return Trigger(name=self.name, sql=sql)


class Kept(pghistory.RowEvent):  # type: ignore[misc]
    """One kind of change, kept by our trigger."""

    def add_event_trigger(self, event_model: Any) -> None:
        """Register the trigger on the tracked model."""
        trigger = HistoryTrigger(
            event_model=event_model,
            label=self.label,
            name=f"keep_{self.label}",
            row=self.row,
            operation=self.operation,
            condition=self.condition,
        )
        pgtrigger.register(trigger)(event_model.pgh_tracked_model)


KINDS: Final = ((pgtrigger.Insert, "NEW"), (pgtrigger.Update, "NEW"), (pgtrigger.Delete, "OLD"))
HISTORIES: Final[dict[type[models.Model], type[History]]] = {}
"""Every tracked model with its history."""


def tracked(*, exclude: Sequence[str] = ()) -> Callable[[type[M]], type[M]]:
    """Keep a history of the model: every insert, change and delete, but for changes of the `exclude`d fields alone.

    `XHistory` appears beside the model `X`, with a table of its own, and `makemigrations` writes table and triggers.
    The migration also names the table in `append_only`, `linked` and `walled`.
    """

    def decorate(model: type[M]) -> type[M]:
        HISTORIES[model] = pghistory.core.create_event_model(
            model,
            *(Kept(str(operation).lower(), operation=operation, row=row) for operation, row in KINDS),
            exclude=[*exclude],
            obj_field=pghistory.ObjForeignKey(related_name="+", db_index=True),
            context_field=None,
            base_model=History,
            model_name=f"{model.__name__}History",
            meta={"indexes": [models.Index(fields=["pgh_created_at"])]},
            abstract=False,
        )
        return model

    return decorate
