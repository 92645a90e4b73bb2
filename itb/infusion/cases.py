"""Worked examples from a file, checked against the calculators and the forecast: the `cases` command.

A case is `{"id", "kind", "inputs", "expected", "tolerance", …}`; a file is a JSON list of them. Only the keys
under `expected` are compared, within `tolerance`, after reading as decimals; what is no number is compared as
it stands. The kind is a calculator of `itb.infusion.dosing`, or `forecast`, whose inputs are a scenario. An
answer that is a refusal can be expected too: it has the keys `error` and `message`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from itb.infusion.dosing import CALCULATORS, DosingError
from itb.infusion.forecast import forecast_json
from itb.infusion.quantities import exact, plain

_MOST_DIGITS = 400
"""A number with more zeros than this is compared as text: a fraction of it would fill the memory."""


class CaseError(Exception):
    """A case that cannot be run, or a file that cannot be read, with a sentence."""


def main(paths: list[str]) -> int:
    """Run the cases of these files; write each failure and the tally. 0 all passed, 1 some failed, 2 unreadable."""
    if not paths:
        sys.stderr.write("Name at least one file of cases.\n")
        return 2
    try:
        cases = [(case, f"{path}[{place}]") for path in paths for place, case in enumerate(read(path))]
    except CaseError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    failures = [line for line in (failure(case, place) for case, place in cases) if line]
    sys.stdout.writelines(f"{line}\n" for line in failures)
    sys.stdout.write(f"{len(cases) - len(failures)} passed, {len(failures)} failed\n")
    return 1 if failures else 0


def read(path: str) -> list[Any]:
    """The cases of a file, numbers as the decimals they are written as. Raises `CaseError` with a sentence."""
    try:
        cases = json.loads(
            Path(path).read_text(encoding="utf-8-sig"),
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_refuse,
        )
    except (OSError, ValueError, ArithmeticError, RecursionError) as error:
        raise CaseError(f"{path} cannot be read: {error}.") from error
    if not isinstance(cases, list):
        raise CaseError(f"{path} is not a list of cases.")
    return cases


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number of JSON")


def failure(case: Any, place: str = "case") -> str:
    """The line of a failing case: its id, and each key with what was expected and what came. Empty where it passes.

    Never raises for what a file may hold; a case that cannot be run has failed.
    """
    name = _text(case["id"]) if isinstance(case, dict) and "id" in case else place
    try:
        return _join(name, _differences("", *_expectation(case)))
    except CaseError as error:
        return f"{name}: cannot be run: {error}"
    except RecursionError:
        return f"{name}: cannot be run: it is nested too deeply"


def _join(name: str, differences: Iterator[str]) -> str:
    lines = "; ".join(differences)
    return f"{name}: {lines}" if lines else ""


def _expectation(case: Any) -> tuple[dict[str, Any], Mapping[str, Any], Fraction]:
    """What is expected, what was answered, and how far apart they may be."""
    if not isinstance(case, dict):
        raise CaseError("it is not an object")
    expected = _mapping(case, "expected")
    if not expected:
        raise CaseError("it expects nothing")
    return expected, answer(case.get("kind"), _mapping(case, "inputs")), _tolerance(case)


def _mapping(case: dict[str, Any], key: str) -> dict[str, Any]:
    value = case.get(key)
    if not isinstance(value, dict):
        raise CaseError(f"{key} is missing, or is no object")
    return value


def _tolerance(case: dict[str, Any]) -> Fraction:
    number = _number(case.get("tolerance", Decimal(0)))
    if number is None or number < 0:
        raise CaseError("its tolerance is not a number of 0 or more")
    return number


def answer(kind: Any, inputs: dict[str, Any]) -> Mapping[str, Any]:
    """The values for these inputs, or `error` and `message`. Raises `CaseError` for an unknown kind."""
    if kind == "forecast":
        return forecast_json(inputs)
    if not isinstance(kind, str) or kind not in CALCULATORS:
        raise CaseError(f"its kind {_text(kind)} is unknown; known are {', '.join(CALCULATORS)} and forecast")
    try:
        return CALCULATORS[kind](inputs).values
    except DosingError as error:
        return {"error": "invalid", "message": error.message}


def _differences(path: str, expected: Any, got: Any, tolerance: Fraction) -> Iterator[str]:
    """Objects by the keys expected, lists item by item, numbers within the tolerance, the rest as it stands."""
    if isinstance(expected, dict) and isinstance(got, Mapping):
        refusal = _text(got["message"]) if "message" in got and "error" not in expected else "no such key"
        for key, value in expected.items():
            inner = f"{path}.{_text(key)}" if path else _text(key)
            if key in got:
                yield from _differences(inner, value, got[key], tolerance)
            else:
                yield f"{inner}: expected {_text(value)}, got {refusal}"
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for place, pair in enumerate(zip(expected, got, strict=True)):
            yield from _differences(f"{path}[{place}]", *pair, tolerance)
    elif not _same(expected, got, tolerance):
        yield f"{path}: expected {_text(expected)}, got {_text(got)}"


def _same(expected: Any, got: Any, tolerance: Fraction) -> bool:
    left, right = _number(expected), _number(got)
    if left is not None and right is not None:
        return abs(left - right) <= tolerance
    if isinstance(got, date):
        return bool(expected == got.isoformat())
    return type(expected) is type(got) and bool(expected == got)


def _number(value: Any) -> Fraction | None:
    """The value as a fraction where it is a number, or text in plain decimal notation, of any sane size."""
    try:
        number = exact(value)
    except (TypeError, ValueError):
        return None
    return Fraction(number) if abs(number.adjusted()) < _MOST_DIGITS else None


def _text(value: Any) -> str:
    """The value on one line that any terminal can print."""
    if isinstance(value, Decimal) and _number(value) is not None:
        return plain(value)
    text = json.dumps(value, default=str)
    return text[1:-1] if text.startswith('"') else text
