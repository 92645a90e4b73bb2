"""Registering a patient with the pump and the person to call: one form, kept whole."""

from typing import Any

from django import forms
from django.db import IntegrityError

from itb.accounts.models import Membership
from itb.fields import DayField, NoteField, constraint_of
from patients.contact_form import TELEPHONE
from patients.implant_form import SERIAL_TAKEN, ImplantFields
from patients.models import Contact, Patient
from patients.person_form import PERSON, PersonForm


class RegisterForm(ImplantFields, PersonForm):
    """Who they are, who to call, what is implanted."""

    contact_name = forms.CharField(label="Name", max_length=120)
    contact_relation = forms.CharField(
        label="Relation", max_length=60, help_text="Such as patient, mother, carer, ward."
    )
    contact_phone = forms.CharField(
        label="Telephone",
        max_length=40,
        validators=[TELEPHONE],
    )
    opened_by = NoteField()

    class Meta:
        model = Patient
        fields = PERSON
        field_classes = {"birth_date": DayField}

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, member=member, **kwargs)
        self.offer_models()

    def clean(self) -> dict[str, Any]:
        """Compare what only together can be wrong."""
        data = super().clean()
        born, implanted = data.get("birth_date"), data.get("implanted_on")
        if born and implanted and implanted < born:
            self.add_error("implanted_on", "This is before the birth date.")
        self.check_pump(data)
        return data

    def refuse(self, error: IntegrityError) -> None:
        """Say in words that someone registered the same record or serial number a moment ago."""
        rule = constraint_of(error)
        if rule == "pump_serial_in_one_patient_of_a_clinic":
            self.add_error("serial", SERIAL_TAKEN)
        elif rule == "patient_record_number_once_a_clinic":
            self.refuse_record()
        else:
            self.add_error(None, "This contradicts what is registered. Nothing was kept.")

    def contact(self) -> Contact:
        """Who to call, not kept yet."""
        return Contact(
            **{name: self.cleaned_data[f"contact_{name}"] for name in ("name", "relation", "phone")}
        )
