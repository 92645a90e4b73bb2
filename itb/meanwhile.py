"""Two people at once: what one of them kept stands beside what the other had typed.

A form over something that others write too begins with `ShowsBoth` among its bases and fills `meanwhile` when it finds
that it is late. `components/errors.html`, which stands at the top of every form, shows the rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms

from itb.fields import InstantField


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """One thing that was kept since the page was opened: what, by whom and when."""

    words: str
    by: str
    at: datetime


class ShowsBoth(forms.BaseForm):
    """A form that can say what was kept while it was being filled."""

    meanwhile: Sequence[Meanwhile] = ()

    @property
    def typed_here(self) -> Iterator[tuple[str, str]]:
        """Label and value of every field that was filled, as its writer reads it."""
        for field in self.visible_fields():
            if told := _told(field):
                yield str(field.label), told


def _told(field: forms.BoundField) -> str:
    """What was typed or chosen, with its unit; empty where nothing was."""
    value = field.value()
    names = {str(key): str(label) for key, label in getattr(field.field, "choices", ())}
    every = value if isinstance(value, list) else [value]
    told = [_words(each, field.field, names) for each in every if each not in (None, "", False)]
    return f"{', '.join(told)} {getattr(field.field, 'unit', '')}".strip() if told else ""


def _words(value: object, field: forms.Field, names: Mapping[str, str]) -> str:
    if value in (True, "on"):
        return "yes"
    text = str(value)
    return names.get(text, text.replace("T", " ") if isinstance(field, InstantField) else text)
