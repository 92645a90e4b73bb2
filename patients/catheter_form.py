"""A catheter as the theatre's papers name it, typed: a first one, or the next after a revision."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db import IntegrityError

from itb.fields import DayField, NoteField, PlainWords, QuantityField
from itb.infusion.catalogue import Catheter as KnownCatheter
from itb.infusion.catalogue import catalogue
from itb.infusion.quantities import plain
from patients.models import Catheter, Patient
from patients.person_form import refuse_outside

OTHER = "other"
LONGEST_CM = 150
LEVELS = [
    *(f"C{number}" for number in range(1, 8)),
    *(f"T{number}" for number in range(1, 13)),
    *(f"L{number}" for number in range(1, 6)),
]


class CatheterForm(PlainWords, forms.Form):
    """Model, implanted length, tip. The volume by length is the catalogue's, or typed with where it comes from."""

    model = forms.ChoiceField(label="Model")
    other_model = forms.CharField(label="Its name", max_length=60, required=False)
    other_maker = forms.CharField(label="Its maker", max_length=60, required=False)
    ml_per_cm = QuantityField(
        label="Volume by length",
        unit="mL/cm",
        max_decimals=5,
        most=Decimal("0.02"),
        above_zero=True,
        required=False,
        help_text="Of a model that is not listed, from its manual. Those listed hold 0.0022 mL/cm.",
    )
    source = forms.CharField(label="Where that comes from", max_length=200, required=False)
    length_cm = QuantityField(
        label="Implanted length",
        unit="cm",
        max_decimals=1,
        most=LONGEST_CM,
        above_zero=True,
        help_text="What is in the patient: the uncut length less what was cut off.",
    )
    tip_level = forms.ChoiceField(
        label="Level of the tip", choices=[("", "Choose"), *((level, level) for level in LEVELS)]
    )
    implanted_on = DayField(label="Implanted or revised on")
    opened_by = NoteField()

    def __init__(
        self, *args: Any, patient: Patient, former: Catheter | None, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.patient, self.former, self.today = patient, former, today
        self.known = catalogue().catheters
        model: Any = self.fields["model"]
        listed = [(key, each.name) for key, each in self.known.items()]
        model.choices = [("", "Choose the model"), *listed, (OTHER, "Another, named below")]

    def clean_implanted_on(self) -> date:
        """Refuse a day ahead, before the birth, or before the catheter that is there."""
        day = refuse_outside(self.cleaned_data["implanted_on"], self.today)
        if day < self.patient.birth_date:
            raise forms.ValidationError("This is before the birth date.")
        if self.former and day < self.former.implanted_on:
            raise forms.ValidationError(
                f"This is before the catheter that is there ({self.former.implanted_on:%-d %b %Y})."
            )
        return day

    def clean(self) -> dict[str, Any]:
        """One that is not listed is named, with its volume by length and a source."""
        data = super().clean() or self.cleaned_data
        if data.get("model") == OTHER:
            for name in ("other_model", "other_maker", "ml_per_cm", "source"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, "Fill this in for a model that is not listed.")
        return data

    def refuse(self, error: IntegrityError) -> None:
        """Say in words what contradicts it."""
        self.add_error("implanted_on", "Another catheter of this patient was implanted on that day.")

    def catheter(self) -> Catheter:
        """The catheter as typed, not kept yet."""
        data = self.cleaned_data
        return Catheter(
            patient=self.patient,
            length_cm=data["length_cm"],
            tip_level=data["tip_level"],
            implanted_on=data["implanted_on"],
            **(_listed(self.known[data["model"]]) if data["model"] != OTHER else _typed(data)),
        )


def _listed(known: KnownCatheter) -> dict[str, Any]:
    per_cm = known.ml_per_cm
    return {
        "model": known.name,
        "maker": known.maker,
        "ml_per_cm": per_cm.value,
        "source": f"Catalogue: {plain(per_cm.value)} mL/cm ({per_cm.mark}). {per_cm.source}",
    }


def _typed(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "model": data["other_model"],
        "maker": data["other_maker"],
        "ml_per_cm": data["ml_per_cm"],
        "source": data["source"],
    }
