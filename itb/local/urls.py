"""Addresses of one machine without a mail server; a clock that moves stands in a demonstration alone."""

from django.conf import settings
from django.urls import path

from itb.local import views

app_name = "local"
urlpatterns = [path("mailbox/", views.mailbox, name="mailbox")]
if settings.DEMO:
    urlpatterns.append(path("demo/clock/", views.move_clock, name="move_clock"))
