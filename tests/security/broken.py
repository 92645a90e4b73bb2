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


TWICE = "INSERT INTO accounts_cacheentry (cache_key, value, expires) VALUES (%s, '', now()), (%s, '', now())"
"""The same key twice, in a table without walls: behind them, PostgreSQL leaves the row out of its message by itself."""


def broken(request: HttpRequest, how: str) -> HttpResponse:
    """Fail as asked for."""
    raise BREAKS[how]


def contradict(request: HttpRequest) -> HttpResponse:
    """Run into a constraint: PostgreSQL's DETAIL quotes the row."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TWICE, [NAME, NAME])
    raise AssertionError


urlpatterns = [
    *ours,
    path("broken/contradict/", contradict, name="contradict"),
    path("broken/<slug:how>/", broken, name="broken"),
]
