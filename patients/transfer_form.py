"""To which clinic a patient is offered, and what the other side types to accept: both by voice, neither by mail."""

from datetime import date
from typing import Any

from django import forms
from django.db import IntegrityError

from itb.accounts.models import Clinic, Membership
from itb.fields import DayField, NoteField, PlainWords, constraint_of
from patients.person_form import refuse_outside

SHORTEST_REASON = 10
UNKNOWN = (
    "Nothing is offered to this clinic under that code for someone born on that day. Ask who offers them."
)


class TransferForm(PlainWords, forms.Form):
    """Where to, and why."""

    to = forms.ModelChoiceField(
        Clinic.objects.none(), label="To which clinic", empty_label="Choose the clinic"
    )
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        min_length=SHORTEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The other clinic reads this once it has accepted.",
    )
    opened_by = NoteField()

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: Any = self.fields["to"]
        to.queryset = Clinic.objects.exclude(pk=member.clinic_id).order_by("name", "pk")


class AcceptForm(PlainWords, forms.Form):
    """The code and the birth date, as the other clinic said them, and the record number here."""

    code = forms.CharField(label="Code", max_length=20, help_text="As the other clinic read it to you.")
    birth_date = DayField(label="Birth date of the patient")
    record_number = forms.CharField(label="Record number here", max_length=40, required=False)
    opened_by = NoteField()

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_birth_date(self) -> date:
        """Refuse a birth that lies ahead, or in another age."""
        return refuse_outside(self.cleaned_data["birth_date"], self.today)

    def clean(self) -> dict[str, Any]:
        """Who accepts gives a number."""
        data = super().clean() or self.cleaned_data
        if not self.declines and not data.get("record_number") and "record_number" not in self.errors:
            self.add_error("record_number", "Fill this in: the patient gets it with the move.")
        return data

    @property
    def declines(self) -> bool:
        """Whether the other button was pressed."""
        return self.data.get("action") == "decline"

    def refuse_unknown(self) -> None:
        """Say that it fits no offer, and not which part."""
        self.add_error(None, UNKNOWN)

    def refuse(self, error: IntegrityError) -> None:
        """Say in words what stands in the way here."""
        if constraint_of(error) == "patient_record_number_once_a_clinic":
            self.add_error("record_number", "This record number is another patient’s here.")
        else:
            self.add_error(None, "The patient's pump is registered here already: end that record first.")
