"""Registering a patient with the pump and the person to call: one form, kept whole."""

from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms

from itb.accounts.models import Membership
from itb.fields import DayField, QuantityField
from itb.infusion.catalogue import catalogue
from patients.models import Contact, Patient, Pump
from patients.services import Implant

OLDEST = date(1900, 1, 1)


def model_choices() -> list[tuple[str, str]]:
    """The catalogue's pump models, none chosen beforehand."""
    return [("", "Choose the model"), *((key, model.name) for key, model in catalogue().pump_models.items())]


class RegisterForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Who they are, who to call, what is implanted."""

    contact_name = forms.CharField(label="Name", max_length=120)
    contact_relation = forms.CharField(
        label="Relation", max_length=60, help_text="Such as patient, mother, carer, ward"
    )
    contact_phone = forms.CharField(label="Telephone", max_length=40)
    model = forms.ChoiceField(label="Model", choices=model_choices)
    serial = forms.CharField(label="Serial number", max_length=40, min_length=4)
    implanted_on = DayField(label="Implanted on")
    alarm_ml = QuantityField(
        label="Low-reservoir alarm",
        unit="mL",
        max_decimals=2,
        initial="2",
        help_text="What the programmer is set to; 2 mL is the maker's default",
    )

    class Meta:
        model = Patient
        fields = ("record_number", "family_name", "given_name", "birth_date", "origin", *Patient.RISK_FLAGS)
        field_classes = {"birth_date": DayField}  # noqa: RUF012  Django's own Meta

    def __init__(self, *args: Any, member: Membership, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member, self.today = member, today
        self.fields["origin"] = forms.ChoiceField(
            label="Origin of spasticity", choices=[("", "Choose"), *Patient.Origin.choices]
        )
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            Fieldset("1. Patient", "record_number", "family_name", "given_name", "birth_date", "origin"),
            Fieldset("2. What makes withdrawal more dangerous or harder to notice", *Patient.RISK_FLAGS),
            Fieldset("3. Who to call", "contact_name", "contact_relation", "contact_phone"),
            Fieldset("4. Pump", "model", "serial", "implanted_on", "alarm_ml"),
        )

    def clean_record_number(self) -> str:
        """Refuse a number that the clinic has given already."""
        number: str = self.cleaned_data["record_number"].strip()
        other = Patient.objects.visible_to(self.member).filter(record_number__iexact=number).first()
        if other is not None:
            raise forms.ValidationError(f"{number} is the record number of {other} already.")
        return number

    def clean_birth_date(self) -> date:
        """Refuse a birth that lies ahead, or in another age."""
        return self._refuse_outside(self.cleaned_data["birth_date"])

    def clean_implanted_on(self) -> date:
        """Refuse an implant that lies ahead."""
        return self._refuse_outside(self.cleaned_data["implanted_on"])

    def _refuse_outside(self, day: date) -> date:
        if day > self.today:
            raise forms.ValidationError("This lies in the future.")
        if day < OLDEST:
            raise forms.ValidationError("This is before 1900: look at the year again.")
        return day

    def clean(self) -> dict[str, Any]:
        """Compare what only together can be wrong."""
        data = super().clean() or self.cleaned_data
        born, implanted = data.get("birth_date"), data.get("implanted_on")
        if born and implanted and implanted < born:
            self.add_error("implanted_on", "This is before the birth date.")
        self._check_alarm(data)
        self._check_serial(data)
        return data

    def _check_alarm(self, data: dict[str, Any]) -> None:
        alarm, model = data.get("alarm_ml"), catalogue().pump_models.get(data.get("model", ""))
        if alarm is not None and model and alarm >= model.reservoir_ml.value:
            self.add_error("alarm_ml", f"{alarm} mL is not below what this pump holds ({model.reservoir_ml.text}).")

    def _check_serial(self, data: dict[str, Any]) -> None:
        serial, model = data.get("serial"), data.get("model")
        if serial and model and Pump.objects.active().filter(model=model, serial__iexact=serial).exists():
            # Another clinic's patient may carry it: nothing about whom is said here.
            self.add_error("serial", "A pump of this model and serial number is registered already.")

    def contact(self) -> Contact:
        """Who to call, not kept yet."""
        return Contact(**{name: self.cleaned_data[f"contact_{name}"] for name in ("name", "relation", "phone")})

    def implant(self) -> Implant:
        """The pump, as typed."""
        names = ("model", "serial", "implanted_on", "alarm_ml")
        return Implant(**{name: self.cleaned_data[name] for name in names})
