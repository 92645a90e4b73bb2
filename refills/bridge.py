"""The bridge after a change of concentration: worked out from what the line holds, and the suggestions for that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from itb.fields import QuantityField
from itb.infusion.catalogue import Constant
from itb.infusion.dosing import DosingError, bridge
from itb.infusion.dosing.calculator import decimal
from itb.infusion.quantities import plain
from patients.catalogue import model_of
from patients.models import Pump
from refills.models import Adjustment, Programme
from refills.scenario import pattern_of
from refills.whole_day import own_dose

MOST_LINE_ML = 2  # tubing and catheter hold tenths of a millilitre
LONGEST_H = Decimal(9999)  # what the column holds; past it the old dose is as good as none
SHORTEST_H = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class BridgePlan:
    """A bridge to record: its volume, its hours, when it ends, and the lines that lead there."""

    volume_ml: Decimal
    hours: Decimal
    until: datetime
    steps: tuple[str, ...]


def plan_bridge(old: Programme, new: Programme, line: Mapping[str, Decimal]) -> BridgePlan:
    """The bridge from `old` to `new` (unsaved) for the volumes of `line`, `pump_tubing_ml` and `catheter_ml`.

    The old drug leaves the line at the old programme's own flow, the patient's boluses left out. Raises DosingError
    where none follows.
    """
    found = bridge(
        **line,
        old_concentration_mcg_per_ml=old.concentration_mcg_per_ml,
        new_concentration_mcg_per_ml=new.concentration_mcg_per_ml,
        old_dose_mcg_per_day=decimal(own_dose(old.mode, pattern_of(old))),
        new_dose_mcg_per_day=new.dose_mcg_per_day,
    )
    volume, hours = found.values["volume_ml"], found.values["hours"]
    assert isinstance(volume, Decimal)
    assert isinstance(hours, Decimal)
    if not SHORTEST_H <= hours <= LONGEST_H:
        raise DosingError(f"A bridge of {hours:.3f} h cannot be right: look at the volumes and the old dose.")
    hours = hours.quantize(Decimal("0.01"))
    return BridgePlan(volume, hours, new.at + timedelta(hours=float(hours)), found.steps)


def tubing_of(pump: Pump) -> Constant | None:
    """What the catalogue says that the tubing inside this pump holds; None where nobody could tell."""
    model = model_of(pump)
    return model.tubing_ml if model else None


def offer_tubing(field: Any, pump: Pump) -> None:
    """Let the form's field suggest the catalogue's figure, with where it comes from."""
    constant = tubing_of(pump)
    if constant is None:
        field.help_text = "The catalogue has no figure for this pump: see its manual."
        return
    field.initial = f"{constant.value:f}"
    mark = "unconfirmed" if constant.unconfirmed else constant.mark
    note = f"; {constant.note}" if constant.note else ""
    field.help_text = f"Catalogue: {constant.text} ({mark}). {constant.source}{note}."


def offer_catheter(field: Any, pump: Pump) -> None:
    """Let the form's field suggest what the patient's catheter holds, with how that comes about."""
    catheter = pump.patient.catheters.current().first()
    if catheter is None:
        return
    field.initial = f"{catheter.volume_ml.quantize(Decimal('0.001')).normalize():f}"
    length, per_cm = plain(catheter.length_cm), plain(catheter.ml_per_cm)
    field.help_text = f"{catheter.model}: {length} cm × {per_cm} mL/cm. {catheter.source}."


def tubing_field(**kwargs: Any) -> QuantityField:
    """The volume of the tubing inside the pump."""
    return QuantityField(label="Tubing in the pump", unit="mL", max_decimals=3, most=MOST_LINE_ML, **kwargs)


def catheter_field(**kwargs: Any) -> forms.Field:
    """The volume of the catheter as implanted."""
    return QuantityField(
        label="Catheter",
        unit="mL",
        max_decimals=3,
        most=MOST_LINE_ML,
        help_text="Its implanted length × its volume by length: see the implant record.",
        **kwargs,
    )


def bridge_of(programme: Programme, plan: BridgePlan) -> Adjustment:
    """The bridge as a fact, not kept yet."""
    return Adjustment(
        pump=programme.pump,
        at=programme.at,
        kind=Adjustment.Kind.BRIDGE.value,
        volume_ml=plan.volume_ml,
        hours=plan.hours,
    )
