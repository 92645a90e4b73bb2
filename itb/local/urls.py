"""Addresses of one machine without a mail server."""

from django.urls import path

from itb.local import views

app_name = "local"
urlpatterns = [path("mailbox/", views.mailbox, name="mailbox")]
