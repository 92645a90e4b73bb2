"""Addresses of the outbox."""

from django.urls import path

from itb.outbox import views

app_name = "outbox"
urlpatterns = [
    path("clinic/sending/", views.resume, name="resume"),
    path("clinic/webhook/", views.hook, name="hook"),
    path("clinic/webhook/end/", views.end_hook, name="end_hook"),
    path("letters/address/", views.address, name="address"),
]
