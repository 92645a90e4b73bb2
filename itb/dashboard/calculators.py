"""The core's calculators as pages: what was typed stands in the address, so that a result is a link.

Nothing is filled in beforehand. A figure of the catalogue is offered with its provenance, and used by a press.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import zip_longest
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from itb.dashboard.catalogue import Figure, figure_of
from itb.fields import DayField, PlainWords, QuantityField
from itb.infusion.catalogue import MARKS
from itb.infusion.dosing import Calculator, DosingError, Field, Result
from itb.infusion.dosing.calculator import Value
from itb.infusion.dosing.words import Word
from itb.infusion.quantities import NotANumber, parse_decimal, plain
from itb.templatetags.moments import day

USE = "use"
"""The name of the buttons that put the catalogue's figure into a field."""

LEAST_ROWS, SPARE_ROWS = 5, 2
MOST_RATE = 20  # no rate that can be meant has more characters
YES_NO = (("yes", "Yes"), ("no", "No"))
NOTHING = {
    "finding": "none: within limits",
    "hours_between": "one step at each refill",
    "delivered_ratio": "nothing was to be delivered",
    "percent_of_delivered": "nothing was to be delivered",
    "percent_of_expected_residual": "nothing was expected to be left",
}
"""What the absence of a value means; for any other it is a date too far away to be told."""

_DIGITS = Context(prec=60, rounding=ROUND_HALF_UP)

Row = tuple[str, str]


class StepsInput(forms.Widget):
    """Reads rows of a time and a rate from parameters that repeat; rows with nothing in them are left out.

    The page lays the rows itself, from `CalculatorForm.rows`.
    """

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        """The rows as typed."""
        starts, rates = data.getlist(f"{name}_from"), data.getlist(f"{name}_rate")
        rows = zip_longest(starts, rates, fillvalue="")
        return [(start, rate) for start, rate in rows if start.strip() or rate.strip()]


class StepsField(forms.Field):
    """The steps of a flexible day: when each begins, and its rate."""

    widget = StepsInput

    def __init__(self, *, unit: str, max_decimals: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.unit, self.max_decimals = unit, max_decimals

    def to_python(self, value: Any) -> Any:
        """The steps as the core reads them. Says for each row what is wrong with its rate."""
        steps, faults = [], []
        for number, (start, rate) in enumerate(value or [], 1):
            try:
                steps.append({"from": start.strip(), "mcg_per_h": self._rate(rate)})
            except (NotANumber, ValidationError) as fault:
                words = fault.messages[0] if isinstance(fault, ValidationError) else str(fault)
                faults.append(f"Step {number}: {words}")
        if faults:
            raise ValidationError(faults)
        return steps

    def _rate(self, typed: str) -> Decimal:
        if not typed.strip():
            raise ValidationError(f"Write the rate in {self.unit}; 0 where nothing is to flow.")
        if len(typed) > MOST_RATE:
            raise ValidationError(f"This is too long to be a number of {self.unit}.")
        return parse_decimal(typed, max_decimals=self.max_decimals, unit=self.unit)


class CalculatorForm(PlainWords, forms.Form):
    """A calculator's inputs, read strictly. `result` is there once all of them make sense together."""

    def __init__(self, calculator: Calculator, asked: QueryDict) -> None:
        names = {name for field in calculator.fields for name in _parameters(field)}
        inputs = {field.key: _form_field(field) for field in calculator.fields}
        self.base_fields = inputs  # type: ignore[misc]  # of this form, not of its class
        super().__init__(asked if names & asked.keys() else None)
        self.calculator = calculator
        self.result: Result | None = None

    def clean(self) -> dict[str, Any]:
        """Ask the calculator; what it refuses is said at the field that it is about."""
        data = super().clean() or self.cleaned_data
        if not self.errors:
            inputs = {key: value for key, value in data.items() if value is not None and value != ""}
            try:
                self.result = self.calculator(inputs)
            except DosingError as error:
                self.add_error(error.key if error.key in self.fields else None, error.message)
        return data

    @property
    def parts(self) -> list[tuple[forms.BoundField, Figure | None]]:
        """Each field with the catalogue's figure that may be put into it."""
        offers = {field.key: field.word.suggestion for field in self.calculator.fields}
        return [(self[key], figure_of(path) if path else None) for key, path in offers.items()]

    @property
    def rows(self) -> list[Row]:
        """The rows of a flexible day as typed, with empty ones to go on."""
        typed: list[Row] = self["steps"].value() or []
        empty = max(LEAST_ROWS - len(typed), SPARE_ROWS)
        return [*typed, *[("", "")] * empty]

    @property
    def told(self) -> list["Told"]:
        """The values of the result, in the calculator's own order."""
        if self.result is None:
            return []
        values = self.result.values
        return [_told(o.key, o.word, values[o.key]) for o in self.calculator.outputs if o.key in values]

    @property
    def figures(self) -> list[Figure]:
        """The catalogue's figures that took part by themselves."""
        return [figure_of(constant) for constant in self.result.constants] if self.result else []


@dataclass(frozen=True, slots=True)
class About:
    """What a page says of a calculator before anything is typed."""

    kind: str
    title: str
    formula: str
    source: str
    mark: str
    unconfirmed: bool
    """Whether the formula, or a figure in it, was never checked against an original."""


@dataclass(frozen=True, slots=True)
class Told:
    """One value of a result as it is read, rounded, and `exact` as a machine reads it."""

    key: str
    label: str
    text: str
    unit: str
    exact: str


def about(calculator: Calculator) -> About:
    """The calculator in words, with what its mark means."""
    mark = calculator.mark
    words = calculator.kind, calculator.title, calculator.formula, calculator.source
    return About(*words, MARKS[mark], unconfirmed=mark.startswith("unconfirmed"))


def with_figure(asked: QueryDict, calculator: Calculator) -> QueryDict | None:
    """The same question with the catalogue's figure in the field whose button was pressed; None if none was."""
    pressed = asked.get(USE)
    if pressed is None:
        return None
    known = {field.key: field.suggestion for field in calculator.fields}
    changed = asked.copy()
    del changed[USE]
    if constant := known.get(pressed):
        changed[pressed] = plain(constant.value)
    return changed


def _parameters(field: Field) -> Iterable[str]:
    if field.word.kind == "steps":
        return f"{field.key}_from", f"{field.key}_rate"
    return (field.key,)


def _form_field(field: Field) -> forms.Field:
    word = field.word
    usual: dict[str, Any] = {"label": word.label, "required": field.required}
    if word.kind == "number":
        return QuantityField(unit=word.unit, max_decimals=word.decimals, **usual)
    if word.kind == "date":
        return DayField(**usual)
    if word.kind == "steps":
        return StepsField(unit=word.unit, max_decimals=word.decimals, **usual)
    if word.kind == "yes_no":
        return forms.TypedChoiceField(
            choices=YES_NO,
            coerce=lambda answer: answer == "yes",
            empty_value=None,
            widget=forms.RadioSelect,
            **usual,
        )
    return forms.ChoiceField(choices=[("", "Choose"), *word.choices], **usual)


def _told(key: str, word: Word, value: Value) -> Told:
    if value is None:
        return Told(key, word.label, NOTHING.get(key, "too far away for a date"), "", "")
    if isinstance(value, bool):
        return Told(key, word.label, "Yes" if value else "No", "", str(value).lower())
    if isinstance(value, Decimal):
        return Told(key, word.label, _rounded(value, word.decimals), word.unit, plain(value))
    if isinstance(value, date):
        return Told(key, word.label, day(value), "", value.isoformat())
    return Told(key, word.label, dict(word.choices).get(value, value), "", value)


def _rounded(value: Decimal, places: int) -> str:
    """`34.93`, with ≈ before it where it is rounded; never 0 for what is not: then its first two figures."""
    if value and abs(value) < Decimal(5).scaleb(-places - 1):
        places = 1 - value.adjusted()
    shown = value.quantize(Decimal(1).scaleb(-places), context=_DIGITS)
    return f"{'' if shown == value else '≈ '}{plain(shown)}".replace("-", "−")
