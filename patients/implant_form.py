"""A pump as the theatre's papers name it, typed: with a new patient, after an explant, or in another one's place."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db import IntegrityError
from django.db.models import Q

from itb.accounts.models import Clinic, Membership
from itb.fields import DayField, NoteField, PlainWords, QuantityField, constraint_of
from itb.infusion.catalogue import Constant, PumpModel, catalogue
from itb.infusion.quantities import plain
from patients.catalogue import pump_models
from patients.models import OwnModel, Patient, Pump
from patients.person_form import refuse_outside
from patients.services import Implant

SERIAL_TAKEN = "A pump of this model and serial number is registered already."
OVERLAPS = "Another pump of this patient was implanted on that day."
LEAVING = (
    "The pump that is there was replaced or is to leave monitoring: look at the chart, decide that first."
)
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


class ImplantFields(forms.Form):
    """The fields of a pump, and what cannot be right in them. A form that has them knows `member` and `today`."""

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

    member: Membership
    today: date

    def offer_models(self) -> None:
        """Let one of the clinic's models be chosen."""
        self.models = pump_models(self.member.clinic)
        model: Any = self.fields["model"]
        model.choices = model_choices(self.models, self.member.clinic)

    def clean_implanted_on(self) -> date:
        """Refuse an implant that lies ahead."""
        return refuse_outside(self.cleaned_data["implanted_on"], self.today)

    def check_pump(self, data: dict[str, Any]) -> None:
        """An alarm that the pump can hold, and a serial number that no other pump has at the time."""
        alarm, model = data.get("alarm_ml"), self.pump_model
        if alarm is not None and model and alarm >= model.reservoir_ml.value:
            words = f"{plain(alarm)} mL is not below what this pump holds ({model.reservoir_ml.text})."
            self.add_error("alarm_ml", words)
        serial, key, since = (data.get(name) for name in ("serial", "model", "implanted_on"))
        if serial and key and since:
            same = Pump.objects.visible_to(self.member).filter(model=key, serial__iexact=serial)
            if same.filter(Q(explanted_on=None) | Q(explanted_on__gt=since)).exists():
                self.add_error("serial", SERIAL_TAKEN)

    @property
    def pump_model(self) -> PumpModel | None:
        """The model chosen so far."""
        return self.models.get(self["model"].value() or "")

    @property
    def constants(self) -> list[tuple[str, Constant]]:
        """What the catalogue says of the chosen model."""
        return constants_of(self.pump_model) if self.pump_model else []

    def implant(self) -> Implant:
        """The pump, as typed."""
        names = ("model", "serial", "implanted_on", "alarm_ml")
        return Implant(**{name: self.cleaned_data[name] for name in names})


class ImplantForm(PlainWords, ImplantFields):
    """A pump for someone who is known. `replaced` is the pump whose place it takes; None where there is none."""

    opened_by = NoteField()

    def __init__(
        self,
        *args: Any,
        patient: Patient,
        replaced: Pump | None,
        member: Membership,
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.patient, self.replaced, self.member, self.today = patient, replaced, member, today
        self.offer_models()

    def clean(self) -> dict[str, Any]:
        """Compare with the patient and with the pumps before."""
        data = super().clean() or self.cleaned_data
        since = data.get("implanted_on")
        if since and since < self.patient.birth_date:
            self.add_error("implanted_on", "This is before the birth date.")
        elif since and self._overlaps(since):
            self.add_error("implanted_on", OVERLAPS)
        self.check_pump(data)
        return data

    def _overlaps(self, since: date) -> bool:
        """Whether another pump was there on or after that day; the one that is replaced ends then."""
        if self.replaced and since < self.replaced.implanted_on:
            return True
        return self.patient.pumps.filter(explanted_on__gt=since).exists()

    def refuse_moved(self) -> None:
        """Say that the pump that was to be replaced is not there any more, or is to leave."""
        self.add_error(None, LEAVING)

    def refuse(self, error: IntegrityError) -> None:
        """Say in words what someone else did a moment ago."""
        if constraint_of(error) == "pump_serial_in_one_patient_of_a_clinic":
            self.add_error("serial", SERIAL_TAKEN)
        else:
            self.add_error(None, "Someone entered a pump for this patient a moment ago: look at the chart.")
