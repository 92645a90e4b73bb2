"""What a request may be: read or posted, a form, and no larger than a form is. Nothing here takes a file."""

import re
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

METHODS: Final = ("GET", "HEAD", "POST")
FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data", "application/csp-report")
LENGTH: Final = re.compile("[0-9]{1,15}")
BAD, NO_METHOD, TOO_LARGE, NO_FILES = 400, 405, 413, 415
REASONS: Final[dict[type[Exception], int]] = {
    RequestDataTooBig: TOO_LARGE,
    TooManyFieldsSent: TOO_LARGE,
    TooManyFilesSent: NO_FILES,
}


class LimitsMiddleware:
    """Refuses at the door, by the head of the request where that is enough."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return said(NO_METHOD, Allow=", ".join(METHODS))
        length = request.META.get("CONTENT_LENGTH") or "0"
        cookies = "".join(request.COOKIES.values())
        if not LENGTH.fullmatch(length) or "\0" in cookies:  # which stands in a cookie where it is quoted
            return said(BAD)
        if int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return said(TOO_LARGE)
        if int(length) and request.content_type not in FORMS:
            return said(NO_FILES)
        _ = request.POST  # read here, whatever the view does: what cannot be read, or is a file, ends here
        response = self.get_response(request)
        if response.status_code == NO_METHOD and not response.content:  # Django's own says nothing
            return said(NO_METHOD, Allow=response["Allow"])
        return response


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's answer to what it could not read, with the status that says why."""
    return said(REASONS.get(type(exception), BAD))


def said(status: int, **headers: str) -> HttpResponse:
    """The page of that status. Without the request: it may be what could not be read."""
    return HttpResponse(render_to_string(f"{status}.html"), status=status, headers=headers)
