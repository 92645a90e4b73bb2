"""A form that changes what is there: it knows what the page showed, and notices that someone else changed it since."""

from dataclasses import dataclass
from typing import Any

from django import forms

from itb.fields import NoteField, PlainWords

MOVED = (
    "Someone has changed this since you opened the page. What is kept now stands below beside what you typed:"
    " look at both, then keep what is right."
)
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Both:
    """A field that is kept otherwise than it was typed."""

    label: str
    kept: str
    typed: str


class VersionedForm(PlainWords, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What is typed over a row with a `version`. `moved`: whether the row was changed since the page was opened."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    opened_by = NoteField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        row = kwargs["instance"]
        kwargs["initial"] = {"seen": row.version, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.version, self.moved = row.version, False

    def clean(self) -> dict[str, Any]:
        """Notice that someone else has changed it meanwhile; what was typed stays."""
        data = super().clean() or self.cleaned_data
        if data.get("seen") != self.version:
            self.refuse_moved()
        return data

    def refuse_moved(self) -> None:
        """Say so, and let the next press mean the row as it is now."""
        self.moved = True
        self.errors.pop("seen", None)
        self.data = {**dict(self.data.items()), "seen": str(self.version)}
        self.add_error(None, MOVED)

    @property
    def both(self) -> list[Both]:
        """Where it was changed meanwhile: what is kept now beside what was typed, for each field that differs."""
        if not self.moved:
            return []
        of_the_row: Any = self._meta.fields
        return [self._both(name) for name in self.changed_data if name in of_the_row]

    def _both(self, name: str) -> Both:
        field, bound = self.fields[name], self[name]
        return Both(str(bound.label), _said(field, bound.initial), _said(field, bound.data))


def _said(field: forms.Field, value: Any) -> str:
    """A value as the page words it."""
    if isinstance(field, forms.BooleanField):
        return "yes" if field.to_python(value) else "no"
    choices = {str(key): str(words) for key, words in getattr(field, "choices", [])}
    text = str(getattr(value, "pk", value) or "")
    return choices.get(text, text) or NOTHING
