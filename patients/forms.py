"""Registering a patient with the pump and the person to call: one form, kept whole."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db import IntegrityError

from itb.accounts.models import Clinic, Membership
from itb.fields import DayField, NoteField, QuantityField, constraint_of
from itb.infusion.catalogue import Constant, PumpModel, catalogue
from itb.infusion.quantities import plain
from patients.catalogue import pump_models
from patients.contact_form import TELEPHONE
from patients.models import Contact, OwnModel, Patient, Pump
from patients.person_form import PERSON, PersonForm, refuse_outside
from patients.services import Implant

SERIAL_TAKEN = "A pump of this model and serial number is registered already."
CONSTANTS = {
    "reservoir_ml": "Reservoir",
    "alarm_ml": "Alarm, factory setting",
    "unusable_ml": "Unusable volume",
    "accuracy_pct": "Flow accuracy, ±",
    "min_flow_ml_per_day": "Least flow",
    "max_flow_ml_per_day": "Most flow",
    "longest_stay_days": "Longest stay of a fill",
}


def model_choices(models: Mapping[str, PumpModel], clinic: Clinic) -> list[tuple[str, str]]:
    """The models to choose from, none chosen beforehand; one that the clinic has added says so."""
    own = {key: f" (added by {clinic})" for key in models if key.startswith(OwnModel.PREFIX)}
    return [
        ("", "Choose the model"),
        *((key, model.name + own.get(key, "")) for key, model in models.items()),
    ]


def constants_of(model: PumpModel) -> list[tuple[str, Constant]]:
    """The figures that are kept with a pump of `model`, each with its word. Those that nobody knows are left out."""
    known = ((words, getattr(model, name)) for name, words in CONSTANTS.items())
    return [(words, constant) for words, constant in known if constant]


def unconfirmed() -> list[tuple[str, str]]:
    """Each model's name, and the figures of it that nobody has checked against an original."""
    listed = ((model.name, constants_of(model)) for model in catalogue().pump_models.values())
    return [
        (name, ", ".join(words.lower() for words, each in some if each.unconfirmed)) for name, some in listed
    ]


class RegisterForm(PersonForm):
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
    model = forms.ChoiceField(label="Model")
    serial = forms.CharField(label="Serial number", max_length=40, min_length=4)
    implanted_on = DayField(label="Implanted on")
    alarm_ml = QuantityField(
        label="Low-reservoir alarm",
        unit="mL",
        max_decimals=2,
        above_zero=True,
        initial="2",
        help_text="What the programmer is set to; 2 mL is the maker's default.",
    )
    opened_by = NoteField()

    class Meta:
        model = Patient
        fields = PERSON
        field_classes = {"birth_date": DayField}

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, member=member, **kwargs)
        self.models = pump_models(member.clinic)
        model: Any = self.fields["model"]
        model.choices = model_choices(self.models, member.clinic)

    def clean_implanted_on(self) -> date:
        """Refuse an implant that lies ahead."""
        return refuse_outside(self.cleaned_data["implanted_on"], self.today)

    def clean(self) -> dict[str, Any]:
        """Compare what only together can be wrong."""
        data = super().clean()
        born, implanted = data.get("birth_date"), data.get("implanted_on")
        if born and implanted and implanted < born:
            self.add_error("implanted_on", "This is before the birth date.")
        self._check_alarm(data)
        self._check_serial(data)
        return data

    def _check_alarm(self, data: dict[str, Any]) -> None:
        alarm, model = data.get("alarm_ml"), self.pump_model
        if alarm is not None and model and alarm >= model.reservoir_ml.value:
            words = f"{plain(alarm)} mL is not below what this pump holds ({model.reservoir_ml.text})."
            self.add_error("alarm_ml", words)

    def _check_serial(self, data: dict[str, Any]) -> None:
        serial, model = data.get("serial"), data.get("model")
        pumps = Pump.objects.visible_to(self.member).active()
        if serial and model and pumps.filter(model=model, serial__iexact=serial).exists():
            self.add_error("serial", SERIAL_TAKEN)

    def refuse(self, error: IntegrityError) -> None:
        """Say in words that someone registered the same record or serial number a moment ago."""
        rule = constraint_of(error)
        if rule == "pump_serial_in_one_patient_of_a_clinic":
            self.add_error("serial", SERIAL_TAKEN)
        elif rule == "patient_record_number_once_a_clinic":
            self.refuse_record()
        else:
            self.add_error(None, "This contradicts what is registered. Nothing was kept.")

    @property
    def pump_model(self) -> PumpModel | None:
        """The model chosen so far."""
        return self.models.get(self["model"].value() or "")

    @property
    def constants(self) -> list[tuple[str, Constant]]:
        """What the catalogue says of the chosen model."""
        return constants_of(self.pump_model) if self.pump_model else []

    def contact(self) -> Contact:
        """Who to call, not kept yet."""
        return Contact(
            **{name: self.cleaned_data[f"contact_{name}"] for name in ("name", "relation", "phone")}
        )

    def implant(self) -> Implant:
        """The pump, as typed."""
        names = ("model", "serial", "implanted_on", "alarm_ml")
        return Implant(**{name: self.cleaned_data[name] for name in names})
