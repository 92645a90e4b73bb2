"""Plain decimal notation, in and out."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itb.infusion.plain import LONGEST, plain, plain_fraction, read_plain, rounded


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("400", Fraction(400)),
        ("0.048", Fraction(48, 1000)),
        ("-3.50", Fraction(-7, 2)),
        (7, Fraction(7)),
        (14.5, Fraction(29, 2)),
        (0.00001, Fraction(1, 100_000)),
        (Decimal("2.50"), Fraction(5, 2)),
    ],
)
def test_a_number_is_the_decimal_it_is_written_as(written: object, number: Fraction) -> None:
    assert read_plain(written) == number


@pytest.mark.parametrize(
    "written",
    ["", " 5", "5\n", ".5", "5.", "1,000", "+5", "1e3", "NaN", "Infinity", "٣", "--1", "0x10", "1_000"],
)
def test_text_that_is_no_plain_decimal_is_no_number(written: str) -> None:
    assert read_plain(written) is None


@pytest.mark.parametrize(
    "value",
    [True, None, [], {}, float("nan"), float("inf"), 1e300, Decimal("NaN"), Decimal("1E+999999999")],
)
def test_a_value_that_is_no_plain_decimal_is_no_number(value: object) -> None:
    assert read_plain(value) is None


def test_a_number_of_absurd_length_is_refused() -> None:
    assert read_plain("1" * LONGEST) is not None
    assert read_plain("1" * (LONGEST + 1)) is None
    assert read_plain("1" + "0" * 400) is None
    assert read_plain(10**5000) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=9))
def test_what_is_written_is_read_back_exactly(number: Decimal) -> None:
    assert read_plain(plain(*number.as_integer_ratio())) == Fraction(number)


def test_a_quotient_that_never_ends_is_rounded_to_twelve_decimals() -> None:
    assert plain(1, 3) == "0.333333333333"
    assert plain(-2, 3) == "-0.666666666667"
    assert plain(-1, 3 * 10**15) == "0"
    assert plain(1, 2**30) == "0.000000000931322574615478515625"
    assert plain_fraction(Fraction(-25, 10)) == "-2.5"


def test_rounding_drops_the_zeros_behind_and_the_sign_of_nothing() -> None:
    assert rounded(25, 10) == "2.5"
    assert rounded(200, 10) == "20"
    assert rounded(-1, 10**9) == "0"
    assert rounded(5, 10**7) == "0.000001"
