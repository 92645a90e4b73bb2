"""What is kept of the browser that someone signs in with: its kind in words, its own random cookie, its network."""

import secrets
from collections.abc import Callable
from typing import Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

A_YEAR: Final = 365 * 24 * 60 * 60
BROWSERS: Final = {
    "Edg/": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS: Final = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


class DeviceMiddleware:
    """Gives a browser its cookie when the sign-in page is shown or posted, so that it is known the next time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        at_the_door = request.path_info.startswith("/accounts/")
        if at_the_door and settings.DEVICE_COOKIE_NAME not in request.COOKIES:
            response.set_cookie(
                settings.DEVICE_COOKIE_NAME,
                secrets.token_urlsafe(32),
                max_age=A_YEAR,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response


def device_of(request: HttpRequest) -> str:
    """The browser's cookie, hashed; empty where it has none."""
    cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    return salted_hmac("itb.accounts.device", cookie, algorithm="sha256").hexdigest() if cookie else ""


def network_of(request: HttpRequest) -> str | None:
    """The address it came from, as far as it can be known."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return None


def browser_of(request: HttpRequest) -> str:
    """Its kind in words, such as Firefox on Windows."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for sign, name in BROWSERS.items() if sign in agent), "A browser")
    system = next((f" on {name}" for sign, name in SYSTEMS.items() if sign in agent), "")
    return browser + system
