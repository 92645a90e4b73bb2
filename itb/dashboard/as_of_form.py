"""The chart of a past day, asked for by its date."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone

from itb.fields import DayField, PlainWords
from patients.models import Pump, PumpQuerySet


class AsOfForm(PlainWords, forms.Form):
    """A day that has begun."""

    as_of = DayField(label="As of")

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_as_of(self) -> date:
        """Nothing was known yet of a day that lies ahead."""
        day: date = self.cleaned_data["as_of"]
        if day > timezone.localdate(self.now):
            raise forms.ValidationError("This day has not come yet.")
        return day

    def pump_of(self, pumps: PumpQuerySet) -> Pump | None:
        """The pump that was in the patient on that day; None where no day can be read, or where there was none."""
        if not self.is_valid():
            return None
        day = self.cleaned_data["as_of"]
        worn = pumps.filter(implanted_on__lte=day).exclude(explanted_on__lt=day).select_related("patient")
        pump = worn.order_by("-implanted_on", "-id").first()
        if pump is None:
            self.add_error("as_of", "No pump of this patient is recorded for that day.")
        return pump
