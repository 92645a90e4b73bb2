"""A clinic's margins, for a page of a room below: its view must not import from here."""

from django import template

from itb.accounts.models import Clinic
from refills.policy import Margins, margins_of

register = template.Library()


@register.simple_tag
def margins(clinic: Clinic) -> Margins:
    """What the clinic has set, else the defaults; in days."""
    return margins_of(clinic)
