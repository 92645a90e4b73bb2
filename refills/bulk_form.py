"""A new day for each of many visits, typed: looked at row by row before any is moved."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from itb.fields import DayField, NoteField, PlainWords
from refills.bulk import Row

ALL = "all_on"


class BulkForm(PlainWords, forms.Form):
    """A day a row; one that is left empty leaves the visit where it is. `all_on` fills every row with one day."""

    all_on = DayField(label="All on one day", required=False)
    opened_by = NoteField()

    def __init__(self, *args: Any, rows: Sequence[Row], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            field = DayField(label=f"New day for {row.patient}", required=False, initial=row.proposed)
            field.widget.attrs["class"] = "form-control"
            self.fields[name_of(row)] = field

    @property
    def lines(self) -> list[tuple[Row, forms.BoundField, str]]:
        """Each row with its field, and why it would be refused as typed."""
        return [(row, self[name_of(row)], self._refusal(row)) for row in self.rows]

    def chosen(self) -> list[tuple[Row, date]]:
        """The rows that have a day."""
        return [(row, on) for row in self.rows if (on := self.cleaned_data.get(name_of(row)))]

    def can_move(self) -> int:
        """How many would be moved as typed."""
        return sum(not row.refusal(on) for row, on in self.chosen())

    def fingerprint(self) -> str:
        """Of what was typed and what follows: the button that moves carries it, so that nothing is moved unseen."""
        seen = [f"{row.visit.pk}={on}={row.refusal(on)}" for row, on in self.chosen()]
        return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:32]

    def _refusal(self, row: Row) -> str:
        on = self.cleaned_data.get(name_of(row)) if self.is_bound and self.is_valid() else row.proposed
        return row.refusal(on) if on else ""


def name_of(row: Row) -> str:
    """A row's field."""
    return f"on_{row.pump.pk}"
