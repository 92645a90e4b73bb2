"""Addresses of accounts; signing in and out is allauth's."""

from django.urls import path

from itb.accounts import views

app_name = "accounts"
urlpatterns = [path("clinic/switch/", views.switch, name="switch")]
