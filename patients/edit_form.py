"""What is known of a patient, changed: who they are, what makes withdrawal more dangerous, the therapy, a refusal."""

from datetime import date
from typing import Any

from django import forms
from django.db import IntegrityError

from itb.fields import DayField, constraint_of
from patients.models import Patient
from patients.person_form import PERSON, PersonForm, refuse_outside
from patients.versioned_form import VersionedForm


class EditForm(VersionedForm, PersonForm):
    """A patient as kept, to be changed."""

    class Meta:
        model = Patient
        fields = (*PERSON, "refusal", "refused_on")
        field_classes = {"birth_date": DayField, "refused_on": DayField}

    def clean_refused_on(self) -> date | None:
        """Refuse a day that lies ahead."""
        day = self.cleaned_data["refused_on"]
        return refuse_outside(day, self.today) if day else None

    def clean(self) -> dict[str, Any]:
        """A refusal has a reason and a day, or is none."""
        data = super().clean()
        refusal, refused_on = data.get("refusal"), data.get("refused_on")
        if refusal and not refused_on and "refused_on" not in self.errors:
            self.add_error("refused_on", "Write when this was said.")
        if refused_on and not refusal and "refusal" not in self.errors:
            self.add_error("refusal", "Write why nobody may be called, or take the day away.")
        return data

    def refuse(self, error: IntegrityError) -> None:
        """Say in words what someone else did a moment ago."""
        if constraint_of(error) == "patient_record_number_once_a_clinic":
            self.refuse_record()
        else:
            self.add_error(None, "This contradicts what is registered. Nothing was kept.")

    def patient(self) -> Patient:
        """The patient as typed, not kept yet."""
        kept: Patient = forms.ModelForm.save(self, commit=False)
        return kept
