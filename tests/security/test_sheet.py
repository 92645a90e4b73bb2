"""A spreadsheet that leaves the house: every cell comes back as it was, and none is a formula."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itb.sheet import csv_response

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.builds(
    "".join,
    st.tuples(st.sampled_from(["", " ", *DANGEROUS]), st.sampled_from(DANGEROUS), st.text("a=;,\"'\r\n")),
)


def read(name: str, header: list[str], rows: list[list[object]]) -> list[list[str]]:
    """What a reader of CSV finds in the download."""
    body = csv_response(name, header, rows).content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(body, newline="")))


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2)))
def test_no_text_is_a_formula_and_all_of_it_comes_back(rows: list[list[str]]) -> None:
    found = read("list", ["One", "Two"], rows)
    assert len(found) == len(rows) + 1
    for typed, kept in zip(rows, found[1:], strict=True):
        for text, cell in zip(typed, kept, strict=True):
            assert cell in (text, f"'{text}")
            assert not cell.lstrip(" ").startswith(DANGEROUS)


@given(st.text(), st.lists(st.lists(TEXTS, min_size=1, max_size=1), max_size=3))
def test_every_cell_is_quoted_and_every_line_ends_as_the_standard_says(
    name: str, rows: list[list[str]]
) -> None:
    body = csv_response(name, ["Note"], rows).content.decode("utf-8-sig")
    assert body.startswith('"Note"\r\n')
    assert body.endswith('"\r\n')


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (0, "0"),
        (-3, "-3"),
        (Decimal("-2.60"), "-2.60"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 11, 24), "2026-11-24"),
        (datetime(2026, 11, 24, 9, 30, tzinfo=UTC), "2026-11-24T09:30:00+00:00"),
        ("-3", "'-3"),
        ('O\'Brien, "Al"', 'O\'Brien, "Al"'),
    ],
)
def test_a_number_or_a_date_stays_one_and_text_stays_text(value: object, cell: str) -> None:
    assert read("list", ["Value"], [[value]]) == [["Value"], [cell]]


@given(st.text())
def test_a_name_breaks_no_header(name: str) -> None:
    response = csv_response(name, [], [])
    assert (
        response["Content-Disposition"]
        .removeprefix('attachment; filename="')
        .removesuffix('.csv"')
        .replace("-", "")
        .isalnum()
    )
    assert response["Content-Disposition"].isascii()
