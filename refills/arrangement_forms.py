"""What stands around a visit, typed: a payer's authorisation, an order of drug, a refill at home."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from itb.fields import DayField, NoteField, PlainWords
from refills.keyed_form import KeyedForm
from refills.models import Authorisation, DrugOrder, HomeRefill

FARTHEST = timedelta(days=3660)
LONG_AGO = timedelta(days=366)


class AuthorisationForm(KeyedForm):
    """A payer's leave to refill, from one day to another."""

    reference = forms.CharField(label="Reference", max_length=60, help_text="As the payer writes it.")
    starts_on = DayField(label="First day")
    ends_on = DayField(label="Last day")
    opened_by = NoteField()

    def clean(self) -> dict[str, Any]:
        """It ends after it begins, and within ten years."""
        data = super().clean()
        first, last = data.get("starts_on"), data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", "This is before the first day.")
        if first and last and last - first > FARTHEST:
            self.add_error("ends_on", "This is over ten years long: look at the year again.")
        return data

    def noted(self) -> Authorisation:
        """What is to be kept, unsaved."""
        return Authorisation(
            **{name: self.cleaned_data[name] for name in ("reference", "starts_on", "ends_on")}
        )


class OrderForm(KeyedForm):
    """That drug was ordered for the next refill."""

    ordered_on = DayField(label="Ordered on")
    note = forms.CharField(
        label="Note", max_length=200, required=False, help_text="Such as: order number, product, amount."
    )
    opened_by = NoteField()

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        kwargs["initial"] = {"ordered_on": timezone.localdate(now), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_ordered_on(self) -> date:
        """Not ahead, and not in another year by a slip."""
        on: date = self.cleaned_data["ordered_on"]
        today = timezone.localdate(self.now)
        if on > today:
            raise forms.ValidationError("This lies in the future. Note it when it is ordered.")
        if today - on > LONG_AGO:
            raise forms.ValidationError("This is over a year ago: look at the year again.")
        return on

    def noted(self) -> DrugOrder:
        """What is to be kept, unsaved."""
        return DrugOrder(ordered_on=self.cleaned_data["ordered_on"], note=self.cleaned_data["note"])


class HomeForm(PlainWords, forms.Form):
    """Where the patient is refilled, and how long the way there is."""

    is_at_home = forms.TypedChoiceField(
        label="Where",
        choices=[("yes", "At home"), ("no", "At the clinic")],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    travel_days = forms.IntegerField(
        label="Days that drug and nurse are on the way",
        required=False,
        min_value=0,
        max_value=HomeRefill.MOST_DAYS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="They make the latest safe day earlier by as many.",
        error_messages={
            "invalid": "Write a whole number of days.",
            "min_value": "This must be at least 0.",
            "max_value": f"This must be at most {HomeRefill.MOST_DAYS}.",
        },
    )
    opened_by = NoteField()

    def clean(self) -> dict[str, Any]:
        """At home the way is known; to the clinic it costs nothing."""
        data = super().clean() or self.cleaned_data
        if data.get("is_at_home") is False:
            data["travel_days"] = 0
            self.errors.pop("travel_days", None)
        elif data.get("travel_days") is None and "travel_days" not in self.errors:
            self.add_error("travel_days", "Write how many days, 0 where it is the same day.")
        return data
