"""Who else of the clinic has nearly the name of the patient on the page: asked once, where it says whose it is."""

from django import template

from patients.models import Patient

SHOWN = 3

register = template.Library()


@register.simple_tag
def namesakes(patient: Patient) -> list[Patient]:
    """The first few."""
    return list(patient.namesakes.order_by("pk")[:SHOWN])
