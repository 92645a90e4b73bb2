"""A tier's number as the name that the components of a page go by."""

from django import template

from alerts.rules import Tier

register = template.Library()


@register.filter
def tier(value: int) -> str:
    """`critical` for 4; a number that is no tier is drawn as critical."""
    try:
        return Tier(value).name.lower()
    except ValueError:
        return Tier.CRITICAL.name.lower()
