"""The Celery app. A task is a kick to look at the database; PostgreSQL is what remembers."""

import os
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from itb.logs import LOGGING
from itb.walls import refuse_wrong_role_at_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itb.settings")

app = Celery("itb")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect  # type: ignore[untyped-decorator]  # celery has no types
def _check_role(**_arguments: Any) -> None:
    """A worker whose role passes through the walls does not start: Celery swallows anything but an exit."""
    try:
        refuse_wrong_role_at_start()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error
    connection.close_pool()  # type: ignore[attr-defined]  # what is forked next takes no connection along


@setup_logging.connect  # type: ignore[untyped-decorator]  # celery has no types
def _log_as_the_web_does(**_arguments: Any) -> None:
    """Celery's own lines would quote a task's error, DETAIL and all."""
    dictConfig(LOGGING)
