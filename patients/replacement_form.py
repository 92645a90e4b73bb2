"""By when a pump must be replaced, typed from its interrogation."""

from datetime import date, timedelta
from typing import Any

from django import forms

from itb.fields import DayField, NoteField, PlainWords

FURTHEST = timedelta(days=366 * 15)


class ReplacementForm(PlainWords, forms.Form):
    """One day."""

    on = DayField(label="To be replaced by", help_text="The replacement date that the programmer shows.")
    opened_by = NoteField()

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_on(self) -> date:
        """Refuse a day that no battery reaches, or that cannot have been shown."""
        day: date = self.cleaned_data["on"]
        if day > self.today + FURTHEST or day < self.today - FURTHEST:
            raise forms.ValidationError("Look at the year again: no battery lasts as long.")
        return day
