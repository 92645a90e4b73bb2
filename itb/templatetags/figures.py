"""How numbers are written: as people write them, rounded only where a place says so."""

from decimal import Decimal

from django import template

from itb.infusion.quantities import plain as as_people_write

register = template.Library()


@register.filter
def plain(value: Decimal | None) -> str:
    """`157.3` for 157.3000, `1000` for 1000.00; empty where there is none."""
    return "" if value is None else as_people_write(value)


@register.filter
def signed(value: Decimal | None) -> str:
    """`+0.15`, `−3.4`, `0`: a difference with its sign, in at most two decimals."""
    if value is None:
        return ""
    told = as_people_write(abs(value).quantize(Decimal("0.01")))
    return told if told == "0" else f"{'+' if value > 0 else '−'}{told}"


@register.filter
def rounded(value: Decimal | None, places: int) -> str:
    """In at most `places` decimals, and as people write it."""
    return "" if value is None else as_people_write(round(value, places))
