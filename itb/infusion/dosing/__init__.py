"""Calculations that a clinician can check by hand: exact, with their steps, their source and their mark.

They support judgement and do not replace it; none of them is an order to a pump. `CALCULATORS` holds each
under its kind, with all that a page needs to draw a form and a result.
"""

from __future__ import annotations

from itb.infusion.dosing.calculator import CALCULATORS, Calculator, DosingError, Field, Output, Result
from itb.infusion.dosing.doses import flex_total, starting_dose, titration
from itb.infusion.dosing.lines import bridge, bridge_omitted, catheter_volume, priming
from itb.infusion.dosing.reservoir import discrepancy, empty_bounds, expected_residual, low_reservoir
from itb.infusion.dosing.solutions import bolus_volume, concentration, dilution, flow, hourly_dose

__all__ = [
    "CALCULATORS",
    "Calculator",
    "DosingError",
    "Field",
    "Output",
    "Result",
    "bolus_volume",
    "bridge",
    "bridge_omitted",
    "catheter_volume",
    "concentration",
    "dilution",
    "discrepancy",
    "empty_bounds",
    "expected_residual",
    "flex_total",
    "flow",
    "hourly_dose",
    "low_reservoir",
    "priming",
    "starting_dose",
    "titration",
]
