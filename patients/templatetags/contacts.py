"""How someone near a patient is reached, in words."""

from django import template

from patients.models import Contact

register = template.Library()


@register.filter
def channel(value: str) -> str:
    """What they agreed to."""
    return str(Contact.Channel(value).label)
