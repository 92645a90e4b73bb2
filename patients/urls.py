"""Addresses of patients."""

from django.urls import path

from patients import views

app_name = "patients"
urlpatterns = [
    path("patients/register/", views.register, name="register"),
    path("clinic/catalogue/models/add/", views.add_model, name="add_model"),
]
