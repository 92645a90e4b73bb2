"""The product's addresses, and some that break in every way that a view can."""

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from itb.urls import handler400 as handler400
from itb.urls import handler500 as handler500
from itb.urls import urlpatterns as ours
from tests.security.canaries import NAME

BREAKS = {
    "bad": BadRequest(NAME),
    "refused": PermissionDenied(NAME),
    "away": OperationalError(NAME),
    "failed": RuntimeError(NAME),
}


def broken(request: HttpRequest, how: str) -> HttpResponse:
    """Fail as asked for."""
    raise BREAKS[how]


def contradict(request: HttpRequest) -> HttpResponse:
    """Run into a constraint: PostgreSQL's DETAIL quotes the row."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE canary (name text CONSTRAINT canary_once UNIQUE)")
        cursor.execute("INSERT INTO canary VALUES (%s), (%s)", [NAME, NAME])
    raise AssertionError


urlpatterns = [
    *ours,
    path("broken/contradict/", contradict, name="contradict"),
    path("broken/<slug:how>/", broken, name="broken"),
]
