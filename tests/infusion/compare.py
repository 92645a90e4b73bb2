"""How an expectation is held against an answer: its keys alone, numbers within a tolerance, the rest as is."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

Difference = tuple[str, object, object]


def differences(expected: dict[str, Any], got: dict[str, Any], tolerance: str = "0") -> list[Difference]:
    """(key, expected, got) wherever the answer is not what was expected.

    `findings` are codes that must be there, `no_findings` codes that must not, `path` the key that an error's
    message has to name.
    """
    return list(_object("", expected, got, Fraction(tolerance)))


def codes(got: dict[str, Any]) -> set[str]:
    """The codes of an answer's findings."""
    return {finding["code"] if isinstance(finding, dict) else finding for finding in got.get("findings", ())}


def plain_path(text: str) -> str:
    """`facts[1].steps[0]`, however it is written, as `.facts.1.steps.0.`"""
    return "." + re.sub(r"[^A-Za-z0-9_]+", ".", text).strip(".") + "."


def number(value: object) -> Fraction | None:
    """The number that a value is or spells, or None."""
    if isinstance(value, Fraction):
        return value
    try:
        return None if isinstance(value, bool) else Fraction(Decimal(value))  # type: ignore[arg-type]
    except (InvalidOperation, TypeError, ValueError, OverflowError):
        return None


def _object(where: str, expected: dict[str, Any], got: Any, tolerance: Fraction) -> Iterator[Difference]:
    if not isinstance(got, dict):
        yield where, expected, got
        return
    for key, value in expected.items():
        if key == "findings":
            missing = set(value) - codes(got)
            if missing:
                yield where + key, sorted(missing), sorted(codes(got))
        elif key == "no_findings":
            if set(value) & codes(got):
                yield where + key, value, sorted(codes(got))
        elif key == "path":
            if plain_path(value) not in plain_path(str(got.get("path", got.get("message")))):
                yield where + key, value, got.get("message")
        else:
            yield from _value(where + key, value, got.get(key, "nothing"), tolerance)


def _value(where: str, expected: Any, got: Any, tolerance: Fraction) -> Iterator[Difference]:
    if isinstance(expected, dict):
        yield from _object(f"{where}.", expected, got, tolerance)
    elif isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            yield where, expected, got
        else:
            for i, (one, other) in enumerate(zip(expected, got, strict=True)):
                yield from _value(f"{where}[{i}]", one, other, tolerance)
    elif not _same(expected, got, tolerance):
        yield where, expected, got


def _same(expected: Any, got: Any, tolerance: Fraction) -> bool:
    one, other = number(expected), number(got)
    if one is None or other is None:
        return bool(expected == got)
    return abs(one - other) <= tolerance
