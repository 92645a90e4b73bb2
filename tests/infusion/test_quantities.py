"""Units keep their meaning, and a number is taken from a person only when it can be read in one way."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import pytest

from itb.infusion.quantities import (
    Centimetres,
    Days,
    Hours,
    McgPerDay,
    McgPerHour,
    McgPerMl,
    Micrograms,
    Millilitres,
    Minutes,
    MlPerCm,
    MlPerDay,
    NotANumber,
    Percent,
    Quantity,
    exact,
    parse_decimal,
    plain,
)


@pytest.mark.parametrize("value", ["157.3", Decimal("157.3")])
def test_a_quantity_is_made_from_text_or_decimal_and_keeps_it_exactly(value: str | Decimal) -> None:
    assert Micrograms(value).value == Decimal("157.3")


def test_a_quantity_is_made_from_a_whole_number() -> None:
    assert Millilitres(40).value == 40


@pytest.mark.parametrize("value", [1.5, True, None, b"1"])
def test_a_quantity_is_never_made_from_a_float_or_a_boolean(value: Any) -> None:
    with pytest.raises(TypeError, match="from str, int or Decimal"):
        Millilitres(value)


@pytest.mark.parametrize(
    "text", ["1e3", "1_000", " 1", "1 ", "", ".5", "5.", "+1", "NaN", "١٢", "1,5", "--1"]
)
def test_text_that_is_not_plain_decimal_notation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="plain decimal notation"):
        exact(text)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("sNaN")])
def test_a_number_that_is_not_finite_is_refused(value: Decimal) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        McgPerDay(value)


def test_a_quantity_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Millilitres(1).value = Decimal(2)  # type: ignore[misc]


def test_equal_values_of_one_unit_are_equal_and_share_a_hash() -> None:
    assert Millilitres("2.0") == Millilitres(2)
    assert len({Millilitres("2.0"), Millilitres(2)}) == 1


def test_values_of_two_units_are_never_equal() -> None:
    others: list[object] = [Micrograms(2), Decimal(2), 2]
    assert Millilitres(2) not in others


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_values_of_two_units_cannot_be_ordered(compare: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(TypeError):
        compare(McgPerDay(1), McgPerHour(2))


def test_values_of_one_unit_are_ordered() -> None:
    assert McgPerDay("99.9") < McgPerDay(100) <= McgPerDay("100.0")


def test_values_of_one_unit_add_and_subtract() -> None:
    assert Millilitres("0.140") + Millilitres("0.176") == Millilitres("0.316")
    assert Millilitres(3) - Millilitres(5) == Millilitres(-2)
    assert -Millilitres(2) == Millilitres(-2)
    assert abs(Millilitres(-2)) == Millilitres(2)


@pytest.mark.parametrize("combine", [operator.add, operator.sub])
@pytest.mark.parametrize("other", [Micrograms(1), 1, Decimal(1)])
def test_nothing_but_its_own_unit_is_added_to_a_quantity(
    combine: Callable[[Any, Any], Any], other: Any
) -> None:
    with pytest.raises(TypeError):
        combine(Millilitres(1), other)


@pytest.mark.parametrize(
    ("first", "second", "product"),
    [
        (McgPerMl(2000), Millilitres(20), Micrograms(40000)),
        (McgPerMl(2000), MlPerDay("0.2"), McgPerDay(400)),
        (MlPerDay("0.2"), Days(190), Millilitres(38)),
        (McgPerDay(400), Days(2), Micrograms(800)),
        (McgPerHour(20), Hours(8), Micrograms(160)),
        (MlPerCm("0.0022"), Centimetres(80), Millilitres("0.176")),
    ],
)
def test_units_multiply_either_way_round_and_divide_back(first: Any, second: Any, product: Any) -> None:
    assert first * second == product
    assert second * first == product
    assert product / first == second
    assert product / second == first


@pytest.mark.parametrize(
    ("combine", "first", "second"),
    [
        (operator.mul, Millilitres(1), Millilitres(1)),
        (operator.mul, Micrograms(1), Millilitres(1)),
        (operator.mul, Millilitres(1), 1.5),
        (operator.mul, Millilitres(1), True),
        (operator.mul, 1.5, Millilitres(1)),
        (operator.truediv, McgPerHour(1), McgPerMl(1)),
        (operator.truediv, Millilitres(1), Micrograms(1)),
        (operator.truediv, Millilitres(1), 1.5),
        (operator.truediv, 1, Millilitres(1)),
    ],
)
def test_arithmetic_without_a_meaning_is_refused(
    combine: Callable[[Any, Any], Any], first: Any, second: Any
) -> None:
    with pytest.raises(TypeError):
        combine(first, second)


@pytest.mark.parametrize(
    "unit", [Micrograms, McgPerMl, McgPerDay, McgPerHour, MlPerDay, Hours, Days, Centimetres, MlPerCm]
)
def test_a_quantity_scales_by_a_number_and_its_own_unit_cancels(unit: Any) -> None:
    assert unit(6) * 2 == 2 * unit(6) == unit(12)
    assert unit(6) / Decimal(4) == unit("1.5")
    assert unit(6) / unit(4) == Decimal("1.5")


def test_a_day_has_24_hours() -> None:
    assert McgPerDay(300).per_hour() == McgPerHour("12.5")
    assert McgPerHour("12.5").per_day() == McgPerDay(300)
    assert Hours(36).days() == Days("1.5")
    assert Days("1.5").hours() == Hours(36)


def test_the_callers_decimal_context_does_not_reach_a_dose() -> None:
    with localcontext() as context:
        context.prec = 3
        assert Micrograms("157.35") + Micrograms("0.01") == Micrograms("157.36")
        assert McgPerMl("1999.5") * Millilitres("1.001") == Micrograms("2001.4995")


def test_rounding_is_half_up_and_only_on_request() -> None:
    assert MlPerDay("0.0785").rounded(3) == MlPerDay("0.079")
    assert Millilitres("-2.5").rounded(0) == Millilitres(-3)


def test_the_text_carries_the_unit_and_no_needless_zeros() -> None:
    assert McgPerDay("157.30").text == "157.3 mcg/day"
    assert str(Minutes(90)) == "90 min"
    assert f"{Percent('14.50')}" == "14.5 %"
    assert repr(Millilitres("40.0")) == "Millilitres('40')"


@pytest.mark.parametrize(
    ("value", "text"),
    [("40.0", "40"), ("400", "400"), ("0.00", "0"), ("-0.0", "0"), ("1E+3", "1000"), ("1E-7", "0.0000001")],
)
def test_plain_text_has_neither_exponent_nor_trailing_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


def test_zero_is_false_and_anything_else_is_true() -> None:
    assert not Millilitres(0)
    assert Millilitres("0.001")


def test_the_base_unit_is_bare() -> None:
    assert Quantity.unit == ""


def typed(text: str, *, max_decimals: int = 2, unit: str = "mcg", signed: bool = False) -> Decimal:
    return parse_decimal(text, max_decimals=max_decimals, unit=unit, signed=signed)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("157.3", "157.3"),
        ("0", "0"),
        ("0.05", "0.05"),
        ("2.0", "2.0"),
        (" 400 ", "400"),
        ("157.3 mcg", "157.3"),
        ("157.3mcg", "157.3"),
        ("157.3 MCG", "157.3"),
        ("157.3 µg", "157.3"),
        ("157.3 μg", "157.3"),
        ("157.3 ug", "157.3"),
        ("999999999.99", "999999999.99"),
    ],
)
def test_what_can_be_read_in_one_way_is_read(text: str, value: str) -> None:
    assert typed(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("400 mcg/d", "mcg/day"),
        ("400 mcg/24h", "mcg/day"),
        ("20 mcg/hr", "mcg/h"),
        ("6 hrs", "h"),
        ("14.5%", "%"),
    ],
)
def test_the_fields_own_unit_may_stand_behind_in_its_usual_spellings(text: str, unit: str) -> None:
    assert typed(text, unit=unit) > 0


def test_a_number_below_one_may_have_three_decimals() -> None:
    assert typed("0.140", max_decimals=3, unit="mL") == Decimal("0.140")


def test_four_decimals_cannot_be_thousands() -> None:
    assert typed("1.2340", max_decimals=4) == Decimal("1.234")


def test_a_signed_field_takes_a_minus() -> None:
    assert typed("-2.5", signed=True) == Decimal("-2.5")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "A number is missing: write digits, such as 157.3."),
        ("  ", "A number is missing: write digits, such as 157.3."),
        ("1,000", "“1,000” can be read in two ways: write 1000 without the comma, or decimals with a point."),
        ("1,5", "Write decimals with a point: 1.5, not 1,5."),
        ("1.234,5", "“1.234,5” has a comma: write no commas, and decimals with a point."),
        ("1.000", "“1.000” can be read in two ways: write 1000 for thousands, or write 1 for decimals."),
        (
            "157.300",
            "“157.300” can be read in two ways: write 157300 for thousands, or write 157.3 for decimals.",
        ),
        ("1.235", "“1.235” can be read in two ways: write 1235 for thousands, or use at most two decimals."),
        ("1.234.567", "“1.234.567” has more than one point: write at most one, before the decimals."),
        (".5", "Write a digit before the point: 0.5, not .5."),
        ("5.", "Write digits behind the point, or leave it out: 5, not 5.."),
        ("05", "“05” begins with a 0 too many: write 5."),
        ("00.5", "“00.5” begins with a 0 too many: write 0.5."),
        ("1e3", "“1e3” has an exponent: write the number out, such as 157.3."),
        ("1E+3", "“1E+3” has an exponent: write the number out, such as 157.3."),
        ("NaN", "“NaN” is not a number: write digits, such as 157.3."),
        ("Infinity", "“Infinity” is not a number: write digits, such as 157.3."),
        ("1_000", "“1_000” is not a number: write digits, such as 157.3."),
        ("١٢", "“١٢” has digits of another script: use 0 to 9, such as 157.3."),
        ("１２", "“１２” has digits of another script: use 0 to 9, such as 157.3."),
        ("1 000", "“1 000” has a space inside: write the digits together, such as 157.3."),
        ("1\u202f000", "“1\u202f000” has a space inside: write the digits together, such as 157.3."),
        ("157.3 mg", "This field is in mcg, not in mg: convert the number, then write it in mcg."),
        ("157.3 mcg/day", "This field is in mcg, not in mcg/day: convert the number, then write it in mcg."),
        ("-5", "“-5” is negative: this field takes 0 or more."),
        ("+5", "Leave out the plus sign: write 5."),
        ("−5", "“−5” is not a number: write digits, such as 157.3."),
        ("-", "“-” is not a number: write digits, such as 157.3."),
        ("mcg", "“mcg” is not a number: write digits, such as 157.3."),
        ("0.123", "“0.123” has too many decimals: this field takes at most 2."),
        ("1234567890", "This number is too long: at most 9 digits before the point."),
        ("x" * 50, f"“{'x' * 40}…” is not a number: write digits, such as 157.3."),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_with_what_would_be_right(text: str, sentence: str) -> None:
    with pytest.raises(NotANumber) as refusal:
        typed(text)
    assert refusal.value.message == sentence
    assert str(refusal.value) == sentence


def test_three_decimals_that_could_be_thousands_may_be_told_apart_by_a_fourth() -> None:
    with pytest.raises(NotANumber, match=r"write 1235 for thousands, or write 1\.2350 for decimals"):
        typed("1.235", max_decimals=4)


def test_a_field_of_whole_numbers_says_so() -> None:
    with pytest.raises(NotANumber, match="takes whole numbers"):
        typed("1.5", max_decimals=0)
    with pytest.raises(NotANumber, match=r"such as 157\."):
        typed("many", max_decimals=0)


def test_a_field_without_a_unit_says_so() -> None:
    with pytest.raises(NotANumber, match="has no unit: leave out “mg”"):
        typed("5 mg", unit="")
