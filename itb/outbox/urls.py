"""Addresses of the outbox."""

from django.urls import path

from itb.outbox import views

app_name = "outbox"
urlpatterns = [path("clinic/sending/", views.resume, name="resume")]
