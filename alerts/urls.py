"""Addresses of alerts."""

from django.urls import path

from alerts import act_views, answer_views, cadence_views, duty_views, letters_views, views

app_name = "alerts"
urlpatterns = [
    path("alerts/", views.list_open, name="list"),
    path("alerts/<int:alert_id>/", views.show, name="show"),
    path("alerts/<int:alert_id>/acknowledge/", act_views.acknowledge, name="acknowledge"),
    path("alerts/<int:alert_id>/pass/", act_views.pass_on, name="pass_on"),
    path("alerts/<int:alert_id>/snooze/", act_views.snooze, name="snooze"),
    path("alerts/<int:alert_id>/resolve/", act_views.resolve, name="resolve"),
    path("duty/", duty_views.duty, name="duty"),
    path("duty/absences/enter/", duty_views.enter_absence, name="enter_absence"),
    path("duty/absences/<int:absence_id>/end/", duty_views.end_absence, name="end_absence"),
    path("duty/lead/", duty_views.name_lead, name="name_lead"),
    path("duty/phone/", duty_views.give_phone, name="give_phone"),
    path("clinic/policy/reminders/", views.policy, name="policy"),
    path("clinic/policy/escalation/", views.escalation, name="escalation"),
    path("clinic/policy/letters/", letters_views.letters_policy, name="letters_policy"),
    path("clinic/policy/patients/", cadence_views.policy, name="cadence"),
    path("appointment/<slug:token>/", answer_views.answer, name="answer"),
    path("appointment/<slug:token>/stop/", answer_views.stop, name="stop"),
    path("views/keep/", views.keep_view, name="keep_view"),
    path("views/<int:view_id>/drop/", views.drop_view, name="drop_view"),
]
