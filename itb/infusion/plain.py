"""Plain decimal notation, exactly: text to a fraction and a quotient to text.

A number is written with ASCII digits, at most one point between digits and no exponent, in at most `LONGEST`
characters; the length bounds what a hostile file can cost.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

LONGEST = 50  # characters of a number; 28 significant digits, a sign and a point fit twice over
EXACT_PLACES = 30
ROUNDED_PLACES = 12
SHOWN_PLACES = 6

_PLAIN = re.compile(r"(-?[0-9]+)(?:\.([0-9]+))?")
_ROUNDED = 10**ROUNDED_PLACES
_FINER = 10 ** (EXACT_PLACES - ROUNDED_PLACES)
_SHOWN = 10**SHOWN_PLACES


def read_plain(value: object) -> Fraction | None:
    """The number that `value` writes, or None where it is not one in plain decimal notation.

    `value` is text, or an int, float or Decimal, which is read as the decimal that it prints as; a bool is no
    number.
    """
    text = value if isinstance(value, str) else _written(value)
    return _read_text(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=8192)
def _read_text(text: str) -> Fraction | None:
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None
    whole, places = match.groups("")
    return Fraction(int(whole + places), 10 ** len(places))


def _written(value: object) -> str:
    """`value` without an exponent, or text that no number is written as."""
    if type(value) is float:
        value = Decimal(repr(value))
    elif type(value) is int and value.bit_length() < 4 * LONGEST:
        return str(value)
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < LONGEST:
        return format(value, "f")
    return ""


def plain(numerator: int, denominator: int) -> str:
    """A quotient: exact where `EXACT_PLACES` decimals hold it, else rounded to `ROUNDED_PLACES`.

    The denominator is above 0.
    """
    digits, rest = divmod(abs(numerator) * _ROUNDED, denominator)
    places = ROUNDED_PLACES
    if rest:
        more, beyond = divmod(rest * _FINER, denominator)
        if beyond:
            digits += 2 * rest >= denominator
        else:
            digits, places = digits * _FINER + more, EXACT_PLACES
    return _with_point("-" if numerator < 0 and digits else "", digits, places)


def rounded(numerator: int, denominator: int) -> str:
    """A quotient with at most `SHOWN_PLACES` decimals, half away from zero, for a person to read."""
    digits = (2 * abs(numerator) * _SHOWN + denominator) // (2 * denominator)
    return _with_point("-" if numerator < 0 and digits else "", digits, SHOWN_PLACES)


def _with_point(sign: str, digits: int, places: int) -> str:
    text = str(digits)
    if len(text) <= places:
        text = text.zfill(places + 1)
    return f"{sign}{text[:-places]}.{text[-places:]}".rstrip("0").rstrip(".")


def plain_fraction(number: Fraction) -> str:
    return plain(number.numerator, number.denominator)
