"""Addresses of patients."""

from django.urls import path

from patients import views

app_name = "patients"
urlpatterns = [path("patients/register/", views.register, name="register")]
