"""A form that carries a key of its own, by which a second post of it is known."""

from typing import Any
from uuid import uuid4

from django import forms

from itb.fields import PlainWords
from refills.fact_form import LOST


class KeyedForm(PlainWords, forms.Form):
    """Its key is made when it is opened. One that was damaged on its way is said once, and whole at the next press."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": uuid4(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Put the key right."""
        data = super().clean() or self.cleaned_data
        if self.errors.pop("key", None):
            self.data = {**dict(self.data.items()), "key": str(uuid4())}
            self.add_error(None, LOST)
        return data
