"""Addresses of patients."""

from django.urls import path

from patients import contact_views, departure_views, implant_views, transfer_views, views

app_name = "patients"
urlpatterns = [
    path("patients/register/", views.register, name="register"),
    path("patients/<int:patient_id>/edit/", views.edit, name="edit"),
    path("patients/<int:patient_id>/contacts/add/", contact_views.add_contact, name="add_contact"),
    path("contacts/<int:contact_id>/", contact_views.edit_contact, name="edit_contact"),
    path("contacts/<int:contact_id>/end/", contact_views.end_contact, name="end_contact"),
    path("pumps/<int:pump_id>/leave/", departure_views.leave, name="leave"),
    path("departures/<int:departure_id>/", departure_views.decide, name="decide"),
    path("patients/<int:patient_id>/implant/", implant_views.implant, name="implant"),
    path("patients/<int:patient_id>/catheter/", implant_views.catheter, name="catheter"),
    path("pumps/<int:pump_id>/replacement/", implant_views.replacement, name="replacement"),
    path("patients/<int:patient_id>/transfer/", transfer_views.transfer, name="transfer"),
    path("clinic/accept/", transfer_views.accept, name="accept"),
    path("clinic/catalogue/models/add/", views.add_model, name="add_model"),
]
