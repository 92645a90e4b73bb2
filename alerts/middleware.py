"""After something was kept, ring for the sweep: the rooms below do not know that alerts exist."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from alerts.tasks import sweep
from itb.outbox.doorbell import ring

REDIRECT_AFTER_POST = 302


class DoorbellMiddleware:
    """Rings after each kept post of a signed-in person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            request.method == "POST"
            and response.status_code == REDIRECT_AFTER_POST
            and request.user.is_authenticated
        ):
            ring(sweep)
        return response
