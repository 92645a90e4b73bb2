"""Spreadsheets out: CSV as RFC 4180 has it, in which no cell is ever taken for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.http import HttpResponse

FORMULA: Final = re.compile(r"\s*[\t\r\n\0=+\-@＝＋－＠]")
"""How a cell begins that a spreadsheet would run; the wide signs are run where Japanese is spoken."""


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A download called `name`.csv, in UTF-8 with the mark by which a spreadsheet knows it."""
    response = HttpResponse(csv_bytes(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name(name)}.csv"'
    return response


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The same as bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([cell(value) for value in row] for row in (header, *rows))
    return text.getvalue().encode("utf-8-sig")


def cell(value: object) -> str:
    """A number or a date as it is; text with an apostrophe in front where a spreadsheet would run it."""
    match value:
        case None:
            return ""
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case int() | float():
            return str(value)
    text = str(value)
    return f"'{text}" if FORMULA.match(text) else text


def file_name(name: str) -> str:
    """Letters, digits and hyphens: what every system takes and no header is broken by."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "sheet"
