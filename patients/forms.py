"""Registering a patient with the pump and the person to call: one form, kept whole."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db import IntegrityError
from django.db.models import Q

from itb.accounts.models import Clinic, Membership
from itb.fields import DayField, NoteField, PlainWords, QuantityField, constraint_of
from itb.infusion.catalogue import Constant, PumpModel, catalogue
from itb.infusion.quantities import plain
from patients.catalogue import pump_models
from patients.models import Contact, OwnModel, Patient, Pump
from patients.services import Implant

OLDEST = date(1900, 1, 1)
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


TELEPHONE = r"^[0-9+(][0-9 +()./-]{4,}( ?(x|ext\.?) ?[0-9]+)?$"


class RegisterForm(PlainWords, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Who they are, who to call, what is implanted.

    `same_record` is the patient who has the record number already; `alike` are those whom this one may be.
    """

    contact_name = forms.CharField(label="Name", max_length=120)
    contact_relation = forms.CharField(
        label="Relation", max_length=60, help_text="Such as patient, mother, carer, ward."
    )
    contact_phone = forms.CharField(
        label="Telephone",
        max_length=40,
        validators=[RegexValidator(TELEPHONE, "Write a telephone number, such as +44 20 7946 0000.")],
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
    is_another = forms.BooleanField(label="This is another person", required=False)
    opened_by = NoteField()

    class Meta:
        model = Patient
        fields = ("record_number", "family_name", "given_name", "birth_date", "origin", *Patient.RISK_FLAGS)
        field_classes = {"birth_date": DayField}

    def __init__(self, *args: Any, member: Membership, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member, self.today = member, today
        self.models = pump_models(member.clinic)
        self.same_record: Patient | None = None
        self.alike: list[Patient] = []
        model: Any = self.fields["model"]
        model.choices = model_choices(self.models, member.clinic)
        origin: Any = self.fields["origin"]
        origin.choices = [("", "Choose"), *Patient.Origin.choices]

    def clean_family_name(self) -> str:
        """Refuse what would make a name read as another."""
        return _plain_name(self.cleaned_data["family_name"])

    def clean_given_name(self) -> str:
        """Refuse what would make a name read as another."""
        return _plain_name(self.cleaned_data["given_name"])

    def clean_record_number(self) -> str:
        """Refuse a number that the clinic has given already."""
        number: str = self.cleaned_data["record_number"]
        self.same_record = self._patients().filter(record_number__iexact=number).first()
        if self.same_record is not None:
            raise forms.ValidationError(f"{number} is the record number of {self.same_record} already.")
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
        self._check_alike(data)
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

    def _check_alike(self, data: dict[str, Any]) -> None:
        """The same full name, or one of the names with the same birth date, may be the same person."""
        family, given, born = (data.get(name) for name in ("family_name", "given_name", "birth_date"))
        if not (family and given and born) or self.same_record:
            return
        of_name, of_given = Q(family_name__iexact=family), Q(given_name__iexact=given)
        alike = of_name & of_given | Q(birth_date=born) & (of_name | of_given)
        self.alike = list(self._patients().filter(alike).order_by("pk")[:5])
        if self.alike and not data.get("is_another"):
            self.add_error("is_another", "Someone alike is registered already: look at them first.")

    def _patients(self) -> Any:
        return Patient.objects.visible_to(self.member)

    def refuse(self, error: IntegrityError) -> None:
        """Say in words that someone registered the same record or serial number a moment ago."""
        rule = constraint_of(error)
        if rule == "pump_serial_in_one_patient_of_a_clinic":
            self.add_error("serial", SERIAL_TAKEN)
        elif rule == "patient_record_number_once_a_clinic":
            number = self.cleaned_data["record_number"]
            self.same_record = self._patients().filter(record_number__iexact=number).first()
            self.add_error("record_number", "This record number was given to someone else a moment ago.")
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


def _plain_name(name: str) -> str:
    if any(unicodedata.category(letter).startswith("C") for letter in name):
        raise forms.ValidationError("This holds a sign that cannot be seen: type the name anew.")
    return name
