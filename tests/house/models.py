"""The project's own models."""

from django.apps import apps
from django.db.models import Model

OWN = ("itb.", "patients", "refills", "alerts")


def own_models() -> list[type[Model]]:
    """All of them."""
    return [model for model in apps.get_models() if model.__module__.startswith(OWN)]
