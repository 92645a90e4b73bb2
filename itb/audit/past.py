"""A tracked row as it was at a moment, from its history."""

from copy import copy
from datetime import datetime
from typing import Any, TypeVar

from django.db import models

from itb.audit.history import HISTORIES

M = TypeVar("M", bound=models.Model)


def as_it_was(row: M, at: datetime) -> tuple[M, bool]:
    """A copy of `row` with what its columns held at `at`, and whether its history reaches so far back.

    What the history does not keep, and what it does not reach, is as it is now. The copy is for reading.
    """
    past, history = copy(row), HISTORIES[type(row)]
    kept: Any = history.objects
    held = kept.filter(pgh_obj_id=row.pk, pgh_created_at__lte=at).order_by("-pgh_id").first()
    names = {field.attname for field in history._meta.fields} & {field.attname for field in row._meta.fields}
    for name in names if held else ():
        setattr(past, name, getattr(held, name))
    return past, held is not None
