"""Addresses of a clinic's people."""

from django.urls import path

from itb.people import emergency_views, grant_views, invited, views

app_name = "people"
urlpatterns = [
    path("clinic/roles/", views.roles, name="roles"),
    path("clinic/people/", views.list_people, name="list"),
    path("clinic/people/invite/", views.invite, name="invite"),
    path("clinic/people/<int:member_id>/", views.person, name="person"),
    path("clinic/people/<int:member_id>/role/", views.change_role, name="change_role"),
    path("clinic/people/<int:member_id>/end/", views.end, name="end"),
    path("clinic/people/<int:member_id>/deactivate/", views.deactivate, name="deactivate"),
    path("clinic/invitations/<int:invitation_id>/revoke/", views.revoke, name="revoke"),
    path("clinic/people/<int:member_id>/administrator/", grant_views.ask, name="ask"),
    path("clinic/administrators/<int:grant_id>/", grant_views.decide, name="decide"),
    path("clinic/emergency/", emergency_views.open_clinic, name="open_emergency"),
    path("clinic/emergency/leave/", emergency_views.leave, name="leave_emergency"),
    path("clinic/emergency/<int:access_id>/end/", emergency_views.end, name="end_emergency"),
    path("invitation/", invited.accept, name="invited"),
    path("invitation/<slug:token>/", invited.open_invitation, name="open_invitation"),
]
