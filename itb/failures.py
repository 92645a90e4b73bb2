"""What a person sees when something broke: words, a number that is also in the log, and what they had typed."""

import secrets
import sys
from collections.abc import Callable

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from itb.accounts import drafts

log = structlog.get_logger(__name__)

FAILED, AWAY = 500, 503


class DatabaseAwayMiddleware:
    """Where the database does not answer, or a lock does not come free in time: words, and a status that says so.

    The transaction is gone as a whole, so nothing is half kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 503 for what waiting mends; leave every other error alone."""
        return away(request, error) if isinstance(error, OperationalError) else None


def failed(request: HttpRequest) -> HttpResponse:
    """Django's last resort: whatever no view and no middleware has caught."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError):
        return away(request, error)
    fault = secrets.token_hex(4)
    request.fault = fault  # type: ignore[attr-defined]  # the log line of this request reads it
    return _page(request, FAILED, fault=fault)


def away(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database did not answer."""
    log.warning("database.away", kind=type(error.__cause__ or error).__name__)
    response = _page(request, AWAY)
    response["Retry-After"] = "10"
    return response


def _page(request: HttpRequest, status: int, **context: str) -> HttpResponse:
    # Without the request: what every page shows would ask the database again.
    page = render_to_string(f"{status}.html", {"typed": _typed(request), **context})
    return HttpResponse(page, status=status)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What was posted by one of our forms, to be sent again: going back brings it in some browsers only.

    The form's own token is among it, so that this page lends a stranger's form nothing; a form that was kept after
    all says so by its key.
    """
    if request.resolver_match is None or drafts.FIELD not in request.POST:
        return []
    return [(name, str(value)) for name, values in request.POST.lists() for value in values]
