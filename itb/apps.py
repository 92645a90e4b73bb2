"""The project as a Django app: brings Celery up with Django, so that every task finds its broker."""

from django.apps import AppConfig


class ItbConfig(AppConfig):
    """Loads the Celery app when Django is ready, and not when the pure core is imported."""

    name = "itb"

    def ready(self) -> None:
        from itb import celery, checks  # noqa: F401, PLC0415  both register themselves on import
