"""Quantities that carry their unit, and a strict reader of what a person types.

A quantity is a frozen pair of an exact decimal and a unit. Quantities of one unit add, subtract and compare;
quantities of two units multiply and divide where physics gives the result a name (mcg/day over mcg/mL is
mL/day); anything else is a `TypeError`. Floats are refused everywhere: a dose has no binary rounding.

Sums and products are computed to 50 digits whatever context the caller runs in; at clinical sizes that makes
them exact. Only a division that never ends (100 over 3) is rounded, in its 50th digit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import ClassVar, Self, TypeGuard, cast, overload

_EXACT = Context(prec=50, rounding=ROUND_HALF_UP)
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def plain(value: Decimal) -> str:
    """The decimal as people write it: no exponent, no zeros behind the last figure, never a minus zero."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def exact(value: object) -> Decimal:
    """A finite decimal from a plain decimal string, an int or a Decimal.

    Raises TypeError for anything else, floats and booleans above all, and ValueError for a string that is not
    plain ASCII decimal notation ("1e3", "1_000", " 1") or a decimal that is not finite.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise TypeError(f"a quantity is made from str, int or Decimal, not from {type(value).__name__}")
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        raise ValueError(f"{value!r} is not in plain decimal notation")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{value} is not a finite number")
    return number


@dataclass(frozen=True, slots=True, order=True, init=False)
class Quantity:
    """A decimal with a unit; the unit is the class. Compares, adds and subtracts within its own class only."""

    value: Decimal
    unit: ClassVar[str] = ""

    def __init__(self, value: str | int | Decimal) -> None:
        object.__setattr__(self, "value", exact(value))

    @property
    def text(self) -> str:
        """The value and its unit, as read: "157.3 mcg/day"."""
        return f"{plain(self.value)} {self.unit}"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{plain(self.value)}')"

    def __bool__(self) -> bool:
        return bool(self.value)

    def rounded(self, decimals: int) -> Self:
        """The same quantity to that many decimals, halves away from zero. For display; never before arithmetic."""
        return type(self)(self.value.quantize(Decimal(1).scaleb(-decimals), context=_EXACT))

    def __add__(self, other: Self) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        return type(self)(_EXACT.add(self.value, other.value))

    def __sub__(self, other: Self) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        return type(self)(_EXACT.subtract(self.value, other.value))

    def __neg__(self) -> Self:
        return type(self)(self.value.copy_negate())

    def __abs__(self) -> Self:
        return type(self)(self.value.copy_abs())

    def __rmul__(self, other: int | Decimal) -> Self:
        return type(self)(_EXACT.multiply(self.value, other)) if _is_number(other) else NotImplemented

    def _times(self, other: object) -> object:
        if _is_number(other):
            return type(self)(_EXACT.multiply(self.value, other))
        unit = _PRODUCTS.get((type(self), type(other)))
        return unit(_EXACT.multiply(self.value, _value(other))) if unit else NotImplemented

    def _over(self, other: object) -> object:
        if _is_number(other):
            return type(self)(_EXACT.divide(self.value, other))
        if type(other) is type(self):
            return _EXACT.divide(self.value, _value(other))
        unit = _QUOTIENTS.get((type(self), type(other)))
        return unit(_EXACT.divide(self.value, _value(other))) if unit else NotImplemented


def _is_number(other: object) -> TypeGuard[int | Decimal]:
    return isinstance(other, (int, Decimal)) and not isinstance(other, bool)


def _value(other: object) -> Decimal:
    return cast(Quantity, other).value


class Millilitres(Quantity):
    """A volume."""

    __slots__ = ()
    unit = "mL"

    @overload
    def __mul__(self, other: McgPerMl) -> Micrograms: ...
    @overload
    def __mul__(self, other: int | Decimal) -> Self: ...
    def __mul__(self, other: object) -> object:
        return self._times(other)

    @overload
    def __truediv__(self, other: MlPerDay) -> Days: ...
    @overload
    def __truediv__(self, other: Days) -> MlPerDay: ...
    @overload
    def __truediv__(self, other: MlPerCm) -> Centimetres: ...
    @overload
    def __truediv__(self, other: Centimetres) -> MlPerCm: ...
    @overload
    def __truediv__(self, other: Self) -> Decimal: ...
    @overload
    def __truediv__(self, other: int | Decimal) -> Self: ...
    def __truediv__(self, other: object) -> object:
        return self._over(other)


class Micrograms(Quantity):
    """An amount of drug."""

    __slots__ = ()
    unit = "mcg"

    def __mul__(self, other: int | Decimal) -> Self:
        return cast(Self, self._times(other))

    @overload
    def __truediv__(self, other: McgPerMl) -> Millilitres: ...
    @overload
    def __truediv__(self, other: Millilitres) -> McgPerMl: ...
    @overload
    def __truediv__(self, other: McgPerDay) -> Days: ...
    @overload
    def __truediv__(self, other: Days) -> McgPerDay: ...
    @overload
    def __truediv__(self, other: McgPerHour) -> Hours: ...
    @overload
    def __truediv__(self, other: Hours) -> McgPerHour: ...
    @overload
    def __truediv__(self, other: Self) -> Decimal: ...
    @overload
    def __truediv__(self, other: int | Decimal) -> Self: ...
    def __truediv__(self, other: object) -> object:
        return self._over(other)


class McgPerMl(Quantity):
    """A concentration."""

    __slots__ = ()
    unit = "mcg/mL"

    @overload
    def __mul__(self, other: Millilitres) -> Micrograms: ...
    @overload
    def __mul__(self, other: MlPerDay) -> McgPerDay: ...
    @overload
    def __mul__(self, other: int | Decimal) -> Self: ...
    def __mul__(self, other: object) -> object:
        return self._times(other)

    @overload
    def __truediv__(self, other: Self) -> Decimal: ...
    @overload
    def __truediv__(self, other: int | Decimal) -> Self: ...
    def __truediv__(self, other: object) -> object:
        return self._over(other)


class McgPerDay(Quantity):
    """A daily dose, over 24 hours."""

    __slots__ = ()
    unit = "mcg/day"

    def per_hour(self) -> McgPerHour:
        """The same dose by the hour: a twenty-fourth."""
        return McgPerHour(_EXACT.divide(self.value, 24))

    @overload
    def __mul__(self, other: Days) -> Micrograms: ...
    @overload
    def __mul__(self, other: int | Decimal) -> Self: ...
    def __mul__(self, other: object) -> object:
        return self._times(other)

    @overload
    def __truediv__(self, other: McgPerMl) -> MlPerDay: ...
    @overload
    def __truediv__(self, other: MlPerDay) -> McgPerMl: ...
    @overload
    def __truediv__(self, other: Self) -> Decimal: ...
    @overload
    def __truediv__(self, other: int | Decimal) -> Self: ...
    def __truediv__(self, other: object) -> object:
        return self._over(other)


class McgPerHour(Quantity):
    """A dose rate by the hour."""

    __slots__ = ()
    unit = "mcg/h"

    def per_day(self) -> McgPerDay:
        """The same dose over 24 hours."""
        return McgPerDay(_EXACT.multiply(self.value, 24))

    @overload
    def __mul__(self, other: Hours) -> Micrograms: ...
    @overload
    def __mul__(self, other: int | Decimal) -> Self: ...
    def __mul__(self, other: object) -> object:
        return self._times(other)

    @overload
    def __truediv__(self, other: Self) -> Decimal: ...
    @overload
    def __truediv__(self, other: int | Decimal) -> Self: ...
    def __truediv__(self, other: object) -> object:
        return self._over(other)


class MlPerDay(Quantity):
    """A flow, over 24 hours."""

    __slots__ = ()
    unit = "mL/day"

    @overload
    def __mul__(self, other: McgPerMl) -> McgPerDay: ...
    @overload
    def __mul__(self, other: Days) -> Millilitres: ...
    @overload
    def __mul__(self, other: int | Decimal) -> Self: ...
    def __mul__(self, other: object) -> object:
        return self._times(other)

    @overload
    def __truediv__(self, other: Self) -> Decimal: ...
    @overload
    def __truediv__(self, other: int | Decimal) -> Self: ...
    def __truediv__(self, other: object) -> object:
        return self._over(other)


class Hours(Quantity):
    """A length of time."""

    __slots__ = ()
    unit = "h"

    def days(self) -> Days:
        """The same time in days of 24 hours."""
        return Days(_EXACT.divide(self.value, 24))

    @overload
    def __mul__(self, other: McgPerHour) -> Micrograms: ...
    @overload
    def __mul__(self, other: int | Decimal) -> Self: ...
    def __mul__(self, other: object) -> object:
        return self._times(other)

    @overload
    def __truediv__(self, other: Self) -> Decimal: ...
    @overload
    def __truediv__(self, other: int | Decimal) -> Self: ...
    def __truediv__(self, other: object) -> object:
        return self._over(other)


class Days(Quantity):
    """A length of time, of 24 hours a day."""

    __slots__ = ()
    unit = "days"

    def hours(self) -> Hours:
        """The same time in hours."""
        return Hours(_EXACT.multiply(self.value, 24))

    @overload
    def __mul__(self, other: MlPerDay) -> Millilitres: ...
    @overload
    def __mul__(self, other: McgPerDay) -> Micrograms: ...
    @overload
    def __mul__(self, other: int | Decimal) -> Self: ...
    def __mul__(self, other: object) -> object:
        return self._times(other)

    @overload
    def __truediv__(self, other: Self) -> Decimal: ...
    @overload
    def __truediv__(self, other: int | Decimal) -> Self: ...
    def __truediv__(self, other: object) -> object:
        return self._over(other)


class Minutes(Quantity):
    """A length of time."""

    __slots__ = ()
    unit = "min"


class Centimetres(Quantity):
    """A length of catheter."""

    __slots__ = ()
    unit = "cm"

    @overload
    def __mul__(self, other: MlPerCm) -> Millilitres: ...
    @overload
    def __mul__(self, other: int | Decimal) -> Self: ...
    def __mul__(self, other: object) -> object:
        return self._times(other)

    @overload
    def __truediv__(self, other: Self) -> Decimal: ...
    @overload
    def __truediv__(self, other: int | Decimal) -> Self: ...
    def __truediv__(self, other: object) -> object:
        return self._over(other)


class MlPerCm(Quantity):
    """What a catheter holds by its length."""

    __slots__ = ()
    unit = "mL/cm"

    @overload
    def __mul__(self, other: Centimetres) -> Millilitres: ...
    @overload
    def __mul__(self, other: int | Decimal) -> Self: ...
    def __mul__(self, other: object) -> object:
        return self._times(other)

    @overload
    def __truediv__(self, other: Self) -> Decimal: ...
    @overload
    def __truediv__(self, other: int | Decimal) -> Self: ...
    def __truediv__(self, other: object) -> object:
        return self._over(other)


class Percent(Quantity):
    """Parts of a hundred."""

    __slots__ = ()
    unit = "%"


_TRIPLES: tuple[tuple[type[Quantity], type[Quantity], type[Quantity]], ...] = (
    (McgPerMl, Millilitres, Micrograms),
    (McgPerMl, MlPerDay, McgPerDay),
    (MlPerDay, Days, Millilitres),
    (McgPerDay, Days, Micrograms),
    (McgPerHour, Hours, Micrograms),
    (MlPerCm, Centimetres, Millilitres),
)
"""Each product of two units that has a name: first × second = third."""

_PRODUCTS: dict[tuple[type, type], type[Quantity]] = {
    pair: product for a, b, product in _TRIPLES for pair in ((a, b), (b, a))
}
_QUOTIENTS: dict[tuple[type, type], type[Quantity]] = {
    pair: factor for a, b, product in _TRIPLES for pair, factor in (((product, a), b), ((product, b), a))
}


class NotANumber(ValueError):  # noqa: N818  it reads as what it says
    """What was typed cannot be read as one certain number. `message` says what is wrong and what would be right."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


_MOST_SHOWN = 40
_MOST_DIGITS = 9
"""Digits before the point. No field needs more, and a longer number is a cat on the keyboard."""

_TYPED = re.compile(r"(?P<number>[-+]?[0-9.,]*)(?P<space> ?)(?P<unit>[a-zA-Z%][a-zA-Z%/0-9]*)?")
_EXPONENT = re.compile(r"[-+]?[0-9.,]+[eE][-+]?[0-9]+")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")


def parse_decimal(text: str, *, max_decimals: int, unit: str = "", signed: bool = False) -> Decimal:
    """The number that a person typed, or `NotANumber` with a sentence for the field.

    Only what can be read in one way on every keyboard and in every country passes: ASCII digits, at most one
    point with digits on both sides, at most `max_decimals` of them. The field's own `unit` may stand behind.
    Refused are among others "1,000", "1.000" (a thousand to half of the world), ".5", "5.", "05", "1e3",
    "NaN", digits of other scripts, spaces inside, and any other unit. A minus is refused unless the field is
    `signed`.
    """
    typed = text.strip().replace("µ", "mc").replace("μ", "mc")
    example = _example(max_decimals)
    if not typed:
        raise NotANumber(f"A number is missing: write digits, such as {example}.")
    if _EXPONENT.fullmatch(typed):
        raise NotANumber(f"“{_shown(typed)}” has an exponent: write the number out, such as {example}.")
    match = _TYPED.fullmatch(typed)
    if match is None or not match["number"].strip("+-"):
        raise NotANumber(_not_digits(text.strip(), example))
    _require_unit(match["unit"], unit)
    number = match["number"]
    _require_sign(number, signed=signed)
    _require_notation(number.lstrip("-"), max_decimals)
    return Decimal(number)


def _example(max_decimals: int) -> str:
    return "157.3" if max_decimals else "157"


def _shown(typed: str) -> str:
    return typed if len(typed) <= _MOST_SHOWN else f"{typed[:_MOST_SHOWN]}…"


def _not_digits(typed: str, example: str) -> str:
    shown = _shown(typed)
    if any(character.isspace() for character in typed):
        return f"“{shown}” has a space inside: write the digits together, such as {example}."
    if any(character.isdigit() and not character.isascii() for character in typed):
        return f"“{shown}” has digits of another script: use 0 to 9, such as {example}."
    return f"“{shown}” is not a number: write digits, such as {example}."


def _require_unit(typed: str | None, unit: str) -> None:
    if typed is None or (unit and _spelling(typed) == _spelling(unit)):
        return
    if not unit:
        raise NotANumber(f"This field has no unit: leave out “{typed}”.")
    raise NotANumber(f"This field is in {unit}, not in {typed}: convert the number, then write it in {unit}.")


def _spelling(unit: str) -> str:
    """One spelling for the ways people write the same unit: case, ug for mcg, /d for /day, hr for h."""
    name = re.sub(r"\bug\b", "mcg", unit.lower())
    name = re.sub(r"/(d|24h)$", "/day", name)
    return re.sub(r"\bhrs?$", "h", name)


def _require_sign(number: str, *, signed: bool) -> None:
    if number.startswith("+"):
        raise NotANumber(f"Leave out the plus sign: write {number[1:]}.")
    if number.startswith("-") and not signed:
        raise NotANumber(f"“{number}” is negative: this field takes 0 or more.")


def _require_notation(number: str, max_decimals: int) -> None:
    """Digits, and where there is a point, digits on both sides of it, that cannot be taken for thousands."""
    if "," in number:
        raise NotANumber(_comma(number))
    whole, point, decimals = number.partition(".")
    if "." in decimals:
        raise NotANumber(f"“{number}” has more than one point: write at most one, before the decimals.")
    if not whole:
        raise NotANumber(f"Write a digit before the point: 0{number}, not {number}.")
    if point and not decimals:
        raise NotANumber(f"Write digits behind the point, or leave it out: {whole}, not {number}.")
    if len(whole) > 1 and whole.startswith("0"):
        raise NotANumber(f"“{number}” begins with a 0 too many: write {plain(Decimal(number))}.")
    if _THOUSANDS.fullmatch(number):
        raise NotANumber(_thousands(number, max_decimals))
    if len(whole) > _MOST_DIGITS:
        raise NotANumber(f"This number is too long: at most {_MOST_DIGITS} digits before the point.")
    if len(decimals) > max_decimals:
        raise NotANumber(_decimals(number, max_decimals))


def _comma(number: str) -> str:
    joined, pointed = number.replace(",", ""), number.replace(",", ".")
    if re.fullmatch(r"[1-9][0-9]{0,2}(,[0-9]{3})+", number):
        return (
            f"“{number}” can be read in two ways: write {joined} without the comma, or decimals with a point."
        )
    if re.fullmatch(r"[0-9]+,[0-9]+", number):
        return f"Write decimals with a point: {pointed}, not {number}."
    return f"“{number}” has a comma: write no commas, and decimals with a point."


def _thousands(number: str, max_decimals: int) -> str:
    fewer = f"write {plain(Decimal(number))} for decimals"
    if number.rstrip("0") == number:
        fewer = f"write {number}0 for decimals" if max_decimals > len("000") else "use at most two decimals"
    return f"“{number}” can be read in two ways: write {number.replace('.', '')} for thousands, or {fewer}."


def _decimals(number: str, max_decimals: int) -> str:
    if not max_decimals:
        return f"“{number}” has decimals: this field takes whole numbers."
    return f"“{number}” has too many decimals: this field takes at most {max_decimals}."
