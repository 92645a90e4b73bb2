"""Addresses of the roof."""

from django.urls import path

from itb.dashboard import proof_views, trail_views, views

app_name = "dashboard"
urlpatterns = [
    path("", views.worklist, name="worklist"),
    path("worklist.csv", views.export_worklist, name="export_worklist"),
    path("alerts.csv", views.export_alerts, name="export_alerts"),
    path("letters.csv", views.export_letters, name="export_letters"),
    path("views/", views.choose, name="filter"),
    path("search/", views.search, name="search"),
    path("patients/<int:patient_id>/", views.chart, name="chart"),
    path("pumps/<int:pump_id>/scenario.json", views.scenario, name="scenario"),
    path("letters/", views.letters, name="letters"),
    path("clinic/", views.clinic, name="clinic"),
    path("clinic/policy/", views.policy, name="policy"),
    path("clinic/trail/", trail_views.trail, name="trail"),
    path("clinic/trail/export/", trail_views.export_trail, name="export_trail"),
    path("clinic/proof/", proof_views.proof, name="proof"),
    path("clinic/catalogue/", views.catalogue, name="catalogue"),
    path("calculators/", views.calculators, name="calculators"),
    path("calculators/<slug:kind>/", views.calculator, name="calculator"),
]
