"""The Celery app. A task is a kick to look at the database; PostgreSQL is what remembers."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itb.settings")

app = Celery("itb")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
