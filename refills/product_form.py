"""A product of the clinic's own, typed: a new one, or the next version of one that is there."""

from decimal import Decimal
from typing import Any

from django import forms

from itb.fields import QuantityField
from itb.infusion.quantities import plain
from patients.model_form import OwnEntryForm
from refills.limits import MOST_MCG_PER_ML
from refills.models import OwnProduct

MOST_MCG, MOST_ML = 1_000_000, 500  # above every container that is filled from
ROUNDED = Decimal("0.05")  # a label states its concentration to a tenth


class ProductForm(OwnEntryForm):
    """A product as its label states it: all three figures, so that they can be held against each other."""

    form = forms.CharField(label="Container", max_length=30, help_text="Such as vial, ampoule or syringe.")
    concentration_mcg_per_ml = QuantityField(
        label="Concentration", unit="mcg/mL", max_decimals=1, most=MOST_MCG_PER_ML, above_zero=True
    )
    volume_ml = QuantityField(
        label="Volume of one container", unit="mL", max_decimals=2, most=MOST_ML, above_zero=True
    )
    amount_mcg = QuantityField(
        label="Drug in one container", unit="mcg", max_decimals=2, most=MOST_MCG, above_zero=True
    )

    kind = OwnProduct
    thing = "product"
    typed = ("name", "maker", "source", "form", *OwnProduct.UNITS)

    class Meta:
        model = OwnProduct
        fields = ("name", "maker", "source", "form", *OwnProduct.UNITS)

    def clean(self) -> dict[str, Any]:
        """Hold the three figures of the label against each other."""
        data = super().clean()
        strength, volume, amount = (
            data.get(name) for name in ("concentration_mcg_per_ml", "volume_ml", "amount_mcg")
        )
        if strength and volume and amount and abs(amount / volume - strength) > ROUNDED:
            held = f"{plain(amount)} mcg in {plain(volume)} mL is {plain(round(amount / volume, 1))} mcg/mL"
            self.add_error("amount_mcg", f"{held}, not {plain(strength)} mcg/mL: look at the label again.")
        return data
