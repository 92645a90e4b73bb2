"""Why a pump is to leave monitoring, typed."""

from datetime import date
from typing import Any

from django import forms

from itb.fields import DayField, NoteField, PlainWords
from patients.departures import Leaving
from patients.models import Departure, Pump
from patients.person_form import refuse_outside

SHORTEST_REASON = 10


class LeaveForm(PlainWords, forms.Form):
    """The kind, the day and the reason; none chosen beforehand."""

    kind = forms.ChoiceField(label="Why", choices=Departure.Kind.choices, widget=forms.RadioSelect)
    on = DayField(
        label="On", help_text="The day of the explant or death, or from which it is not watched here."
    )
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        min_length=SHORTEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What happened and how you know. The second person reads this.",
    )
    opened_by = NoteField()

    def __init__(self, *args: Any, pump: Pump, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pump, self.today = pump, today

    def clean_on(self) -> date:
        """Refuse a day ahead, and one before the implant."""
        day = refuse_outside(self.cleaned_data["on"], self.today)
        if day < self.pump.implanted_on:
            raise forms.ValidationError(f"This is before the implant ({self.pump.implanted_on:%-d %b %Y}).")
        return day

    def leaving(self) -> Leaving:
        """What was typed."""
        return Leaving(**{name: self.cleaned_data[name] for name in ("kind", "on", "reason")})
