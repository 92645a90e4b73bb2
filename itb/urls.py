"""Every address of the project."""

from django.urls import include, path

from itb import health
from itb.policy_report import policy_report

handler400 = "itb.limits.refused"
handler500 = "itb.failures.failed"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("healthz/engine", health.healthz_engine, name="healthz_engine"),
    path("policy-report", policy_report, name="policy_report"),
    path("accounts/", include("itb.accounts.entrance")),
    path("", include("itb.accounts.urls")),
    path("", include("itb.people.urls")),
    path("", include("itb.outbox.urls")),
    path("", include("itb.dashboard.urls")),
    path("", include("itb.morning.urls")),
    path("", include("patients.urls")),
    path("", include("refills.urls")),
    path("", include("alerts.urls")),
    path("", include("itb.local.urls")),
]
