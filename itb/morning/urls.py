"""Addresses of the morning's list."""

from django.urls import path

from itb.morning import views

app_name = "morning"
urlpatterns = [
    path("morning/", views.show, name="show"),
    path("morning/list.pdf", views.take, name="take"),
    path("morning/list.csv", views.export, name="export"),
]
