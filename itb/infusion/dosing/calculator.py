"""What every calculator shares: exact numbers in, named values and checkable lines out, and the registry.

Inside, a number is a fraction, so that a day is never lost to a rounded division; a result is the same number
as a decimal, exact where it ends and to 50 digits where it does not.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import floor
from typing import Any, ParamSpec

from itb.infusion.catalogue import Constant, catalogue
from itb.infusion.dosing.words import WORDS, Word
from itb.infusion.quantities import exact, plain

Number = Decimal | int | str
"""An exact number: a decimal, an int, or a string in plain decimal notation. Never a float."""

Value = Decimal | str | bool | date | None
"""A result. None is a finding ("never", "cannot be told"), not an absence."""

LONGEST_DAYS = 36_525
"""An instant further away than this is answered as None: never "far away"."""

_DIGITS = Context(prec=50, rounding=ROUND_HALF_UP)
_HIGHEST, _SMALLEST = 9, -30
_MOST_SHOWN = 40


class DosingError(ValueError):
    """What was asked cannot be answered. `message` is a sentence for people, `key` the input that it is about."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.key = key


@dataclass(frozen=True, slots=True)
class Result:
    """The named values, the lines that lead to them, and the constants of the catalogue that took part."""

    values: Mapping[str, Value]
    steps: tuple[str, ...]
    constants: tuple[Constant, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a calculator, enough to draw a form's field."""

    key: str
    word: Word
    required: bool

    @property
    def suggestion(self) -> Constant | None:
        """A constant that the form may offer, with its provenance; never assumed."""
        return catalogue().constants[self.word.suggestion] if self.word.suggestion else None


@dataclass(frozen=True, slots=True)
class Output:
    """One value of a result, enough to draw its row."""

    key: str
    word: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculator:
    """A calculator with all that a page must say about it."""

    kind: str
    title: str
    formula: str
    source: str
    mark: str
    function: Callable[..., Result] = field(repr=False)
    fields: tuple[Field, ...]
    outputs: tuple[Output, ...]

    def __call__(self, inputs: Mapping[str, Any]) -> Result:
        """The result for these inputs. Raises `DosingError`, also for a key that is missing or unknown."""
        known = {field.key: field.required for field in self.fields}
        for key in inputs:
            if key not in known:
                raise DosingError(f"{self.kind} knows no input {key!r}; it takes {', '.join(known)}.", key)
        for key, required in known.items():
            if required and key not in inputs:
                raise DosingError(f"{WORDS[key].label} ({key}) is missing.", key)
        return self.function(**inputs)


CALCULATORS: dict[str, Calculator] = {}
"""Every calculator by its kind, in the order of the page."""

Inputs = ParamSpec("Inputs")


def calculator(
    *, title: str, formula: str, source: str, mark: str, outputs: str
) -> Callable[[Callable[Inputs, Result]], Callable[Inputs, Result]]:
    """Enter a function in `CALCULATORS`: its name is the kind, its parameters are the fields."""

    def enter(function: Callable[Inputs, Result]) -> Callable[Inputs, Result]:
        parameters = inspect.signature(function).parameters.values()
        CALCULATORS[function.__name__] = Calculator(
            kind=function.__name__,
            title=title,
            formula=formula,
            source=source,
            mark=mark,
            function=function,
            fields=tuple(Field(p.name, WORDS[p.name], p.default is p.empty) for p in parameters),
            outputs=tuple(Output(key, WORDS[key]) for key in outputs.split()),
        )
        return function

    return enter


def amount(key: str, value: Number) -> Fraction:
    """The number under `key` as a fraction; refuses what is no exact number, is negative or beyond all sense."""
    label = WORDS[key].label
    try:
        number = exact(value)
    except (TypeError, ValueError) as error:
        raise DosingError(
            f"{label} must be a number in plain decimal notation, not {_short(value)}.", key
        ) from error
    if number < 0:
        raise DosingError(f"{label} is negative ({_short(value)}): it must be 0 or more.", key)
    if number and not _SMALLEST <= number.adjusted() < _HIGHEST:
        raise DosingError(f"{label} is no number that a pump could mean ({_short(value)}).", key)
    return Fraction(number)


def positive(key: str, value: Number) -> Fraction:
    """The same, and more than 0."""
    number = amount(key, value)
    if not number:
        raise DosingError(f"{WORDS[key].label} must be more than 0.", key)
    return number


def percentage(key: str, value: Number) -> Fraction:
    """A percentage as a share: 14.5 is 29/200. From 0 to less than 100."""
    share = amount(key, value) / 100
    if share >= 1:
        raise DosingError(f"{WORDS[key].label} must be less than 100 %.", key)
    return share


def choice(key: str, value: str) -> str:
    """One of the words that the key knows."""
    known = dict(WORDS[key].choices)
    if not isinstance(value, str) or value not in known:
        raise DosingError(f"{WORDS[key].label} must be one of {', '.join(known)}, not {_short(value)}.", key)
    return value


def yes_no(key: str, value: bool) -> bool:
    """True or false, and nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise DosingError(f"{WORDS[key].label} must be true or false, not {_short(value)}.", key)
    return value


def day(key: str, value: date | str) -> date:
    """A calendar day, given as a date or as YYYY-MM-DD."""
    try:
        found = (
            date.fromisoformat(value) if isinstance(value, str) and len(value) == len("YYYY-MM-DD") else value
        )
    except ValueError:
        found = ""
    if type(found) is not date:
        raise DosingError(f"{WORDS[key].label} must be a date such as 2025-01-06, not {_short(value)}.", key)
    return found


def later(start: date, days: Fraction) -> date | None:
    """The date so many days after `start`, part days dropped; None beyond `LONGEST_DAYS` or the calendar."""
    try:
        return start + timedelta(days=floor(days)) if days <= LONGEST_DAYS else None
    except OverflowError:
        return None


def decimal(value: Fraction) -> Decimal:
    """The fraction as a decimal: exact where it ends, else to 50 digits, halves up."""
    return _DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))


def shown(value: Fraction, unit: str = "") -> str:
    """The number for a line that people read: at most four decimals, six where it is below 0.1."""
    return f"{plain(_rounded(value))} {unit}".rstrip()


def equals(value: Fraction, unit: str = "") -> str:
    """Behind an equals sign, as in "= 36 days", or "≈ 34.9345 days" where the figure shown is rounded."""
    return f"{'=' if Fraction(_rounded(value)) == value else '≈'} {shown(value, unit)}"


def _rounded(value: Fraction) -> Decimal:
    places = Decimal("0.0001") if abs(value) >= Fraction(1, 10) else Decimal("0.000001")
    return decimal(value).quantize(places, context=_DIGITS)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
