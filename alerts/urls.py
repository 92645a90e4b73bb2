"""Addresses of alerts."""

from django.urls import path

from alerts import letters_views, views

app_name = "alerts"
urlpatterns = [
    path("alerts/", views.list_open, name="list"),
    path("alerts/<int:alert_id>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("alerts/<int:alert_id>/resolve/", views.resolve, name="resolve"),
    path("clinic/policy/reminders/", views.policy, name="policy"),
    path("clinic/policy/letters/", letters_views.letters_policy, name="letters_policy"),
    path("views/keep/", views.keep_view, name="keep_view"),
    path("views/<int:view_id>/drop/", views.drop_view, name="drop_view"),
]
