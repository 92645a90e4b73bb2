"""The clinic's margins, typed."""

from dataclasses import asdict, fields
from typing import Any

from django import forms

from itb.fields import DaysField, NoteField, PlainWords
from refills.policy import Margins

LEAST = {"margin_days": 1, "max_interval_days": 1}


class MarginsForm(PlainWords, forms.Form):
    """How far before trouble a refill is due, each value with its default, source and mark."""

    opened_by = NoteField()

    def __init__(self, *args: Any, margins: Margins, **kwargs: Any) -> None:
        kwargs["initial"] = {**asdict(margins), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        for each in fields(Margins):
            default: Any = each.default
            least = LEAST.get(each.name, 0)
            self.fields[each.name] = DaysField(default=default, least=least, **each.metadata)

    def clean(self) -> dict[str, Any]:
        """All flags together move a reminder at least as far as one of them."""
        data = super().clean() or self.cleaned_data
        one, together = data.get("shift_days"), data.get("shift_max_days")
        if one is not None and together is not None and together < one:
            self.add_error("shift_max_days", f"This cannot be less than what one flag moves, {one} days.")
        return data

    def margins(self) -> Margins:
        """The margins as typed."""
        return Margins(**{each.name: self.cleaned_data[each.name] for each in fields(Margins)})
