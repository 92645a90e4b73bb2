"""A clinic's own figures, for a page of a room below: its view must not import from here."""

from django import template

from itb.accounts.models import Clinic
from refills.policy import Margins, margins_of
from refills.procedure_policy import procedure_of

register = template.Library()


@register.simple_tag
def margins(clinic: Clinic) -> Margins:
    """What the clinic has set, else the defaults; in days."""
    return margins_of(clinic)


@register.inclusion_tag("components/signs.html")
def signs(clinic: Clinic) -> dict[str, str]:
    """What to look for where a margin is short, and whom this clinic's people call."""
    return {"numbers": procedure_of(clinic).emergency_numbers or clinic.phone}
