"""Addresses of accounts; signing in and out is allauth's."""

from django.urls import path

from itb.accounts import locks, signing_in, views

app_name = "accounts"
urlpatterns = [
    path("clinic/switch/", views.switch, name="switch"),
    path("accounts/sessions/", signing_in.sessions, name="sessions"),
    path("accounts/sessions/end/", signing_in.end, name="end"),
    path("accounts/remaining/", signing_in.remaining, name="remaining"),
    path("accounts/away/", signing_in.away, name="away"),
    path("accounts/leave/", signing_in.leave, name="leave"),
    path("clinic/locks/", locks.locks, name="locks"),
    path("clinic/locks/demand/", locks.demand, name="demand"),
    path("clinic/locks/<int:member_id>/unlock/", locks.unlock, name="unlock"),
    path("clinic/locks/<int:member_id>/revoke/", locks.revoke, name="revoke"),
]
