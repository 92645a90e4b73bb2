"""Two people at once: what one of them kept stands beside what the other had typed.

A form over something that others write too begins with `ShowsBoth` among its bases and fills `meanwhile` when it finds
that it is late. `components/errors.html`, which stands at the top of every form, shows the rest.
"""

from collections.abc import Iterator, Sequence
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
            value = field.value()
            if value not in (None, "", False):
                choices = dict(getattr(field.field, "choices", ()))
                unit = getattr(field.field, "unit", "")
                told = value.replace("T", " ") if isinstance(field.field, InstantField) else value
                yield str(field.label), f"{choices.get(value, told)} {unit}".strip()
